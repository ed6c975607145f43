import { describe, expect, test } from 'vitest';
import { clopperPearson, clopperPearsonLower, wilsonInterval } from './binomial-interval.js';
import { published, vectors } from './vectors.spec-data.js';

interface Case {
  k: number;
  n: number;
  confidence: number;
  wilson: [number, number];
  clopper_pearson: [number, number];
  clopper_pearson_lower_onesided: number;
}
const { cases = [] } = vectors<{ cases?: Case[] }>('binomial_intervals.json');

describe.skipIf(!published)('published intervals of a share', () => {
  test('there are as many as were published', () => expect(cases).toHaveLength(66));

  test.each(cases)('$k of $n at $confidence', ({ k, n, confidence, ...expected }) => {
    const near = ({ lower, upper }: { lower: number; upper: number }, [low, high]: [number, number]) => {
      expect(Math.abs(lower - low)).toBeLessThan(1e-9);
      expect(Math.abs(upper - high)).toBeLessThan(1e-9);
    };
    near(wilsonInterval(k, n, confidence), expected.wilson);
    near(clopperPearson(k, n, confidence), expected.clopper_pearson);
    const lower = clopperPearsonLower(k, n, confidence);
    expect(Math.abs(lower - expected.clopper_pearson_lower_onesided)).toBeLessThan(1e-9);
  });
});

test('Newcombe 1998, table I', () => {
  const rounded = (k: number, n: number) => {
    const { lower, upper } = wilsonInterval(k, n, 0.95);
    return [lower, upper].map((x) => Math.round(x * 1e4) / 1e4);
  };
  expect(rounded(81, 263)).toEqual([0.2553, 0.3662]);
  expect(rounded(15, 148)).toEqual([0.0624, 0.1605]);
  expect(rounded(0, 20)).toEqual([0, 0.1611]);
  expect(rounded(1, 29)).toEqual([0.0061, 0.1718]);
});

test('what is no share is refused', () => {
  expect(() => wilsonInterval(3, 2, 0.95)).toThrow(RangeError);
  expect(() => clopperPearson(0, 0, 0.95)).toThrow(RangeError);
});
