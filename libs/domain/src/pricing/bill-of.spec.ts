import { describe, expect, test } from 'vitest';
import type { PriceRow } from '#contracts/price.js';
import type { Usage } from '#contracts/usage.js';
import { billOf, billOfAttempt, type Purchase } from './bill-of.js';
import { priceIndexOf } from './price-book.js';

const row = (model: string, tier: PriceRow['tier'], meter: PriceRow['meter'], ratePicoUsd: bigint): PriceRow => ({
  venue: 'north',
  model,
  tier,
  meter,
  ratePicoUsd,
  validFrom: '2026-01-01T00:00:00.000Z',
  source: 'spec',
});
const prices = priceIndexOf({
  hash: 'a'.repeat(64),
  rows: [
    row('large', 'standard', 'input_uncached', 10n),
    row('large', 'standard', 'output_text', 20n),
    row('large', 'flex', 'input_uncached', 5n),
    row('large', 'flex', 'output_text', 10n),
    row('larger', 'standard', 'input_uncached', 100n),
    row('larger', 'standard', 'output_text', 200n),
  ],
});
const purchase: Purchase = {
  route: { venue: 'north', model: 'large', tier: 'standard' },
  ceilingPicoUsd: 5_000n,
  prices,
  instantMs: Date.parse('2026-11-20T00:00:00.000Z'),
};
const usage: Usage = { basis: 'reported', parts: { input_uncached: 3, output_text: 2 } };
const served = { usage, servedModel: null, servedTier: null };
const sold = { ...served, status: 200, requestSent: true };

describe('booked is what was served', () => {
  test.each([
    ['as asked', served, 'reported', 70n],
    ['another tier', { ...served, servedTier: 'flex' as const }, 'reported', 35n],
    ['a dearer model the book knows', { ...served, servedModel: 'larger' }, 'reported', 700n],
    ['a dated name the book does not know', { ...served, servedModel: 'large-2026-10-01' }, 'reported', 70n],
    ['a tier the book does not know', { ...served, servedTier: 'priority' as const }, 'unpriced', 0n],
    ['no usage', { ...served, usage: { basis: 'missing', parts: {} } as Usage }, 'estimated', 5_000n],
    [
      'usage that does not add up',
      { ...served, usage: { basis: 'quarantined', parts: {} } as Usage },
      'estimated',
      5_000n,
    ],
  ])('%s', (_, end, basis, costPicoUsd) => expect(billOf(end, purchase)).toMatchObject({ basis, costPicoUsd }));

  test('the lines sum to the cost', () => {
    const { lines, costPicoUsd } = billOf(served, purchase);
    expect(lines.reduce((sum, line) => sum + BigInt(line.costPicoUsd), 0n)).toBe(costPicoUsd);
  });
});

test.each([
  ['a 500', { ...sold, status: 500 }, 'none', 0n],
  ['a venue never reached', { ...sold, status: null, requestSent: false }, 'none', 0n],
  [
    'silence after the request was sent',
    { ...sold, status: null, usage: { basis: 'missing', parts: {} } as Usage },
    'estimated',
    5_000n,
  ],
  ['an answer', sold, 'reported', 70n],
])('%s is booked as what it can have cost', (_, end, basis, costPicoUsd) =>
  expect(billOfAttempt(end, purchase)).toMatchObject({ basis, costPicoUsd }),
);

test('without a price there is no ceiling to book', () =>
  expect(
    billOf({ ...served, usage: { basis: 'missing', parts: {} } }, { ...purchase, ceilingPicoUsd: null }),
  ).toMatchObject({ basis: 'unpriced' }));

describe('a fee per request', () => {
  const fee = priceIndexOf({
    hash: 'a'.repeat(64),
    rows: [
      row('large', 'standard', 'input_uncached', 10n),
      row('large', 'standard', 'output_text', 20n),
      row('large', 'standard', 'requests', 1_000n),
      row('large', 'standard', 'requests_high', 5_000n),
    ],
  });
  test.each([
    ['is booked once, though no venue counts it', {}, 1_070n],
    ['is booked as often as the venue counts it', { requests: 2 }, 2_070n],
    ['is another by how much was searched', { requests_high: 1 }, 5_070n],
  ])('%s', (_, more, costPicoUsd) => {
    const counted: Usage = { basis: 'reported', parts: { ...usage.parts, ...more } };
    expect(billOf({ ...served, usage: counted }, { ...purchase, prices: fee })).toMatchObject({ costPicoUsd });
  });
});

describe('what the venue states outranks our figure', () => {
  const stated = (venueCostPicoUsd: string, parts = usage.parts): Usage => ({
    basis: 'reported',
    parts,
    venueCostPicoUsd,
  });
  test.each([
    ['and the difference is a line: more', stated('75'), ['input_uncached', 'output_text', 'venue_stated'], 5],
    ['and the difference is a line: less', stated('60'), ['input_uncached', 'output_text', 'venue_stated'], -10],
    ['and there is none where both agree', stated('70'), ['input_uncached', 'output_text'], 40],
    ['also where we know no price', stated('75', { pages: 1 }), ['venue_stated'], 75],
    ['also where nothing is counted', stated('75', {}), ['venue_stated'], 75],
    ['also a zero', stated('0'), ['input_uncached', 'output_text', 'venue_stated'], -70],
  ])('%s', (_, given, meters, last) => {
    const bill = billOf({ ...served, usage: given }, purchase);
    expect(bill).toMatchObject({ basis: 'reported', costPicoUsd: BigInt(given.venueCostPicoUsd!) });
    expect(bill.lines.map((line) => line.meter)).toEqual(meters);
    expect(bill.lines.at(-1)!.costPicoUsd).toBe(String(last));
    expect(bill.lines.reduce((sum, line) => sum + BigInt(line.costPicoUsd), 0n)).toBe(bill.costPicoUsd);
  });
});

test('what other models used is priced at theirs, and unpriced is contagious', () => {
  const others = [
    { model: 'larger', parts: { output_text: 1 } },
    { model: null, parts: { output_text: 1 } },
  ];
  expect(billOf({ ...served, usage: { ...usage, others } }, purchase)).toMatchObject({ costPicoUsd: 70n + 200n + 20n });
  const unknown = [{ model: 'unheard-of', parts: { output_text: 1 } }];
  expect(billOf({ ...served, usage: { ...usage, others: unknown } }, purchase)).toMatchObject({ basis: 'unpriced' });
});
