/**
 * Confidence sequence of an unbounded mean: cost and latency. Its level holds only as samples grow, so it never decides
 * about quality. Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (arXiv 2103.06476), Theorem 2.2.
 */

/** Count, mean and Σ (x − mean)² (Welford 1962): numerically safe where values are large, and small. */
export interface Moments {
  count: number;
  mean: number;
  deviation: number;
}

export const freshMoments = (): Moments => ({ count: 0, mean: 0, deviation: 0 });

export function addToMoments({ count, mean, deviation }: Moments, x: number): Moments {
  if (!Number.isFinite(x)) throw new RangeError(`a mean is taken of numbers, not of ${x}`);
  const next = mean + (x - mean) / (count + 1);
  return { count: count + 1, mean: next, deviation: deviation + (x - mean) * (x - next) };
}

/** ρ² that makes the sequence tightest after `optimalAt` samples: (−W₋₁(−α²/e) − 1)/t. */
function precisionAt(optimalAt: number, alpha: number): number {
  const target = 1 - 2 * Math.log(alpha);
  let u = target + Math.log(target);
  for (let step = 0; step < 60; step += 1) u -= (u - Math.log(u) - target) / (1 - 1 / u);
  return (u - 1) / optimalAt;
}

/** Half-width for a standard deviation of 1 after `count` samples, two-sided at alpha. */
export function asymptoticMargin(count: number, alpha: number, optimalAt: number): number {
  const scaled = count * precisionAt(optimalAt, alpha) + 1;
  return Math.sqrt((2 * scaled * Math.log(Math.sqrt(scaled) / alpha)) / (count * (scaled - 1)));
}

/** Null before the second sample, when nothing is known of the spread. */
export function asymptoticInterval(
  { count, mean, deviation }: Moments,
  alpha: number,
  optimalAt: number,
): { lower: number; upper: number } | null {
  if (count < 2) return null;
  const half = Math.sqrt(deviation / (count - 1)) * asymptoticMargin(count, alpha, optimalAt);
  return { lower: mean - half, upper: mean + half };
}
