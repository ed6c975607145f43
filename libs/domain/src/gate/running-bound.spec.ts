/** The published confidence sequences are checked through `o10 gate check`. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Histogram, lowerBound } from './grid-e-process.js';
import { RunningBound } from './running-bound.js';

const boundOf = (scores: readonly number[], alpha: number): number => {
  const running = new RunningBound(alpha);
  for (const x of scores) running.add(x);
  return running.bound();
};

test('it is the best bound of all prefixes', () => {
  const score = fc.oneof(fc.constantFrom(0, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true }));
  fc.assert(
    fc.property(fc.array(score, { maxLength: 80 }), (xs) => {
      const prefixes = xs.map((_, at): Histogram => xs.slice(0, at + 1).map((x) => [x, 1] as const));
      const best = Math.max(0, ...prefixes.map((histogram) => lowerBound(histogram, 0.05)));
      expect(boundOf(xs, 0.05)).toBeCloseTo(best, 10);
    }),
    { numRuns: 50 },
  );
});
