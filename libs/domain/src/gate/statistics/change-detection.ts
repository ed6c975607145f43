/**
 * Notices that quality fell below the floor after a route was let in. An alarm is not a proof that the route is bad: at
 * the floor itself one comes about every A canaries, above it more seldom, and that is the promise. Shin, Ramdas & Rinaldo
 * (E-detectors, NEJSDS 2024, arXiv 2203.03532): the e-SR and e-CUSUM procedures, average run length at least A.
 */
import { roundedUp } from '../score-grid.js';

/** Shares of the largest bet against the floor. A mixture, so that small and large drops are both noticed. */
export const driftFractions = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7] as const;

/** Average canaries between false alarms, at the least. */
export const warnAt = 1_000;
export const demoteAt = 5_000;

/** M of each bet. They depend on the order of the canaries, hence kept and not recomputed from a histogram. */
export interface DriftState {
  canaries: number;
  detectors: readonly number[];
}

export const freshDrift = (): DriftState => ({ canaries: 0, detectors: driftFractions.map(() => 0) });

/** Beyond any threshold, and still a number in JSON. */
const ceiling = 1e300;

/** L = 1 + λ(F − x): above 1 when the score is below the floor; its mean is at most 1 while the mean score is at least F. */
export const stepOf = (x: number, floor: number, lambda: number): number => 1 + lambda * (floor - x);

/** e-SR: M ← (M + 1) L. Starts from 0. */
export const shiryaevRoberts = (m: number, step: number): number => Math.min(ceiling, (m + 1) * step);

/** e-CUSUM: M ← max(M, 1) L. Starts from 1; far slower than e-SR at the same promise. */
export const cusum = (m: number, step: number): number => Math.min(ceiling, Math.max(m, 1) * step);

/**
 * The state after one more canary, as a new value. `x` in [0,1], a missing answer 0; for the paired canary (d + 1)/2 against
 * (1 − δ)/2. Rounded up, against the claim that it fell. Throws RangeError outside [0,1], or with a floor outside (0,1).
 */
export function foldCanary(state: DriftState, x: number, floor: number, detector = shiryaevRoberts): DriftState {
  if (!(x >= 0 && x <= 1)) throw new RangeError(`a score must lie in [0,1], not ${x}`);
  if (!(floor > 0 && floor < 1)) throw new RangeError(`a floor must lie in (0,1), not ${floor}`);
  const score = roundedUp(x);
  return {
    canaries: state.canaries + 1,
    detectors: state.detectors.map((m, k) => detector(m, stepOf(score, floor, driftFractions[k]! / (1 - floor)))),
  };
}

/** The mean over the bets: the number compared with `warnAt` and `demoteAt`. */
export const driftEvidence = ({ detectors }: DriftState): number =>
  detectors.reduce((sum, m) => sum + m, 0) / detectors.length;

export function driftWord(state: DriftState): 'steady' | 'warned' | 'demoted' {
  const evidence = driftEvidence(state);
  if (evidence >= demoteAt) return 'demoted';
  return evidence >= warnAt ? 'warned' : 'steady';
}

/** Page (1954), for right and wrong answers: S ← max(0, S + ln of the likelihood ratio of p1 to p0). A second opinion only. */
export const pageCusum = (s: number, right: boolean, p0: number, p1: number): number =>
  Math.max(0, s + (right ? Math.log(p1 / p0) : Math.log((1 - p1) / (1 - p0))));
