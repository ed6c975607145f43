/**
 * Who drew what, decided once: by the order of the ledger's lines. A proxy books by what it knew of the others a second
 * ago; where the order says otherwise a correction makes up the difference, so that calls and the idle rest always sum
 * to the price of the period.
 */
import type { CallRecord } from '#contracts/call-record.js';
import type { Commitment } from '#contracts/commitment.js';
import { nanoCeil } from './ceiling-of.js';
import { type CapacityPeriod, drawOf } from './draw-capacity.js';

/** A period as its calls have used it so far. */
export interface UsedPeriod extends CapacityPeriod {
  commitment: string;
  /** Carried by calls: the sum of their shares. */
  sharesPicoUsd: bigint;
  /** Its standing charge is written: nothing is left of it, whatever comes late. */
  closed: boolean;
}

export interface Correction {
  record: CallRecord;
  commitment: string;
  /** Milliseconds since 1970: the period's beginning. */
  periodFromMs: number;
  unitsCovered: bigint;
  /** Added to the cost of the call. */
  differencePicoUsd: bigint;
  differenceNanoUsd: bigint;
  shareDifferencePicoUsd: bigint;
}

/** The period behind this call, and what has to be corrected about the call; null: it drew nothing. */
export function foldDraw(
  record: CallRecord,
  weights: Commitment['weights'],
  routeTier: CallRecord['tier'],
  period: UsedPeriod,
): { period: UsedPeriod; correction: Correction | null } | null {
  const { usage, lines, tier: servedTier, capacity } = record;
  const list = lines.filter(({ meter }) => meter !== 'committed_capacity');
  const left = period.closed ? { ...period, unitsUsed: period.unitsTotal } : period;
  const draw = drawOf({ usage, lines: list, servedTier, routeTier }, weights, left);
  if (!draw || record.costBasis === 'none' || record.costBasis === 'unpriced' || list.length === 0) return null;
  const credited = lines
    .filter(({ meter }) => meter === 'committed_capacity')
    .reduce((sum, { costPicoUsd }) => sum - costPicoUsd, 0n);
  const differencePicoUsd = credited - draw.creditPicoUsd;
  const shareDifferencePicoUsd = draw.sharePicoUsd - (capacity?.sharePicoUsd ?? 0n);
  const correct = differencePicoUsd === 0n && shareDifferencePicoUsd === 0n;
  const { commitment } = period;
  return {
    period: {
      ...period,
      unitsUsed: period.unitsUsed + draw.unitsCovered,
      sharesPicoUsd: period.sharesPicoUsd + draw.sharePicoUsd,
    },
    correction: correct
      ? null
      : {
          ...{
            record,
            commitment,
            periodFromMs: period.fromMs,
            unitsCovered: draw.unitsCovered,
            differencePicoUsd,
            shareDifferencePicoUsd,
          },
          differenceNanoUsd: nanoCeil(record.costPicoUsd + differencePicoUsd) - nanoCeil(record.costPicoUsd),
        },
  };
}

/** The standing charge: what no call carried. Never below 0, since shares are rounded down. */
export const idleOf = ({ pricePicoUsd, sharesPicoUsd }: UsedPeriod): bigint => pricePicoUsd - sharesPicoUsd;
