/**
 * Time-uniform bounds by conjugate mixtures (Howard, Ramdas, McAuliffe & Sekhon 2021, Annals of Statistics). `optimalAt`
 * is the place where the bound is made tightest; it costs nothing elsewhere but width, and must be fixed beforehand.
 */
import type { Bounds } from './binomial-interval.js';
import { bisect, lnBeta, lnGamma, lnGammaLower } from './special-functions.js';

/** The tuning of every mixture here is made for this level whatever level is asked, as in the authors' code. */
const tunedFor = 0.05;

/** Proposition 3 there: the precision that makes the two-sided normal mixture tightest at intrinsic time v. */
const precisionAt = (v: number, alpha: number): number =>
  v / (2 * Math.log(1 / alpha) + Math.log1p(2 * Math.log(1 / alpha)));

/** ln of the two-sided beta-binomial mixture at deviation s and intrinsic time v, for steps in [−g, h] (Proposition 7). */
export function lnBetaBinomial(s: number, v: number, optimalAt: number, g: number, h: number): number {
  const r = Math.max(precisionAt(optimalAt, tunedFor) - g * h, 1e-3 * g * h);
  const range = g + h;
  return (
    (v / (g * h)) * Math.log(range) -
    ((v + h * s) / (h * range)) * Math.log(g) -
    ((v - g * s) / (g * range)) * Math.log(h) +
    lnBeta((r + v - g * s) / (g * range), (r + v + h * s) / (h * range)) -
    lnBeta(r / (g * range), r / (h * range))
  );
}

/** Two-sided interval of the share of successes, valid at every time at once: the band of yes-or-no scores. */
export function bernoulliInterval(successes: number, count: number, alpha: number, optimalAt: number): Bounds {
  if (!(count > 0 && successes >= 0 && successes <= count))
    throw new RangeError(`${successes} of ${count} is not a share`);
  const rejects = (p: number) =>
    lnBetaBinomial(successes - count * p, count * p * (1 - p), optimalAt * p * (1 - p), p, 1 - p) >= -Math.log(alpha);
  const share = successes / count;
  const [least, greatest] = [1e-9, 1 - 1e-9];
  return {
    lower: successes > 0 && rejects(least) ? bisect(rejects, least, share) : 0,
    upper: successes < count && rejects(greatest) ? bisect(rejects, greatest, share) : 1,
  };
}

/**
 * The one-sided gamma-exponential bound on a sum with steps bounded by c, at intrinsic time v (Proposition 9): what makes
 * an empirical-Bernstein sequence of v = Σ (x − prediction)². It rises with v; reached with probability ≤ alpha.
 */
export function gammaExponentialBound(
  v: number,
  alpha: number,
  optimalAt: number,
  c: number,
  tuned = tunedFor,
): number {
  const rho = precisionAt(optimalAt, 2 * tuned) / (c * c);
  const constant = rho * Math.log(rho) - lnGamma(rho) - lnGammaLower(rho, rho);
  const lnMixture = (s: number) => {
    const shape = v / (c * c) + rho;
    const scale = s / c + shape;
    return constant + lnGamma(shape) + lnGammaLower(shape, scale) - shape * Math.log(scale) + scale - rho;
  };
  const lnThreshold = -Math.log(alpha);
  let outside = Math.max(1, v);
  while (lnMixture(outside) < lnThreshold) outside *= 2;
  return bisect((s) => lnMixture(s) < lnThreshold, 0, outside);
}

/**
 * Interval of the *average* of the conditional means so far, which may drift (Theorem 4 there). Scores in [0,1];
 * `deviation` is Σ (x − the mean of those before it)². Each side spends alpha/2.
 */
export function averageInterval(
  count: number,
  sum: number,
  deviation: number,
  alpha: number,
  optimalAt: number,
): Bounds {
  const half = gammaExponentialBound(deviation, alpha / 2, optimalAt, 1, alpha / 2) / count;
  return { lower: Math.max(0, sum / count - half), upper: Math.min(1, sum / count + half) };
}
