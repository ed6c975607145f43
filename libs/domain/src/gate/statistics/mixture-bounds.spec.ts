import { describe, expect, test } from 'vitest';
import { averageInterval, bernoulliInterval, gammaExponentialBound, lnBetaBinomial } from './mixture-bounds.js';
import { published, vectors } from './vectors.spec-data.js';

interface Computed {
  gamma_exponential: { v: number; alpha: number; v_opt: number; c: number; alpha_opt: number; bound: number }[];
  bernoulli_confidence_interval: {
    successes: number;
    n: number;
    alpha: number;
    t_opt: number;
    lower: number;
    upper: number;
  }[];
  beta_binomial_log_mixture: {
    s: number;
    v: number;
    v_opt: number;
    g: number;
    h: number;
    one_sided: boolean;
    log_mixture: number;
  }[];
}
const { computed } = vectors<{ computed?: Computed }>('uniform_boundaries.json');
const mixtures = computed?.beta_binomial_log_mixture.filter((row) => !row.one_sided) ?? [];

describe.skipIf(!published)('published bounds (confseq), of those the product uses', () => {
  test('there are as many as were published', () =>
    expect([
      computed!.gamma_exponential.length,
      computed!.bernoulli_confidence_interval.length,
      mixtures.length,
    ]).toEqual([36, 60, 7]));

  test.each(computed?.gamma_exponential ?? [])('gamma-exponential at v = $v, α = $alpha, c = $c', (row) => {
    expect(Math.abs(gammaExponentialBound(row.v, row.alpha, row.v_opt, row.c, row.alpha_opt) - row.bound)).toBeLessThan(
      1e-8, // printed to ten decimals of numbers up to a few hundred
    );
  });

  test.each(computed?.bernoulli_confidence_interval ?? [])('$successes of $n, tightest at $t_opt', (row) => {
    const { lower, upper } = bernoulliInterval(row.successes, row.n, row.alpha, row.t_opt);
    expect(Math.abs(lower - row.lower)).toBeLessThan(1e-9);
    expect(Math.abs(upper - row.upper)).toBeLessThan(1e-9);
  });

  test.each(mixtures)('beta-binomial mixture at s = $s, v = $v', ({ s, v, v_opt, g, h, log_mixture }) => {
    expect(Math.abs(lnBetaBinomial(s, v, v_opt, g, h) - log_mixture)).toBeLessThan(1e-9);
  });
});

test("the authors' own unit tests", () => {
  expect(gammaExponentialBound(100, 0.05, 100, 2)).toBeCloseTo(33.02017, 4);
  expect(lnBetaBinomial(10, 100, 100, 0.2, 0.8)).toBeCloseTo(-0.6941012, 5);
  for (const [successes, count, optimalAt, lower, upper] of [
    [700, 1000, 100, 0.651629, 0.745949],
    [15, 50, 50, 0.129556, 0.511896],
    [5, 50, 50, 0.013021, 0.269264],
    [1, 50, 50, 0, 0.13489],
    [1, 2, 50, 0, 1],
    [100, 200, 1, 0.328923, 0.671076],
  ] as const) {
    const interval = bernoulliInterval(successes, count, 0.05, optimalAt);
    expect(interval.lower).toBeCloseTo(lower, 5);
    expect(interval.upper).toBeCloseTo(upper, 5);
  }
});

test('the interval of a drifting average holds the average of the means, whatever they did on the way', () => {
  let [state, missed] = [7, 0];
  const draw = () => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 2 ** 32;
  for (let run = 0; run < 100; run += 1) {
    let [sum, deviation, means, outside] = [0, 0, 0, false];
    for (let count = 1; count <= 300; count += 1) {
      const mean = count < 150 ? 0.95 : 0.6;
      const x = draw() < mean ? 1 : 0;
      deviation += (x - (count === 1 ? 0 : sum / (count - 1))) ** 2;
      sum += x;
      means += mean;
      if (count % 50 !== 0) continue;
      const { lower, upper } = averageInterval(count, sum, deviation, 0.05, 20);
      outside ||= means / count < lower || means / count > upper;
    }
    if (outside) missed += 1;
  }
  expect(missed).toBeLessThanOrEqual(5);
});
