/**
 * The gate's statistic: how strongly scores in [0,1] speak for "their mean is above m", valid however often one looks.
 * Evidence is ln E; it is not a probability and not a mean, and it may fall again after having been high.
 */

/**
 * The constant bets f_k. Constant, so they cannot depend on the future: each product is a test martingale, and so is
 * their average (Waudby-Smith & Ramdas 2024, JRSS-B, section on the discrete universal portfolio).
 */
export const gridFractions = [0.01, 0.02, 0.04, 0.06, 0.09, 0.13, 0.18, 0.25, 0.35, 0.5, 0.7, 0.9] as const;

/** One log-wealth per bet: ln Π(1 − f_k + f_k x_i / m). Sums over scores, so their order does not matter. */
export type Wealth = readonly number[];

/** [score in [0,1], how often]. Each score at most once. */
export type Histogram = readonly (readonly [score: number, count: number])[];

/** Before any score: wealth 1 on every bet. */
export const freshWealth = (): Wealth => gridFractions.map(() => 0);

/**
 * The wealth after `count` scores of `x`, as a new value. Requires 0 ≤ x ≤ 1 and 0 < m < 1 (RangeError otherwise).
 * Never −Infinity: no bet stakes more than 0.9, so a score of 0 leaves a tenth.
 */
export function addScore(wealth: Wealth, x: number, m: number, count = 1): Wealth {
  requireScore(x);
  requireNull(m);
  return wealth.map((lnWealth, k) => lnWealth + count * Math.log1p(gridFractions[k]! * (x / m - 1)));
}

/** ln E = ln of the mean of the wealths. By Ville's inequality it ever reaches ln(1/α) with probability ≤ α if mean ≤ m. */
export function lnEvidence(wealth: Wealth): number {
  const most = Math.max(...wealth);
  const sum = wealth.reduce((total, lnWealth) => total + Math.exp(lnWealth - most), 0);
  return most + Math.log(sum / wealth.length);
}

/** ln E of "the mean is above m", from the multiset of scores alone: what an auditor recomputes. */
export function lnEvidenceOfHistogram(histogram: Histogram, m: number): number {
  return lnEvidence(histogram.reduce((wealth, [x, count]) => addScore(wealth, x, m, count), freshWealth()));
}

/** The mirror process, of "the mean is below m": the same bets on 1 − x against 1 − m. */
export const addScoreAgainst = (wealth: Wealth, x: number, m: number): Wealth => addScore(wealth, 1 - x, 1 - m);

export const mirrorOf = (histogram: Histogram): Histogram => histogram.map(([x, count]) => [1 - x, count] as const);

/**
 * The largest m that the scores reject at level α ("mean ≤ m" has ln E ≥ ln 1/α); 0 when they reject none.
 * One-sided and anytime-valid: the mean is below it with probability ≤ α. E falls as m rises, hence bisection;
 * the end that is returned is the rejected one, so rounding never flatters.
 */
export function lowerBound(histogram: Histogram, alpha: number): number {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha must lie in (0,1), not ${alpha}`);
  if (!histogram.some(([x]) => x > 0)) return 0;
  const lnThreshold = -Math.log(alpha);
  let rejected = 0;
  let open = 1;
  for (let halvings = 0; halvings < 60; halvings += 1) {
    const m = (rejected + open) / 2;
    if (m === rejected || m === open) break;
    if (lnEvidenceOfHistogram(histogram, m) >= lnThreshold) rejected = m;
    else open = m;
  }
  return rejected;
}

/** The smallest m rejected by the mirror process at level α; 1 when none is. */
export const upperBound = (histogram: Histogram, alpha: number): number => 1 - lowerBound(mirrorOf(histogram), alpha);

function requireScore(x: number): void {
  if (!(x >= 0 && x <= 1)) throw new RangeError(`a score must lie in [0,1], not ${x}`);
}

function requireNull(m: number): void {
  if (!(m > 0 && m < 1)) throw new RangeError(`the mean under the null must lie in (0,1), not ${m}`);
}
