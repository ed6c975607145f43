import { describe, expect, test } from 'vitest';
import { correctedInterval, correctedShare } from './judge-correction.js';
import { published, vectors } from './vectors.spec-data.js';

interface Case {
  p: number;
  specificity: number;
  sensitivity: number;
  n: number;
  m0: number;
  m1: number;
  theta: number;
  ci95: [number, number];
  ci90: [number, number];
}
const { cases = [] } = vectors<{ cases?: Case[] }>('judge_correction.json');

describe.skipIf(!published)('published corrections (LLM-judge-reporting)', () => {
  test('there are as many as were published', () => expect(cases).toHaveLength(6));

  test.each(cases)('$p judged right at $specificity/$sensitivity', (row) => {
    const { p: share, n: count, m0: wrongLabels, m1: rightLabels, specificity, sensitivity } = row;
    const judged = { share, count, specificity, wrongLabels, sensitivity, rightLabels };
    expect(Math.abs(correctedShare(judged) - row.theta)).toBeLessThan(1e-9);
    for (const [alpha, expected] of [
      [0.05, row.ci95],
      [0.1, row.ci90],
    ] as const) {
      const { lower, upper } = correctedInterval(judged, alpha);
      expect(Math.abs(lower - expected[0])).toBeLessThan(1e-9);
      expect(Math.abs(upper - expected[1])).toBeLessThan(1e-9);
    }
  });
});

test('a coin cannot be corrected', () => {
  const coin = { share: 0.5, count: 10, specificity: 0.5, wrongLabels: 5, sensitivity: 0.5, rightLabels: 5 };
  expect(() => correctedShare(coin)).toThrow(/coin/);
});
