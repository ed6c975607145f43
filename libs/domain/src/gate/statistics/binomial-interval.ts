/**
 * Intervals of a share seen once, for reports and for the error bars of simulations. Good for one look at a number fixed
 * beforehand: looked at again and again they fail, which is why no gate uses them.
 */
import { betaQuantile, normalQuantile } from './special-functions.js';

export interface Bounds {
  lower: number;
  upper: number;
}

/** Wilson (1927), two-sided at `confidence`; its lower end at 0.90 is the one-sided bound at 95 %. */
export const wilsonInterval = (successes: number, count: number, confidence: number): Bounds =>
  wilsonAt(successes, count, normalQuantile((1 + confidence) / 2));

/** The same with the normal quantile at hand, for whoever asks a million times. */
export function wilsonAt(successes: number, count: number, z: number): Bounds {
  const share = shareOf(successes, count);
  const middle = share + (z * z) / (2 * count);
  const half = z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  const scale = 1 + (z * z) / count;
  return {
    lower: successes === 0 ? 0 : (middle - half) / scale,
    upper: successes === count ? 1 : (middle + half) / scale,
  };
}

/** Clopper & Pearson (1934): exact, two-sided, never narrower than it says. */
export function clopperPearson(successes: number, count: number, confidence: number): Bounds {
  const alpha = 1 - confidence;
  return {
    lower: clopperPearsonLower(successes, count, 1 - alpha / 2),
    upper: 1 - clopperPearsonLower(count - successes, count, 1 - alpha / 2),
  };
}

/** One-sided: the share is below it with probability ≤ 1 − confidence. */
export function clopperPearsonLower(successes: number, count: number, confidence: number): number {
  shareOf(successes, count);
  return successes === 0 ? 0 : betaQuantile(1 - confidence, successes, count - successes + 1);
}

function shareOf(successes: number, count: number): number {
  if (!(count > 0 && successes >= 0 && successes <= count))
    throw new RangeError(`${successes} of ${count} is not a share`);
  return successes / count;
}
