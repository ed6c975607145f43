/**
 * The band of quality over the calls, for people to look at. It decides nothing: it is two-sided, and one of its two bands
 * allows quality to drift, which the gate's bounds do not.
 */
import { addToBernstein, bernsteinLower, freshBernstein } from './statistics/empirical-bernstein.js';
import { averageInterval, bernoulliInterval } from './statistics/mixture-bounds.js';

export interface ChartPoint {
  /** Calls so far. */
  count: number;
  mean: number;
  /** Where the mean lies, if it stays what it is. */
  lower: number;
  upper: number;
  /** Where the average of the means so far lies, whatever they did. */
  averageLower: number;
  averageUpper: number;
}

/** Each band holds at every point at once with probability 1 − alpha. Scores in [0,1], in the order they came. */
export function chartOf(scores: readonly number[], alpha: number, points: number): ChartPoint[] {
  const binary = scores.every((x) => x === 0 || x === 1);
  const drawn = new Set(
    Array.from({ length: points }, (_, point) => Math.ceil(((point + 1) * scores.length) / points)),
  );
  let [below, above, sum, deviation] = [freshBernstein(), freshBernstein(), 0, 0];
  const chart: ChartPoint[] = [];
  for (const [place, x] of scores.entries()) {
    const count = place + 1;
    below = addToBernstein(below, x, alpha / 2);
    above = addToBernstein(above, 1 - x, alpha / 2);
    deviation += (x - (place === 0 ? 0 : sum / place)) ** 2;
    sum += x;
    if (!drawn.has(count)) continue;
    const band = binary
      ? bernoulliInterval(Math.round(sum), count, alpha, tightestAt)
      : { lower: bernsteinLower(below, alpha / 2), upper: 1 - bernsteinLower(above, alpha / 2) };
    const average = averageInterval(count, sum, deviation, alpha, tightestAt / 4);
    chart.push({ count, mean: sum / count, ...band, averageLower: average.lower, averageUpper: average.upper });
  }
  return chart;
}

/** Calls (or their variance, a quarter of it at most) where the bands are narrowest for what they are. */
const tightestAt = 200;
