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
