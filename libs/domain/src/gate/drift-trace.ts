/**
 * A detector that remembers how it came to stand where it does. e-SR depends on the order of the canaries, so the scores
 * themselves are kept, oldest first and run by run; what is older than the window is in `since`.
 */
import type { Demotion, DetectorKind, DetectorTrace } from '#contracts/enforcement.js';
import { roundedUp } from './score-grid.js';
import { demoteAt, driftEvidence, foldCanary, freshDrift, warnAt } from './statistics/change-detection.js';

/** A ledger line holds 64 KiB. */
const runsMax = 2_000;

/** Hard failures are rare and costly, so their alarm comes sooner; gate.md §4. */
export const hardFailureFloor = 0.99;
export const hardFailureAt = 1_000;

export function freshTrace(kind: DetectorKind, floor: number): DetectorTrace {
  const { canaries, detectors } = freshDrift();
  return {
    kind,
    floor,
    canaries,
    detectors: [...detectors],
    since: { canaries, detectors: [...detectors] },
    scores: [],
  };
}

/** The trace after one more score, as a new value. Throws RangeError outside [0,1]. */
export function foldTrace(trace: DetectorTrace, x: number): DetectorTrace {
  const { canaries, detectors } = foldCanary(trace, x, trace.floor);
  const score = roundedUp(x);
  const last = trace.scores.at(-1);
  const scores: DetectorTrace['scores'] =
    last?.[0] === score ? [...trace.scores.slice(0, -1), [score, last[1] + 1]] : [...trace.scores, [score, 1]];
  return trimmed({ ...trace, canaries, detectors: [...detectors], scores });
}

function trimmed(trace: DetectorTrace): DetectorTrace {
  if (trace.scores.length <= runsMax) return trace;
  const cut = runsMax / 2;
  const { canaries, detectors } = replayed(trace.since, trace.scores.slice(0, cut), trace.floor);
  return { ...trace, since: { canaries, detectors: [...detectors] }, scores: trace.scores.slice(cut) };
}

function replayed(since: DetectorTrace['since'], scores: DetectorTrace['scores'], floor: number) {
  let state: { canaries: number; detectors: readonly number[] } = since;
  for (const [x, times] of scores) for (let time = 0; time < times; time += 1) state = foldCanary(state, x, floor);
  return state;
}

export const demotesAt = (kind: DetectorKind): number =>
  kind === 'schema' || kind === 'hard_failure' ? hardFailureAt : demoteAt;

/** A detector whose alarm demotes at once gives no warning. */
export function wordOfTrace(trace: DetectorTrace): 'steady' | 'warned' | 'demoted' {
  const evidence = driftEvidence(trace);
  if (evidence >= demotesAt(trace.kind)) return 'demoted';
  return evidence >= warnAt ? 'warned' : 'steady';
}

/** What an auditor does with a `demotion` line: folds its scores again. False: they do not amount to the alarm. */
export function demotionHolds({
  detector,
  threshold,
  evidence,
}: Pick<Demotion, 'detector' | 'threshold' | 'evidence'>): boolean {
  const again = driftEvidence(replayed(detector.since, detector.scores, detector.floor));
  return threshold === demotesAt(detector.kind) && again >= threshold && Math.abs(again - evidence) <= evidence * 1e-9;
}
