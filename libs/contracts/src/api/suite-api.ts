/** Suites over the API: one case per line, `{"input": "…", "expected": …}`. Inputs are kept sealed, for the weekly replay. */
import { z } from 'zod';
import { Digest, Id, Instant, RouteId, Slug } from '../names.js';
import { choosesAmongOffered, offer } from '../offered-tools.js';
import { Share } from '../use-case.js';
import { listOf } from './stored.js';

/** A line of the upload. `input` is the last user text of a call, as the live call will carry it. */
export const SuiteLine = z
  .object({
    input: z.string().min(1),
    expected: z.unknown().refine((value) => value !== undefined, 'is missing'),
    /** Sent before the input when the suite is replayed; a live call brings its own. */
    system: z.string().min(1).optional(),
    ...offer,
  })
  .refine(choosesAmongOffered, { path: ['toolChoice'], error: 'names no tool that is offered' })
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

/** Body of `POST /api/suites/:useCase/replay`: nothing. The worker draws a pass soon, and asks it as it asks every week. */
export const SuiteReplayWanted = z.object({ useCase: Slug, cases: z.number().int() }).meta({ id: 'SuiteReplayWanted' });

/** Cases drawn with replacement and written down before the first was asked: places of one line of evidence. */
export const SuitePassAnswer = z
  .object({
    /** From 1; a pass adds to those before it, and replaces none. */
    pass: z.number().int().positive(),
    /** The line its places are in; `GET /api/gates/evidence` says what they have come to. */
    line: Digest,
    cases: z.number().int().positive(),
    drawnAt: Instant,
    /** Null: it is under way. */
    doneAt: Instant.nullable(),
    /** What became of its places. A candidate that is not replayed any more has none. */
    candidates: z.array(
      z.object({
        candidate: RouteId,
        revision: z.string(),
        scored: z.number().int().nonnegative(),
        /** Nothing was observed: no money, no baseline, not allowed there. */
        void: z.number().int().nonnegative(),
        /** Of the scored places; null while there is none. */
        mean: Share.nullable(),
        /** Null where the floor compares with nobody: the baseline is then not asked. */
        baselineMean: Share.nullable(),
      }),
    ),
  })
  .meta({ id: 'SuitePass' });
export type SuitePassAnswer = z.output<typeof SuitePassAnswer>;
/** Of the gate as it is declared now, the newest first. */
export const SuitePassList = listOf(SuitePassAnswer).meta({ id: 'SuitePassList' });

/** A sampled call that may become a case. */
export const SuiteSample = z
  .object({
    callId: Id,
    keptAt: Instant,
    input: z.string(),
    system: z.string().nullable(),
    /** Empty where it only called tools. */
    answer: z.string(),
    ...offer,
    calls: z.array(z.object({ name: z.string(), arguments: z.string() })).optional(),
  })
  .meta({ id: 'SuiteSample' });
export type SuiteSample = z.output<typeof SuiteSample>;
export const SuiteSampleList = listOf(SuiteSample).meta({ id: 'SuiteSampleList' });

/** Body of `POST /api/suites/:useCase/samples`: each becomes a case, expecting what is said here, else what was answered. */
export const AcceptSamples = z
  .object({
    samples: z
      .array(z.object({ callId: Id, expected: z.unknown().optional() }))
      .min(1)
      .max(200),
  })
  .meta({ id: 'AcceptSamples' });
export type AcceptSamples = z.output<typeof AcceptSamples>;
