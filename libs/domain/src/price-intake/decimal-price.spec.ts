import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPrice } from './decimal-price.js';

test.each([
  ['2.5e-07', 1n, 250_000n],
  ['2.5E-7', 1n, 250_000n],
  ['0.20', 1_000_000n, 200_000n],
  ['3.625e-09', 1n, 3_625n],
  ['0.00875', 1_000_000n, 8_750n],
  ['0.014', 1n, 14_000_000_000n],
  ['7', 1_000n, 7_000_000_000n],
])('%s dollars for %s units is %s pico-USD', (text, units, picoUsd) => {
  expect(readPrice(text, units)).toMatchObject({ picoUsd, whole: true, negative: false, zero: false });
});

test.each(['', 'cheap', '1,5', '1.', '.5', '0x10', 'NaN', 'Infinity', '1e999', '1e-999', '1 2', '９'])(
  '"%s" is no price',
  (text) => {
    expect(readPrice(text, 1n)).toBeNull();
  },
);

test('what is finer than a pico-dollar, a zero, a minus and a float are seen', () => {
  expect(readPrice('0.0000005', 1_000_000n)).toMatchObject({ whole: false, picoUsd: 1n });
  expect(readPrice('0.0', 1n)).toMatchObject({ zero: true });
  expect(readPrice('-0', 1n)).toMatchObject({ zero: true, negative: false });
  expect(readPrice('-1e-6', 1n)).toMatchObject({ negative: true });
  expect(readPrice('3.0001999999999996e-07', 1n)).toMatchObject({ significantDigits: 17, whole: false });
});

test('a whole number of pico-USD survives being written in dollars, however it is written', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 15n }), (picoUsd) => {
      const digits = picoUsd.toString().padStart(13, '0');
      const decimal = `${digits.slice(0, -12)}.${digits.slice(-12)}`;
      expect(readPrice(decimal, 1n)?.picoUsd).toBe(picoUsd);
      expect(readPrice(`${picoUsd}e-12`, 1n)?.picoUsd).toBe(picoUsd);
      expect(readPrice(`${picoUsd}e-6`, 1_000_000n)?.picoUsd).toBe(picoUsd);
    }),
  );
});
