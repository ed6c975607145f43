import { describe, expect, test } from 'vitest';
import { addToBernstein, bernsteinLower, freshBernstein } from './empirical-bernstein.js';
import { published, sequences, vectors } from './vectors.spec-data.js';

interface Case {
  fn: string;
  seq: string;
  alpha: number;
  running_intersection: boolean;
  t: number[];
  lower: number[];
  upper?: number[];
}
const known = sequences();
const used = (vectors<{ cases?: Case[] }>('predmix_cs.json').cases ?? []).filter(({ fn }) =>
  ['predmix_empbern_twosided_cs', 'predmix_empbern_lower_cs'].includes(fn),
);

/** The lower bound after each score, and its running maximum where the vector has it. */
function lowers(scores: number[], alpha: number, running: boolean): number[] {
  let state = freshBernstein();
  let best = 0;
  return scores.map((x) => {
    state = addToBernstein(state, x, alpha);
    const lower = bernsteinLower(state, alpha);
    best = running ? Math.max(best, lower) : lower;
    return best;
  });
}

describe.skipIf(!published)('published sequences (confseq)', () => {
  test('there are as many as were published of the kinds used', () => expect(used).toHaveLength(60));

  test.each(used)('$fn of $seq at $alpha, intersected: $running_intersection', (row) => {
    const scores = known[row.seq]!;
    const alpha = row.upper ? row.alpha / 2 : row.alpha;
    const lower = lowers(scores, alpha, row.running_intersection);
    const mirror = lowers(
      scores.map((x) => 1 - x),
      alpha,
      row.running_intersection,
    );
    row.t.forEach((count, place) => {
      expect(Math.abs(lower[count - 1]! - row.lower[place]!)).toBeLessThan(1e-9);
      if (row.upper) expect(Math.abs(1 - mirror[count - 1]! - row.upper[place]!)).toBeLessThan(1e-9);
    });
  });
});

test('nothing is bounded by nothing, and nonsense is refused', () => {
  expect(bernsteinLower(freshBernstein(), 0.05)).toBe(0);
  for (const x of [-0.1, 1.1, Number.NaN]) expect(() => addToBernstein(freshBernstein(), x, 0.05)).toThrow(RangeError);
});
