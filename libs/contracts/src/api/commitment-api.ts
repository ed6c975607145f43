/** Committed capacity over the API: what was declared, and how its periods were used. */
import { z } from 'zod';
import { Commitment, CommitmentTerms } from '../commitment.js';
import { PicoUsd } from '../money.js';
import { Instant } from '../names.js';
import { listOf, rowFields } from './stored.js';

/** Body of `PUT /api/commitments/:id`. */
export const CommitmentPut = CommitmentTerms.meta({ id: 'CommitmentPut' });
export type CommitmentPut = z.output<typeof CommitmentPut>;

const Units = z.string().regex(/^-?\d{1,30}$/);

export const CapacityPeriodAnswer = z
  .object({
    from: Instant,
    to: Instant,
    unitsTotal: Units,
    unitsUsed: Units,
    /** What an even pace would have used by now, less what was used; below 0: ahead of it. Null of a past period. */
    unitsBehindPace: Units.nullable(),
    pricePicoUsd: PicoUsd,
    /** Carried by calls, as their fully loaded cost says. */
    usedPicoUsd: PicoUsd,
    /** The standing charge; null while the period is open. */
    idlePicoUsd: PicoUsd.nullable(),
  })
  .meta({ id: 'CapacityPeriod' });
export type CapacityPeriodAnswer = z.output<typeof CapacityPeriodAnswer>;

export const CommitmentAnswer = z
  .object({
    definition: Commitment,
    /** Null before it begins, after it ends, and until the worker has first seen it. */
    now: CapacityPeriodAnswer.nullable(),
    /** Of all periods that are closed. */
    closed: z.object({ periods: z.number().int(), usedPicoUsd: PicoUsd, idlePicoUsd: PicoUsd }),
    ...rowFields,
  })
  .meta({ id: 'CommitmentAnswer' });
export type CommitmentAnswer = z.output<typeof CommitmentAnswer>;
export const CommitmentList = listOf(CommitmentAnswer).meta({ id: 'CommitmentList' });
/** Latest first. */
export const CapacityPeriodList = listOf(CapacityPeriodAnswer).meta({ id: 'CapacityPeriodList' });
