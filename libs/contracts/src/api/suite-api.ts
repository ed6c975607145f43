/** Suites over the API: one case per line, `{"input": "…", "expected": …}`. Inputs are not kept, only their digests. */
import { z } from 'zod';
import { Digest, Instant, Slug } from '../names.js';
import { listOf } from './stored.js';

/** A line of the upload. `input` is the last user text of a call, as the live call will carry it. */
export const SuiteLine = z
  .object({ input: z.string().min(1), expected: z.unknown().refine((value) => value !== undefined, 'is missing') })
  .meta({ id: 'SuiteLine' });
export type SuiteLine = z.output<typeof SuiteLine>;

/** `dryRun`: say what would change, and change nothing. */
export const SuiteQuery = z.object({ dryRun: z.enum(['true', 'false']).default('false') });
export type SuiteQuery = z.output<typeof SuiteQuery>;

export const SuiteAnswer = z
  .object({
    useCase: Slug,
    version: z.number().int().positive(),
    hash: Digest,
    caseCount: z.number().int().positive(),
    uploadedAt: Instant,
    uploadedBy: z.string(),
  })
  .meta({ id: 'SuiteAnswer' });
export type SuiteAnswer = z.output<typeof SuiteAnswer>;
export const SuiteList = listOf(SuiteAnswer).meta({ id: 'SuiteList' });

export const SuiteUploaded = z
  .object({
    useCase: Slug,
    hash: Digest,
    caseCount: z.number().int().positive(),
    /** False when the current suite has this hash already. */
    changed: z.boolean(),
    /** The hash before; null when there was no suite. A changed hash is another gate, without evidence. */
    previous: Digest.nullable(),
  })
  .meta({ id: 'SuiteUploaded' });
export type SuiteUploaded = z.output<typeof SuiteUploaded>;
