import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callCostOf, idleCostOf } from './committed-capacity.js';
import { compared, dividedBy, type Fraction, fractionOf, plus, times, wholeFraction } from './fraction.js';

const share = fc.integer({ min: 1, max: 1_000 }).map((value): Fraction => ({ over: BigInt(value), under: 1_000n }));
test('the calls of an hour and its idle part are the hour', () => {
  fc.assert(
    fc.property(
      share,
      fc.array(fc.bigInt({ min: 1n, max: 10_000n }), { minLength: 1, maxLength: 6 }),
      (usedShare, weights) => {
        const hour = {
          hourUsd: fractionOf('39.6')!,
          usedShare,
          hourWeight: wholeFraction(weights.reduce((sum, one) => sum + one, 0n)),
        };
        const calls = weights.map((weight) => callCostOf(hour, wholeFraction(weight))).reduce(plus);
        expect(compared(plus(calls, idleCostOf(hour)), hour.hourUsd)).toBe(0);
      },
    ),
  );
});

test.each([
  ['0.75', 3n, 4n],
  ['3/8000', 3n, 8_000n],
  [1e-7, 1n, 10_000_000n],
  ['2', 2n, 1n],
])('%s is the fraction it says', (text, over, under) => expect(compared(fractionOf(text)!, { over, under })).toBe(0));

test.each(['', 'x', '1/0', '1,5', null, {}])('%j is no fraction', (text) => expect(fractionOf(text)).toBeNull());

test('division keeps the sign below the line positive', () => {
  expect(dividedBy(wholeFraction(1n), { over: -2n, under: 1n })).toEqual({ over: -1n, under: 2n });
  expect(times({ over: 1n, under: 2n }, { over: 2n, under: 3n })).toEqual({ over: 2n, under: 6n });
});
