import { describe, expect, test } from 'vitest';
import { addToMoments, asymptoticInterval, asymptoticMargin, freshMoments } from './asymptotic-sequence.js';
import { published, sequences, vectors } from './vectors.spec-data.js';

interface Published {
  margins?: { t_opt: number; alpha: number; std_margin: Record<string, number> }[];
  cs?: { seq: string; t_opt: number; alpha: number; t: number[]; lower: number[]; upper: number[] }[];
}
const { margins = [], cs = [] } = vectors<Published>('asymptotic_cs.json');
const known = sequences();

describe.skipIf(!published)('published margins and sequences (drconfseq)', () => {
  test('there are as many as were published', () => expect([margins.length, cs.length]).toEqual([6, 10]));

  test.each(margins)('margins at α = $alpha, tightest at $t_opt', ({ t_opt, alpha, std_margin }) => {
    for (const [count, margin] of Object.entries(std_margin))
      expect(Math.abs(asymptoticMargin(Number(count), alpha, t_opt) - margin)).toBeLessThan(1e-9);
  });

  test.each(cs)('$seq at α = $alpha, tightest at $t_opt', ({ seq, t_opt, alpha, t, lower, upper }) => {
    const states = [freshMoments()];
    for (const x of known[seq]!) states.push(addToMoments(states.at(-1)!, x));
    t.forEach((count, place) => {
      const interval = asymptoticInterval(states[count]!, alpha, t_opt)!;
      expect(Math.abs(interval.lower - lower[place]!)).toBeLessThan(1e-9);
      expect(Math.abs(interval.upper - upper[place]!)).toBeLessThan(1e-9);
    });
  });
});

test('one sample bounds nothing; what is no number is refused', () => {
  expect(asymptoticInterval(addToMoments(freshMoments(), 3), 0.05, 100)).toBeNull();
  expect(() => addToMoments(freshMoments(), Number.NaN)).toThrow(RangeError);
});
