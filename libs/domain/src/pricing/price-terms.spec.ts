/** On which terms a price holds: place, channel, hours, contract, name, and for how many units. */
import { expect, test } from 'vitest';
import { PriceRow } from '#contracts/price.js';
import type { UsageParts } from '#contracts/usage.js';
import { ceilingOf } from './ceiling-of.js';
import { costOf } from './cost-of.js';
import { type PricedRoute, priceIndexOf } from './price-book.js';
import { ContradictoryPrices } from './rate-sheet.js';

const route: PricedRoute = { venue: 'v', model: 'm', tier: 'standard' };
const noon = Date.parse('2026-11-20T12:00:00Z');
const row = (ratePicoUsd: bigint, change: Partial<PriceRow> = {}): PriceRow => ({
  ...{ venue: 'v', model: 'm', tier: 'standard', meter: 'output_text' as const, source: 'made up' },
  validFrom: '2026-01-01T00:00:00Z',
  ratePicoUsd,
  ...change,
});
const indexOf = (...rows: PriceRow[]) => priceIndexOf({ hash: '0'.repeat(64), rows });
const unit: UsageParts = { output_text: 1 };

function costs(rows: PriceRow[], at: Partial<PricedRoute> = {}, instant = noon, parts = unit): bigint | null {
  const cost = costOf({ basis: 'reported', parts }, indexOf(...rows), { ...route, ...at }, instant);
  return cost.priced ? cost.costPicoUsd : null;
}

test('a place has its own price, everywhere else has the other, and no place lends', () => {
  const rows = [row(10n), row(11n, { region: 'us' }), row(12n, { jurisdiction: 'eu' })];
  expect(costs(rows)).toBe(10n);
  expect(costs(rows, { region: 'us' })).toBe(11n);
  expect(costs(rows, { region: 'eu' })).toBe(12n);
  expect(costs(rows, { region: 'ap-south-1' })).toBe(10n);
  expect(costs([row(11n, { region: 'us' })])).toBeNull();
  const home = priceIndexOf({ hash: '0'.repeat(64), rows }, (venue) => (venue === 'v' ? 'eu' : null));
  expect(costOf({ basis: 'reported', parts: unit }, home, route, noon)).toMatchObject({ costPicoUsd: 12n });
});

test('a place without a price of a meter has that of everywhere', () => {
  const rows = [row(10n), row(1n, { meter: 'input_uncached' }), row(11n, { region: 'us' })];
  expect(costs(rows, { region: 'us' }, noon, { input_uncached: 1, output_text: 1 })).toBe(12n);
});

test('a ceiling is of the dearest place, since nobody knows where the call will be served', () => {
  const rows = [row(10n), row(1n, { meter: 'input_uncached' }), row(11n, { region: 'us' })];
  const bound = { inputTokensMax: 1, outputTokensMax: 1, choices: 1 };
  expect(ceilingOf(bound, indexOf(...rows), route, noon)).toBe(12n);
  expect(ceilingOf(bound, indexOf(...rows), { ...route, region: 'eu' }, noon)).toBe(11n);
});

test('the batch channel of the standard tier is the tier batch; of another tier it is its own price', () => {
  const rows = [row(10n), row(5n, { tier: 'batch' }), row(8n, { tier: 'priority', channel: 'batch' })];
  expect(costs(rows, { channel: 'batch' })).toBe(5n);
  expect(costs(rows, { tier: 'batch' })).toBe(5n);
  expect(costs(rows, { tier: 'priority' })).toBeNull();
  expect(costs(rows, { tier: 'priority', channel: 'batch' })).toBe(8n);
  expect(() => indexOf(row(5n, { tier: 'batch' }), row(6n, { channel: 'batch' }))).toThrow(ContradictoryPrices);
});

const offPeak = { hours: { zone: 'UTC', from: '16:30', to: '00:30' } };
test.each([
  ['2026-11-20T16:29:59.999Z', 10n],
  ['2026-11-20T16:30:00Z', 5n],
  ['2026-11-21T00:00:00Z', 5n],
  ['2026-11-21T00:29:59.999Z', 5n],
  ['2026-11-21T00:30:00Z', 10n],
])('hours begin at their start and end before their end, over midnight too: %s costs %s', (at, cost) =>
  expect(costs([row(10n), row(5n, offPeak)], {}, Date.parse(at))).toBe(cost),
);

test('hours are on the clocks of their zone, summer and winter', () => {
  const rows = [row(10n), row(5n, { hours: { zone: 'Europe/Berlin', from: '08:00', to: '09:00' } })];
  expect(costs(rows, {}, Date.parse('2026-07-01T06:30:00Z'))).toBe(5n);
  expect(costs(rows, {}, Date.parse('2026-12-01T06:30:00Z'))).toBe(10n);
  expect(costs(rows, {}, Date.parse('2026-12-01T07:30:00Z'))).toBe(5n);
});

