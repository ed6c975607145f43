/**
 * Judges a recorded list of scores as the gate would have, call by call, in the order of the list. The minima of a live
 * gate (samples, clusters, hours) are not asked of a list: who recorded it knows whether its calls are independent.
 */
import type { Floor } from '#contracts/use-case.js';
import type { Criterion, Verdict } from '#contracts/verdict.js';
import { lnThresholdOf, type Shares } from './alpha-ledger.js';
import { type ScoredCall, transformed } from './fold-score.js';
import { claimsOf, type CriterionState } from './gate-state.js';
import { addScore, addScoreAgainst, freshWealth, lnEvidence } from './grid-e-process.js';
import { RunningBound } from './running-bound.js';
import { samplesToClear } from './samples-to-clear.js';
import { criterionOf, ownScale } from './verdict-of.js';

export type RecordedScores = Pick<ScoredCall, 'candidate' | 'baseline'>;

export interface Judgement {
  verdict: Extract<Verdict['verdict'], 'cleared' | 'failed' | 'undecided'>;
  samples: number;
  /** How many calls it took until every criterion had cleared, or the first had failed; null where that never came. */
  firstClear: number | null;
  firstFail: number | null;
  lnThreshold: number;
  /** One per claim of the floor; the bounds are the tightest of all looks, so `lower` passes the floor exactly when it cleared. */
  criteria: Criterion[];
  /** Calls needed in all, if the scores go on as they are; null when that would not clear. */
  samplesToClear: number | null;
}

/** Requires one call at least and a floor with one claim at least; throws RangeError otherwise and as `foldScore` does. */
export function judgeScores(calls: readonly RecordedScores[], floor: Partial<Floor>, shares: Shares): Judgement {
  const claims = claimsOf(floor);
  if (calls.length === 0 || claims.length === 0) throw new RangeError('there is nothing to judge');
  const lnThreshold = lnThresholdOf(shares);
  const criteria = claims.map((claim) => foldAll(claim, calls, shares));
  const clears = criteria.map(({ firstClear }) => firstClear);
  const fails = criteria.flatMap(({ firstFail }) => firstFail ?? []);
  const firstClear = clears.includes(null) ? null : Math.max(...clears.map((place) => place ?? 0));
  const firstFail = fails.length === 0 ? null : Math.min(...fails);
  const terms = {
    ...shares,
    samplesMin: 1,
    samplesMax: calls.length,
    clustersMin: 1,
    spanHours: 0,
    evidenceExpiryDays: 1,
  };
  return {
    verdict: firstFail !== null ? 'failed' : firstClear !== null ? 'cleared' : 'undecided',
    samples: calls.length,
    firstClear,
    firstFail,
    lnThreshold,
    criteria,
    samplesToClear: samplesToClear({ criteria, lnThreshold, terms }),
  };
}

/** What `foldScore` does, call by call; of scores that are all there, none is rounded to be kept. */
function foldAll(
  claim: Pick<CriterionState, 'kind' | 'nullMean'>,
  calls: readonly RecordedScores[],
  shares: Shares,
): Criterion {
  const lnThreshold = lnThresholdOf(shares);
  const alpha = shares.alpha / shares.slots;
  const [lower, upper] = [new RunningBound(alpha), new RunningBound(alpha)];
  const counts = new Map<number, number>();
  let [wealthFor, wealthAgainst] = [freshWealth(), freshWealth()];
  let [firstClear, firstFail]: [number | null, number | null] = [null, null];
  for (const [place, call] of calls.entries()) {
    const x = transformed(claim.kind, call);
    counts.set(x, (counts.get(x) ?? 0) + 1);
    wealthFor = addScore(wealthFor, x, claim.nullMean);
    wealthAgainst = addScoreAgainst(wealthAgainst, x, claim.nullMean);
    const clears = firstClear === null && lnEvidence(wealthFor) >= lnThreshold;
    const fails = firstFail === null && lnEvidence(wealthAgainst) >= lnThreshold;
    if (clears) firstClear = place + 1;
    if (fails) firstFail = place + 1;
    lower.add(x, clears);
    upper.add(1 - x, fails);
  }
  const histogram = [...counts].sort(([a], [b]) => a - b);
  const wealths = { wealthFor: [...wealthFor], wealthAgainst: [...wealthAgainst] };
  const own = ownScale(claim.kind);
  return {
    ...criterionOf({ ...claim, histogram, firstClear, firstFail, ...wealths }, shares),
    lower: own(lower.bound()),
    upper: own(1 - upper.bound()),
  };
}
