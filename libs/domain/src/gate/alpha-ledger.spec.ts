import { describe, expect, test } from 'vitest';
import { lnThresholdOf, nextSlot } from './alpha-ledger.js';
import { published, vectors } from './statistics/vectors.spec-data.js';

interface Case {
  evalues: number[];
  alpha: number;
  bonferroni_rejected: number[];
}
const { evalue_cases = [] } = vectors<{ evalue_cases?: Case[] }>('multiple_testing.json');

describe.skipIf(!published)('Bonferroni on e-values, as published', () => {
  test('there are as many as were published', () => expect(evalue_cases).toHaveLength(14));

  test.each(evalue_cases)('$evalues at $alpha', ({ evalues, alpha, bonferroni_rejected }) => {
    const lnThreshold = lnThresholdOf({ alpha, slots: evalues.length });
    const rejected = evalues.flatMap((e, slot) => (Math.log(e) >= lnThreshold - 1e-12 ? [slot] : []));
    expect(rejected).toEqual(bonferroni_rejected);
  });
});

test('slots are given out one by one and never again', () => {
  expect([0, 1, 2, 3].map((taken) => nextSlot({ slots: 3 }, taken))).toEqual([1, 2, 3, null]);
});
