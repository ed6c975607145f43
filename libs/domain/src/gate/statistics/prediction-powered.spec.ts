import { describe, expect, test } from 'vitest';
import { normalInterval, normalLower, predictionPoweredMean, pValueAbove } from './prediction-powered.js';
import { published, vectors } from './vectors.spec-data.js';

type Case = Record<string, unknown> & { name: string; Y: number[]; Yhat: number[]; Yhat_unlabeled: number[] };
const { cases = [] } = vectors<{ cases?: Case[] }>('ppi_mean.json');

describe.skipIf(!published)('published means (ppi_py)', () => {
  test('there are as many as were published', () => expect(cases).toHaveLength(5));

  test.each(cases)('$name', (row) => {
    const sample = { labels: row.Y, judged: row.Yhat, unlabelled: row.Yhat_unlabeled };
    const kinds = { lam0: 0, lam1: 1, tuned: undefined };
    const near = (actual: number, name: string) => {
      expect(Math.abs(actual - (row[name] as number)), name).toBeLessThan(1e-9);
    };
    const interval = (actual: { lower: number; upper: number }, name: string) => {
      const [lower, upper] = row[name] as [number, number];
      expect(Math.abs(actual.lower - lower), name).toBeLessThan(1e-9);
      expect(Math.abs(actual.upper - upper), name).toBeLessThan(1e-9);
    };
    const of = (kind: keyof typeof kinds) => predictionPoweredMean(sample, kinds[kind]);
    near(of('tuned').lambda, 'lam_hat');
    for (const kind of ['lam0', 'lam1', 'tuned'] as const) near(of(kind).point, `point_${kind}`);
    near(of('lam0').point, 'classical_mean');
    for (const alpha of [0.1, 0.05]) {
      interval(normalInterval(of('lam0'), alpha), `classical_ci_${alpha}`);
      interval(normalInterval(of('lam1'), alpha), `ppi_ci_lam1_${alpha}`);
      interval(normalInterval(of('tuned'), alpha), `ppi_ci_tuned_${alpha}`);
      near(normalLower(of('tuned'), alpha), `ppi_lower_onesided_tuned_${alpha}`);
    }
    for (const kind of ['lam1', 'tuned'] as const)
      for (const mean of [0.5, 0.7, 0.8, 0.9]) near(pValueAbove(of(kind), mean), `pval_larger_null${mean}_${kind}`);
  });
});

test('labels without their judgements are refused', () => {
  expect(() => predictionPoweredMean({ labels: [1, 0], judged: [1], unlabelled: [1] })).toThrow(RangeError);
  expect(() => predictionPoweredMean({ labels: [1], judged: [1], unlabelled: [1] })).toThrow(RangeError);
});
