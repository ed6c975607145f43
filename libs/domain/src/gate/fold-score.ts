/**
 * Adds one scored call to a gate's evidence. Calls must come in the order of their places in the line and one per
 * cluster: the caller holds the line for late answers, since a line that skips slow ones favours easy calls.
 */
import { addScore, addScoreAgainst, lnEvidence } from './grid-e-process.js';
import { lnThresholdOf } from './alpha-ledger.js';
import type { CriterionState, GateState } from './gate-state.js';
import { countScore, roundedDown, roundedUp } from './score-grid.js';

export interface ScoredCall {
  /** In [0,1]; null when there was no answer by the deadline, which counts 0. */
  candidate: number | null;
  /** In [0,1], of the baseline on the same call; may be null only where no non-inferiority margin is declared. */
  baseline: number | null;
  admittedAtMs: number;
  /** The call's place in the line of evidence. */
  position: number;
  /** A judge was silent: what was scored stands for nothing, and the observation counts against whatever is claimed of it. */
  unjudged?: boolean;
}

/** The state after the call, as a new value. Throws RangeError on a score outside [0,1], a place out of order or a missing baseline. */
export function foldScore(state: GateState, call: ScoredCall): GateState {
  if (state.lastPosition !== null && call.position <= state.lastPosition)
    throw new RangeError(`place ${call.position} was folded after place ${state.lastPosition}`);
  const samples = state.samples + 1;
  const lnThreshold = lnThresholdOf(state.terms);
  const folded: GateState = {
    ...state,
    samples,
    lastPosition: call.position,
    firstAdmittedAtMs: Math.min(state.firstAdmittedAtMs ?? call.admittedAtMs, call.admittedAtMs),
    lastAdmittedAtMs: Math.max(state.lastAdmittedAtMs ?? call.admittedAtMs, call.admittedAtMs),
    criteria: state.criteria.map((criterion) => foldCriterion(criterion, call, samples, lnThreshold)),
  };
  return { ...folded, clearedAtMs: state.clearedAtMs ?? (meetsTerms(folded) ? folded.lastAdmittedAtMs : null) };
}

/**
 * Every criterion has crossed at some time, and the minima hold. The running maximum counts: by Ville's inequality the
 * error probability covers the whole path, so a crossing stays valid when the evidence falls again.
 */
export function meetsTerms(state: GateState): boolean {
  const { samplesMin, clustersMin, spanHours } = state.terms;
  return (
    state.samples >= Math.max(samplesMin, clustersMin) &&
    spanHoursOf(state) >= spanHours &&
    state.criteria.every((criterion) => criterion.firstClear !== null)
  );
}

/** Hours between the first and the last call folded. */
export const spanHoursOf = (state: GateState): number =>
  state.firstAdmittedAtMs === null || state.lastAdmittedAtMs === null
    ? 0
    : (state.lastAdmittedAtMs - state.firstAdmittedAtMs) / 3_600_000;

function foldCriterion(
  criterion: CriterionState,
  call: ScoredCall,
  samples: number,
  lnThreshold: number,
): CriterionState {
  const x = call.unjudged ? null : transformed(criterion.kind, call);
  const wealthFor = addScore(criterion.wealthFor, x === null ? 0 : roundedDown(x), criterion.nullMean);
  const wealthAgainst = addScoreAgainst(criterion.wealthAgainst, x === null ? 1 : roundedUp(x), criterion.nullMean);
  return {
    ...criterion,
    wealthFor: [...wealthFor],
    wealthAgainst: [...wealthAgainst],
    ...(x === null ? { unjudged: (criterion.unjudged ?? 0) + 1 } : { histogram: countScore(criterion.histogram, x) }),
    firstClear: criterion.firstClear ?? (lnEvidence(wealthFor) >= lnThreshold ? samples : null),
    firstFail: criterion.firstFail ?? (lnEvidence(wealthAgainst) >= lnThreshold ? samples : null),
  };
}

/** From this difference on, a call has regressed; the slack keeps 0.3 − 0.8 on the side against the claim. */
const regressionFrom = -0.5 + 1e-9;

/**
 * The score on the criterion's [0,1] scale: itself, (d + 1)/2 of the paired difference d, or 1 unless the call came out
 * worse by half a point or more. Throws RangeError as `foldScore` does.
 */
export function transformed(kind: CriterionState['kind'], call: Pick<ScoredCall, 'candidate' | 'baseline'>): number {
  const candidate = inRange(call.candidate ?? 0);
  if (kind === 'absolute') return candidate;
  if (call.baseline === null) throw new RangeError(`${kind} needs the baseline score of the same call`);
  const difference = candidate - inRange(call.baseline);
  if (kind === 'regression') return difference <= regressionFrom ? 0 : 1;
  // 0.9 − 0.7 is 0.20000000000000007: the error of the subtraction is no score, and would be rounded up to a millionth.
  return Math.round((difference + 1) * 5e11) / 1e12;
}

function inRange(score: number): number {
  if (!(score >= 0 && score <= 1)) throw new RangeError(`a score must lie in [0,1], not ${score}`);
  return score;
}
