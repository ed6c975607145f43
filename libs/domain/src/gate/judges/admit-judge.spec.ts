import { expect, test } from 'vitest';
import { admitJudge, type JudgedLabel } from './admit-judge.js';

/** `right` of `count` labels on each side. */
const labels = (count: number, right: number, swaps: number | null = null): JudgedLabel[] =>
  [true, false].flatMap((human, side) =>
    Array.from({ length: count }, (_, at) => ({
      human,
      judge: at < right ? human : !human,
      swapConsistent: swaps === null ? null : side * count + at < swaps,
    })),
  );

test('a judge people agree with is admitted, and says how sure that is', () => {
  const admission = admitJudge(labels(50, 48));
  expect(admission).toMatchObject({
    admitted: true,
    labels: 100,
    balancedAccuracy: 0.96,
    swapConsistency: null,
    missing: [],
  });
  expect(admission.balancedAccuracyLower).toBeGreaterThan(0.7);
  expect(admission.balancedAccuracyLower).toBeLessThan(0.96);
});

test.each<[string, JudgedLabel[], RegExp]>([
  ['no labels', [], /50 more human labels/],
  ['49 labels, all right', labels(50, 50).slice(0, 49), /1 more human label/],
  ['labels of one kind', labels(60, 60).slice(0, 60), /both kinds/],
  ['a coin', labels(100, 50), /balanced accuracy/],
  [
    'right on the good, blind to the bad',
    [...labels(60, 60).slice(0, 60), ...labels(60, 5).slice(60)],
    /balanced accuracy/,
  ],
  ['right, and of two minds about order', labels(60, 58, 90), /both orders agree on 75 %/],
  ['silent', labels(60, 60).map((label) => ({ ...label, judge: null })), /balanced accuracy/],
  ['people who call everything a tie', labels(60, 60).map((label) => ({ ...label, human: null })), /50 more/],
])('not admitted: %s', (_, given, words) => {
  const admission = admitJudge(given);
  expect(admission.admitted).toBe(false);
  expect(admission.missing.join('; ')).toMatch(words);
});

test('85 % of pairs is enough', () => expect(admitJudge(labels(60, 59, 102)).admitted).toBe(true));
