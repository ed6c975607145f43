/** The same laws for every meter there is, in every place and at every hour. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PriceRow } from '#contracts/price.js';
import { type Meter, meters, type UsageParts } from '#contracts/usage.js';
import { ceilingOf } from './ceiling-of.js';
import { costOf, totalInputOf } from './cost-of.js';
import { priceIndexOf } from './price-book.js';

const route = { venue: 'v', model: 'm', tier: 'standard' } as const;
const noon = Date.parse('2026-11-20T12:00:00Z');
const priced = meters.filter(
  (meter) => meter !== 'router_fee' && meter !== 'venue_stated' && meter !== 'committed_capacity',
);
const outputs: Meter[] = ['output_text', 'reasoning', 'audio_out', 'image_out'];
const inputs = priced.filter((meter) => totalInputOf({ [meter]: 1 }) === 1);
const fees: Meter[] = ['requests', 'requests_low', 'requests_medium', 'requests_high'];
const beside = priced.filter((meter) => !inputs.includes(meter) && !outputs.includes(meter) && !fees.includes(meter));

const row = (meter: Meter, ratePicoUsd: bigint, change: Partial<PriceRow> = {}): PriceRow => ({
  ...route,
  meter,
  ratePicoUsd,
  validFrom: '2026-01-01T00:00:00Z',
  source: 'made up',
  ...change,
});
const anyRate = fc.bigInt({ min: 1n, max: 10n ** 12n });
const hours = { zone: 'UTC', from: '11:00', to: '13:00' };
const anyTerms = fc.constantFrom<Partial<PriceRow>>({}, { region: 'us' }, { contract: 'c' }, { hours }, { per: 1 });

/** A rate of every meter everywhere, and some of them again on other terms. */
const anyRows = fc
  .tuple(
    fc.array(anyRate, { minLength: priced.length, maxLength: priced.length }),
    fc.array(fc.tuple(fc.constantFrom(...priced), anyTerms, anyRate), { maxLength: 8 }),
    fc.option(fc.bigInt({ min: 1n, max: 10n ** 11n })),
  )
  .map(([rates, others, fee]) => {
    const rows = priced.map((meter, at) => row(meter, rates[at]!));
    if (fee !== null) rows.push(row('router_fee', fee));
    rows.push(...others.map(([meter, terms, rate]) => row(meter, rate, terms)));
    const slot = (one: PriceRow) => [one.meter, one.region, one.contract, one.hours?.from].join('|');
    return [...new Map(rows.map((one) => [slot(one), one])).values()];
  });
const anyParts: fc.Arbitrary<UsageParts> = fc
  .dictionary(fc.constantFrom(...priced), fc.nat({ max: 500 }), { maxKeys: 12 })
  .map((parts) => Object.fromEntries(Object.entries(parts).filter(([meter]) => !fees.includes(meter as Meter))));

const costed = (rows: PriceRow[], parts: UsageParts, region: string | null): bigint => {
  const index = priceIndexOf({ hash: '0'.repeat(64), rows });
  const cost = costOf({ basis: 'reported', parts }, index, { ...route, region }, noon);
  if (!cost.priced) throw new Error(`no price for ${cost.unpricedMeters.join(', ')}`);
  expect(cost.lines.reduce((sum, line) => sum + line.costPicoUsd, 0n)).toBe(cost.costPicoUsd);
  return cost.costPicoUsd;
};
const place = fc.constantFrom(null, 'us', 'eu');

test('a cost is never negative, and more of any meter never costs less', () => {
  fc.assert(
    fc.property(anyRows, anyParts, fc.constantFrom(...priced), place, (rows, parts, meter, region) => {
      const less = costed(rows, parts, region);
      expect(less >= 0n).toBe(true);
      expect(costed(rows, { ...parts, [meter]: (parts[meter] ?? 0) + 7 }, region) > less).toBe(true);
    }),
  );
});

test('a call split in two costs the same, but for what a router rounds', () => {
  fc.assert(
    fc.property(anyRows, anyParts, fc.nat({ max: 100 }), place, (rows, parts, percent, region) => {
      const first: UsageParts = {};
      const second: UsageParts = {};
      for (const [meter, count] of Object.entries(parts) as [Meter, number][]) {
        first[meter] = Math.floor((count * percent) / 100);
        second[meter] = count - first[meter];
      }
      const apart = costed(rows, first, region) + costed(rows, second, region) - costed(rows, parts, region);
      const fee = rows.some((one) => one.meter === 'router_fee');
      expect(fee ? apart >= -1n && apart <= 1n : apart === 0n).toBe(true);
    }),
  );
});

test('the ceiling is at least the cost of every usage within its limits, wherever it is served', () => {
  let compared = 0;
  fc.assert(
    fc.property(anyRows, anyParts, fc.integer({ min: 1, max: 4 }), place, (rows, parts, choices, region) => {
      const sum = (of: Meter[]) => of.reduce((total, meter) => total + (parts[meter] ?? 0), 0);
      const bound = {
        inputTokensMax: sum(inputs),
        outputTokensMax: Math.ceil(sum(outputs) / choices),
        choices,
        needs: ['vision', 'audio', 'images'] as const,
        quantitiesMax: Object.fromEntries(beside.map((meter) => [meter, parts[meter] ?? 0])),
      };
      const ceiling = ceilingOf(bound, priceIndexOf({ hash: '0'.repeat(64), rows }), route, noon);
      expect(ceiling! >= costed(rows, { ...parts, requests: 1 }, region)).toBe(true);
      compared += 1;
    }),
    { numRuns: 400 },
  );
  expect(compared).toBeGreaterThanOrEqual(400);
});
