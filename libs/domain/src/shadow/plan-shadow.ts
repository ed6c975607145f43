/**
 * What a shadow will cost and when it will know, before anyone commits to it. Shares are of calls; money is exact; days
 * are expectations for a use case whose traffic goes on as it has.
 */
import type { Floor, GateTerms } from '#contracts/use-case.js';
import { relativeEntropy, samplesToNotice } from './samples-to-notice.js';

export interface ShadowFacts {
  /** That evidence may be about: replayable, on the baseline. Null: nothing was seen yet. */
  callsPerDay: number | null;
  baselineSpendPicoUsdPerDay: bigint;
  /** What replays and judges may cost a day, where it is declared; null: 5 % of what the baseline costs. */
  allowancePicoUsdPerDay: bigint | null;
  /** Of one sampled call: all candidates and the judge. Null: a price is unknown, or the judge has not judged yet. */
  costPerSamplePicoUsd: bigint | null;
  floor: Floor;
  terms: GateTerms;
  /** What a good candidate is supposed to score. */
  assumedMean: number;
  /** How large a drop shall be noticed. */
  drop: number;
  /** Asked for instead of the share that is worked out. */
  share: number | null;
}

export interface ShadowPlan {
  bootstrap: { share: number; samples: number; costPicoUsd: bigint | null };
  /** After the bootstrap; null where it cannot be worked out. */
  share: number | null;
  /** What limits it. `asked`: somebody chose it. */
  shareBy: 'verdict_in_7_days' | 'spend' | 'all_calls' | 'asked' | 'unknown';
  costPicoUsdPerDay: bigint | null;
  samplesToVerdict: number;
  daysToVerdict: number | null;
  samplesToNotice: number;
  daysToNotice: number | null;
}

export const bootstrapShare = 0.2;
const verdictDays = 7;
/** Shadow and judge together, of what the baseline costs. In ten-thousandths, so that money stays exact. */
const spendBasisPoints = 500n;
const gridOverhead = 1.3;

export function planShadow(facts: ShadowFacts): ShadowPlan {
  const { callsPerDay, costPerSamplePicoUsd, terms, floor } = facts;
  const bootstrapSamples = Math.max(terms.samplesMin, terms.clustersMin);
  const samples = samplesToVerdict(facts, bootstrapSamples);
  const { share, shareBy } = shareOf(facts, samples);
  const toNotice = samplesToNotice(floor.absolute, Math.min(facts.drop, floor.absolute / 2));
  const perDay = callsPerDay !== null && share !== null ? callsPerDay * share : null;
  return {
    bootstrap: {
      share: bootstrapShare,
      samples: bootstrapSamples,
      costPicoUsd: costPerSamplePicoUsd === null ? null : costPerSamplePicoUsd * BigInt(bootstrapSamples),
    },
    share,
    shareBy,
    costPicoUsdPerDay:
      perDay === null || costPerSamplePicoUsd === null ? null : costPerSamplePicoUsd * BigInt(Math.round(perDay)),
    samplesToVerdict: samples,
    daysToVerdict: daysToVerdict(facts, samples, bootstrapSamples, perDay),
    samplesToNotice: toNotice,
    daysToNotice: perDay === null || perDay === 0 ? null : toNotice / perDay,
  };
}

/** n ≈ 1.3 ln(K/α) ÷ KL(assumed‖floor), and not below the minima. */
function samplesToVerdict({ terms, floor, assumedMean }: ShadowFacts, least: number): number {
  if (!(assumedMean > floor.absolute && assumedMean <= 1))
    throw new RangeError(`a mean of ${assumedMean} never clears a floor of ${floor.absolute}`);
  const needed = (gridOverhead * Math.log(terms.slots / terms.alpha)) / relativeEntropy(assumedMean, floor.absolute);
  return Math.max(least, Math.ceil(needed));
}

function shareOf(facts: ShadowFacts, samples: number): Pick<ShadowPlan, 'share' | 'shareBy'> {
  const { callsPerDay, costPerSamplePicoUsd, baselineSpendPicoUsdPerDay, allowancePicoUsdPerDay } = facts;
  if (facts.share !== null) return { share: facts.share, shareBy: 'asked' };
  if (callsPerDay === null || callsPerDay === 0 || costPerSamplePicoUsd === null)
    return { share: null, shareBy: 'unknown' };
  const wanted = samples / verdictDays / callsPerDay;
  const allowancePicoUsd = allowancePicoUsdPerDay ?? (baselineSpendPicoUsdPerDay * spendBasisPoints) / 10_000n;
  const affordable =
    costPerSamplePicoUsd === 0n ? 1 : Number(allowancePicoUsd) / Number(costPerSamplePicoUsd) / callsPerDay;
  if (affordable < Math.min(wanted, 1)) return { share: affordable, shareBy: 'spend' };
  return wanted < 1 ? { share: wanted, shareBy: 'verdict_in_7_days' } : { share: 1, shareBy: 'all_calls' };
}

function daysToVerdict(
  { callsPerDay, terms, share }: ShadowFacts,
  samples: number,
  bootstrapSamples: number,
  perDay: number | null,
): number | null {
  if (callsPerDay === null || perDay === null || perDay === 0) return null;
  const span = terms.spanHours / 24;
  if (share !== null) return Math.max(span, samples / perDay);
  return Math.max(span, bootstrapSamples / (bootstrapShare * callsPerDay) + (samples - bootstrapSamples) / perDay);
}
