import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PriceRow } from '#contracts/price.js';
import { rateSheetsOf } from '../pricing/rate-sheet.js';
import { alreadySays, bookWith, boundedBy, rowAt, withRow } from './price-timeline.js';

const at = (day: number) => new Date(Date.UTC(2026, 0, 1) + day * 86_400_000).toISOString();
const row = (from: number, to: number | null, ratePicoUsd: bigint): PriceRow => ({
  ...{ venue: 'north', model: 'large', tier: 'standard', meter: 'output_text', source: 'page' },
  ...{ ratePicoUsd, validFrom: at(from), ...(to !== null && { validTo: at(to) }) },
});
const rateOn = (timeline: readonly PriceRow[], day: number) =>
  rowAt(timeline, Date.parse(at(day)))?.ratePicoUsd ?? null;

test('a price cut ends the old price; a price announced for later survives it', () => {
  const announced = [row(0, 100, 5n), row(100, null, 9n)];
  const cut = boundedBy(announced, row(50, null, 4n));
  expect(
    withRow(announced, cut).map(({ validFrom, validTo, ratePicoUsd }) => [validFrom, validTo, ratePicoUsd]),
  ).toEqual([
    [at(0), at(50), 5n],
    [at(50), at(100), 4n],
    [at(100), undefined, 9n],
  ]);
});

test('a row within another leaves both its sides', () => {
  const timeline = withRow([row(0, null, 5n)], row(10, 20, 1n));
  expect([5, 10, 19, 20].map((day) => rateOn(timeline, day))).toEqual([5n, 1n, 1n, 5n]);
});

test('what is said already is no change', () => {
  expect(alreadySays([row(0, null, 5n)], row(10, null, 5n))).toBe(true);
  expect(alreadySays([row(0, 20, 5n)], row(10, null, 5n))).toBe(false);
  expect(alreadySays([row(0, null, 5n)], row(10, null, 6n))).toBe(false);
});

test('whatever is put in: the new row holds in its interval, the old ones elsewhere, and no instant has two prices', () => {
  const interval = fc.tuple(fc.nat(60), fc.option(fc.integer({ min: 1, max: 60 })), fc.bigInt(1n, 99n));
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 8 }), (intervals) => {
      let timeline: PriceRow[] = [];
      for (const [from, length, rate] of intervals) {
        const added = row(from, length === null ? null : from + length, rate);
        const before = timeline;
        timeline = withRow(timeline, added);
        for (let day = 0; day <= 125; day += 1) {
          const inside = day >= from && (length === null || day < from + length);
          expect(rateOn(timeline, day)).toBe(inside ? rate : rateOn(before, day));
        }
      }
      expect(() => rateSheetsOf(timeline)).not.toThrow();
    }),
    { numRuns: 50 },
  );
});

test('a book keeps the rows of every other question', () => {
  const other = { ...row(0, null, 7n), meter: 'input_uncached' as const };
  expect(bookWith([other, row(0, null, 5n)], [row(3, null, 6n)])).toEqual([other, row(0, 3, 5n), row(3, null, 6n)]);
});
