import { expect, test } from 'vitest';
import { chartOf } from './quality-chart.js';

const stream = (length: number, wrongEvery: number) =>
  Array.from({ length }, (_, place) => (place % wrongEvery === wrongEvery - 1 ? 0 : 1));

test('bands hold the mean, narrow with the calls, and end at the last call', () => {
  for (const scores of [stream(1_000, 20), stream(1_000, 20).map((x) => 0.9 * x + 0.05)]) {
    const chart = chartOf(scores, 0.05, 8);
    expect(chart.map(({ count }) => count)).toEqual([125, 250, 375, 500, 625, 750, 875, 1000]);
    for (const { mean, lower, upper, averageLower, averageUpper } of chart) {
      expect(lower).toBeLessThan(mean);
      expect(upper).toBeGreaterThan(mean);
      expect(averageLower).toBeLessThan(mean);
      expect(averageUpper).toBeGreaterThanOrEqual(mean);
    }
    const [first, last] = [chart[0]!, chart.at(-1)!];
    expect(last.upper - last.lower).toBeLessThan((first.upper - first.lower) / 1.5);
    expect(last.averageLower).toBeGreaterThan(first.averageLower);
  }
});

test('fewer calls than points draw each call once', () => {
  expect(chartOf([1, 0, 1], 0.05, 10).map(({ count }) => count)).toEqual([1, 2, 3]);
});
