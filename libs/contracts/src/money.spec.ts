import { expect, test } from 'vitest';
import { NanoUsd, nanoUsdMax, PicoUsd, UsdLimit, UsdRate } from '#contracts/money.js';

test('money crosses processes as text and is a bigint inside', () => {
  expect(PicoUsd.decode('-12')).toBe(-12n);
  expect(PicoUsd.encode(10n ** 25n)).toBe('10000000000000000000000000');
  expect(() => NanoUsd.decode((nanoUsdMax + 1n).toString())).toThrow();
  expect(PicoUsd.safeDecode('1e3').success).toBe(false);
});

test.each([
  ['25', 25_000_000_000n],
  ['0.000000001', 1n],
  ['12.50', 12_500_000_000n],
])('a limit of %s USD is %s nano-USD', (text, nano) => expect(UsdLimit.decode(text)).toBe(nano));

test('a fraction finer than the unit is refused, not rounded', () => {
  expect(UsdLimit.safeDecode('0.0000000001').success).toBe(false);
  expect(UsdRate.decode('0.0000000001')).toBe(100n);
  expect(UsdRate.encode(2_500_000_000_000n)).toBe('2.5');
});
