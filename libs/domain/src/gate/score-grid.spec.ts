import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countScore, recordedScore, roundedDown, roundedUp } from './score-grid.js';

const score = fc.double({ min: 0, max: 1, noNaN: true });

test('rounding goes against the claim by at most a millionth, and the record gives both roundings again', () => {
  fc.assert(
    fc.property(score, (x) => {
      expect(roundedDown(x)).toBeLessThanOrEqual(x);
      expect(roundedUp(x)).toBeGreaterThanOrEqual(x);
      expect(roundedUp(x) - roundedDown(x)).toBeLessThan(1.0001e-6);
      expect(roundedDown(recordedScore(x))).toBe(roundedDown(x));
      expect(roundedUp(recordedScore(x))).toBe(roundedUp(x));
      expect(recordedScore(recordedScore(x))).toBe(recordedScore(x));
    }),
  );
});

test('every millionth is itself', () => {
  for (let millionth = 0; millionth <= 1_000_000; millionth += 7) {
    const x = millionth / 1_000_000;
    if (recordedScore(x) !== x || roundedDown(x) !== x || roundedUp(x) !== x) expect.fail(`${x} moved`);
  }
  expect([0.57, 0.29, 1].map(recordedScore)).toEqual([0.57, 0.29, 1]);
});

test('a histogram counts equal scores together, in order', () => {
  const counted = [1, 0, 1, 0.5, 1 / 3].reduce<[number, number][]>(countScore, []);
  expect(counted).toEqual([
    [0, 1],
    [0.3333335, 1],
    [0.5, 1],
    [1, 2],
  ]);
});
