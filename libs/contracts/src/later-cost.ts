/**
 * What an attempt turned out to cost after it had ended, because its answer was made in the background or broke off and was
 * fetched later. It travels the way records do, through journal and desk; the worker makes it an adjustment, once.
 */
import { z } from 'zod';
import { CallRecord } from './call-record.js';
import { PicoUsd } from './money.js';
import { Id } from './names.js';

/** An attempt whose usage nobody has read, as it was booked. */
export const UncountedAttempt = CallRecord.pick({
  ...{ attemptId: true, callId: true, useCase: true, envelopes: true, heldNanoUsd: true },
  ...{ costPicoUsd: true, chargePicoUsd: true, costBasis: true, admittedAt: true },
});
export type UncountedAttempt = z.output<typeof UncountedAttempt>;

export const LaterCost = z.object({
  schema: z.literal('o10.later_cost.v1'),
  /** Of the line it becomes. */
  adjustmentId: Id,
  attempt: UncountedAttempt,
  costPicoUsd: PicoUsd,
});
export type LaterCost = z.output<typeof LaterCost>;