test('the hour that is twice is in its interval twice, the one that is not is in no interval', () => {
  const rows = [row(10n), row(5n, { hours: { zone: 'Europe/Berlin', from: '02:00', to: '03:00' } })];
  const of = (instant: string) => costs(rows, {}, Date.parse(instant));
  // 2026-10-25: 02:00 CEST, then 02:00 CET. 2026-03-29: 01:59 CET is followed by 03:00 CEST.
  expect(['2026-10-24T23:59:59.999Z', '2026-10-25T00:00:00.000Z', '2026-10-25T01:59:59.999Z'].map(of)).toEqual([
    ...[10n, 5n, 5n],
  ]);
  expect(['2026-10-25T02:00:00.000Z', '2026-03-29T00:59:59.999Z', '2026-03-29T01:00:00.000Z'].map(of)).toEqual([
    ...[10n, 10n, 10n],
  ]);
});

test.each<[string, PriceRow[], RegExp]>([
  ['that overlap', [row(5n, offPeak), row(6n, { hours: { zone: 'UTC', from: '00:00', to: '01:00' } })], /overlap/],
  [
    'of two zones',
    [row(5n, offPeak), row(6n, { hours: { zone: 'Asia/Tokyo', from: '01:00', to: '02:00' } })],
    /two zones/,
  ],
  ['of no zone', [row(5n, { hours: { zone: 'Mars/Base', from: '01:00', to: '02:00' } })], /unknown zone/],
])('hours %s are refused', (_, rows, why) => {
  expect(() => indexOf(...rows)).toThrow(ContradictoryPrices);
  expect(() => indexOf(...rows)).toThrow(why);
});

test('a contract outranks the list in all its bands, places and hours while it is valid', () => {
  const contract = { contract: 'C-1', validTo: '2026-12-01T00:00:00Z' };
  const rows = [
    row(10n),
    row(20n, { inputTokensAbove: 5 }),
    row(5n, offPeak),
    row(9n, { region: 'us' }),
    row(7n, contract),
  ];
  const long = { output_text: 1, cache_read: 0 };
  expect(costs(rows)).toBe(7n);
  expect(costs(rows, { region: 'us' })).toBe(7n);
  expect(costs(rows, {}, Date.parse('2026-11-20T17:00:00Z'), long)).toBe(7n);
  expect(costs(rows, {}, Date.parse('2026-12-01T12:00:00Z'))).toBe(10n);
  expect(() => indexOf(row(7n, contract), row(8n, { contract: 'C-2' }))).toThrow(/by contract overlap/);
});

test('exact name, then alias, then the longest declared prefix; never a name with rows of its own', () => {
  const rows = [
    row(1n, { model: 'fable-5', match: 'prefix' }),
    row(2n, { model: 'fable-5-1' }),
    row(3n, { model: 'fable-5-2', aliases: ['fable-latest', 'fable-5-1'] }),
    row(4n, { model: 'fable-5-2', match: 'prefix', validFrom: '2030-01-01T00:00:00Z', meter: 'reasoning' }),
    row(5n, { model: 'fable-5-3', tier: 'flex' }),
  ];
  expect(costs(rows, { model: 'fable-5' })).toBe(1n);
  expect(costs(rows, { model: 'fable-5-20260101' })).toBe(1n);
  expect(costs(rows, { model: 'fable-50' })).toBeNull();
  expect(costs(rows, { model: 'fable-5-1' })).toBe(2n);
  expect(costs(rows, { model: 'fable-latest' })).toBe(3n);
  expect(costs(rows, { model: 'fable-5-2-20260101' })).toBeNull();
  expect(costs(rows, { model: 'fable-5-3' })).toBeNull();
  expect(() => indexOf(row(1n, { aliases: ['x'] }), row(1n, { model: 'n', aliases: ['x'] }))).toThrow(/two models/);
});

test('a price of an hour is exact for an hour, and rounded half to even for a second', () => {
  const rows = [row(40_000_000_000n, { meter: 'seconds', per: 3600 })];
  expect(costs(rows, {}, noon, { seconds: 3600 })).toBe(40_000_000_000n);
  expect(costs(rows, {}, noon, { seconds: 1 })).toBe(11_111_111n);
  expect(costs(rows, {}, noon, { milliseconds: 3_600_000 })).toBe(40_000_000_000n);
  expect(costs([row(1n, { meter: 'seconds', per: 2 })], {}, noon, { seconds: 1 })).toBe(0n);
  expect(costs([row(3n, { meter: 'seconds', per: 2 })], {}, noon, { seconds: 1 })).toBe(2n);
});

test('a router takes its share of the other lines', () => {
  const rows = [row(1_000_000_000n), row(55_000_000_000n, { meter: 'router_fee' })];
  expect(costs(rows)).toBe(1_055_000_000n);
});

test.each<[string, object]>([
  ['a rate below zero', { ratePicoUsd: '-1' }],
  ['a free rate nobody declared', { ratePicoUsd: '0' }],
  ['a statement as a price', { meter: 'venue_stated' }],
  ['a batch tier that is not batch', { tier: 'batch', channel: 'sync' }],
  ['hours of no length', { hours: { zone: 'UTC', from: '01:00', to: '01:00' } }],
  ['an hour there is not', { hours: { zone: 'UTC', from: '24:00', to: '01:00' } }],
  ['a place that is none', { region: 'The Moon' }],
  ['no units', { per: 0 }],
])('the contract refuses %s', (_, change) => {
  const good = PriceRow.encode(row(1n));
  expect(PriceRow.safeParse(good).success).toBe(true);
  expect(PriceRow.safeParse({ ...good, ...change }).success).toBe(false);
});
