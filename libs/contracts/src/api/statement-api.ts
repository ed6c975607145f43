/** Statements over the API: drafted by one, signed by another. The figures cannot be sent, only asked for. */
import { z } from 'zod';
import { PicoUsd } from '../money.js';
import { Instant, Slug } from '../names.js';
import { Signature, Statement } from '../statement.js';
import { Verdict } from '../verdict.js';
import { listOf, rowFields } from './stored.js';

/** Body of `POST /api/statements`: admission times, half-open. */
export const StatementPost = z
  .object({ useCase: Slug, periodStart: Instant, periodEnd: Instant })
  .refine((body) => Date.parse(body.periodStart) < Date.parse(body.periodEnd), {
    message: 'must be later than periodStart',
    path: ['periodEnd'],
  })
  .meta({ id: 'StatementPost' });
export type StatementPost = z.output<typeof StatementPost>;

export const StatementQuestion = z
  .object({ question: z.string().trim().min(1).max(2_000) })
  .meta({ id: 'StatementQuestion' });

export const StatementAnswer = z
  .object({
    definition: Statement,
    signature: Signature.nullable(),
    question: z.string().nullable(),
    ...rowFields,
  })
  .meta({ id: 'StatementAnswer' });
export type StatementAnswer = z.output<typeof StatementAnswer>;
export const StatementList = listOf(StatementAnswer).meta({ id: 'StatementList' });

/** Of lines behind the statement's range, about its calls. They change no figure of it: draft another over its period. */
export const StatementCorrections = z
  .object({ lines: z.number().int().nonnegative(), differencePicoUsd: PicoUsd })
  .meta({ id: 'StatementCorrections' });
export type StatementCorrections = z.output<typeof StatementCorrections>;

export const VerdictList = listOf(Verdict).meta({ id: 'VerdictList' });
