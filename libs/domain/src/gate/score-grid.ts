/**
 * Scores are kept on a grid of millionths, rounded against whatever is being claimed: down where they speak for a
 * candidate, up where they speak against it. Both roundings must follow from the one number a histogram holds.
 */
import type { Histogram } from './grid-e-process.js';

const steps = 1_000_000;

/** The score as the histogram holds it: itself when it lies on the grid, else the midpoint of the two grid points around it. */
export function recordedScore(x: number): number {
  const below = roundedDown(x);
  return below === x ? x : (2 * Math.round(below * steps) + 1) / (2 * steps);
}

/** The grid point at or under a score. 0.57 is 570000 millionths although 0.57 × 10⁶ need not be. */
export function roundedDown(x: number): number {
  const nearest = Math.round(x * steps);
  return nearest / steps > x ? (nearest - 1) / steps : nearest / steps;
}

/** The grid point at or over a score. */
export function roundedUp(x: number): number {
  const below = roundedDown(x);
  return below === x ? x : (Math.round(below * steps) + 1) / steps;
}

interface Recorded {
  histogram: Histogram;
  unjudged?: number | undefined;
}

/** What speaks for the claim: every score rounded down, and 0 where a judge was silent. */
export const histogramDown = ({ histogram, unjudged = 0 }: Recorded): Histogram => [
  ...histogram.map(([x, count]) => [roundedDown(x), count] as const),
  ...(unjudged > 0 ? [[0, unjudged] as const] : []),
];

/** What speaks against it: every score rounded up, and 1 where a judge was silent. */
export const histogramUp = ({ histogram, unjudged = 0 }: Recorded): Histogram => [
  ...histogram.map(([x, count]) => [roundedUp(x), count] as const),
  ...(unjudged > 0 ? [[1, unjudged] as const] : []),
];

/** How many observations there are, and their mean with 0 for each the judge was silent about. */
export function summaryOf({ histogram, unjudged = 0 }: Recorded): { count: number; mean: number } {
  const count = histogram.reduce((total, [, times]) => total + times, unjudged);
  return { count, mean: histogram.reduce((total, [x, times]) => total + x * times, 0) / count };
}

/** The histogram with one more score, ordered by score. */
export function countScore(histogram: Histogram, x: number): [number, number][] {
  const score = recordedScore(x);
  const counted = histogram.map(([s, count]): [number, number] => [s, s === score ? count + 1 : count]);
  if (!counted.some(([s]) => s === score)) counted.push([score, 1]);
  return counted.sort(([a], [b]) => a - b);
}
