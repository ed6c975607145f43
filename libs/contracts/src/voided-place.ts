/**
 * Tells the worker that a numbered call will never be mirrored: its job was dropped. It travels the way records do,
 * through journal and desk, so it arrives when the queue is down; it is no line of the ledger.
 */
import { z } from 'zod';
import { MirrorJob } from './jobs.js';

export const VoidedPlace = z.object({
  schema: z.literal('o10.voided_place.v1'),
  reason: z.enum(['queue_full', 'queue_down']),
  /** The job as it would have been, without its pointer: nothing was kept. */
  job: MirrorJob,
});
export type VoidedPlace = z.output<typeof VoidedPlace>;
