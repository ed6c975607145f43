/** Committed capacity by the call: what it adds to the bill, what share it carries, and that nothing is lost between. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Commitment } from '#contracts/commitment.js';
import type { PriceRow } from '#contracts/price.js';
import type { UsageParts } from '#contracts/usage.js';
import { billOf } from './bill-of.js';
import { ceilingOf } from './ceiling-of.js';
import { costOf } from './cost-of.js';
import { drawFrom, expectedMarginalOf, periodAt, periodPriceOf, unitsBehindPace, unitsOf } from './draw-capacity.js';
import { priceIndexOf } from './price-book.js';

const hourMs = 3_600_000;
const beginMs = Date.parse('2026-11-20T00:00:00.000Z');
const terms = {
  ...{ id: 'ptu', kind: 'provisioned', owner: 'care', routes: ['v/m'], weights: { input_uncached: 1, output_text: 4 } },
  ...{
    unitsPerPeriod: 1_000,
    periodHours: 1,
    periodPicoUsd: '39.6',
    from: '2026-11-20T00:00:00.000Z',
    source: 'contract',
  },
};
const ptu = Commitment.decode(terms as never);
const month = { fromMs: 0, toMs: 1_000, unitsTotal: 1_000n, unitsUsed: 900n, pricePicoUsd: 5_000n };

test('units are drained first and cost nothing at the margin, the rest is at list', () => {
  expect(drawFrom(month, 60n, 540n)).toEqual({
    units: 60n,
    unitsCovered: 60n,
    creditPicoUsd: 540n,
    sharePicoUsd: 300n,
  });
  expect(drawFrom(month, 130n, 1_170n)).toMatchObject({ unitsCovered: 100n, creditPicoUsd: 900n, sharePicoUsd: 500n });
  expect(drawFrom({ ...month, unitsUsed: 1_000n }, 60n, 540n)).toMatchObject({ creditPicoUsd: 0n, sharePicoUsd: 0n });
});

test('pace: units that would be lost, or a lead over an even use; a lead is priced at list', () => {
  expect(unitsBehindPace(month, 500)).toBe(-400n);
  const early = { ...month, unitsUsed: 100n };
  expect(unitsBehindPace(early, 500)).toBe(400n);
  expect(unitsBehindPace({ ...month, unitsUsed: 1_000n }, 5_000)).toBe(0n);
  expect(expectedMarginalOf(999n, 400n, early, 500)).toBe(0n);
  expect(expectedMarginalOf(999n, 10n, month, 500)).toBe(999n);
  // 400 behind the pace and 16 ahead of it are free: half of 832 units.
  expect(expectedMarginalOf(1_000n, 832n, early, 500)).toBe(500n);
  // Near the end all that is left is free, but not more.
  expect(expectedMarginalOf(1_000n, 200n, month, 999)).toBe(500n);
  expect(expectedMarginalOf(1_000n, 16n, { ...month, unitsUsed: 0n }, 0)).toBe(0n);
});

test('an instant lies in one period: the first begins with the commitment, none after its end', () => {
  const ended = Commitment.decode({ ...terms, to: '2026-11-20T02:00:00.000Z' } as never);
  expect(periodAt(ended, beginMs - 1)).toBeNull();
  expect(periodAt(ended, beginMs)).toMatchObject({ fromMs: beginMs, toMs: beginMs + hourMs, unitsTotal: 1_000n });
  expect(periodAt(ended, beginMs + hourMs)).toMatchObject({ fromMs: beginMs + hourMs });
  expect(periodAt(ended, beginMs + 2 * hourMs)).toBeNull();
  expect(periodAt(ptu, beginMs + 100 * hourMs - 1)).toMatchObject({ fromMs: beginMs + 99 * hourMs });
});

test.each([
  ['two prices', { machines: {} }],
  ['no price', { periodPicoUsd: undefined }],
  ['half a period', { to: '2026-11-20T00:30:00.000Z' }],
  ['an end before its beginning', { to: '2026-11-19T00:00:00.000Z' }],
  ['no weights', { weights: {} }],
  ['a price below zero', { periodPicoUsd: '-1' }],
])('%s is no commitment', (_, change) =>
  expect(Commitment.safeDecode({ ...terms, ...change } as never).success).toBe(false),
);

test('machines of our own: the month by the hour, idle hours included', () => {
  const machines = {
    ...{ capexUsd: '300000', residualUsd: '30000', lifeMonths: '60', kilowatts: '10.2', pue: '1.3', usdPerKwh: '0.12' },
    ...{ hoursPerMonth: '730', colocationUsd: '1800', supportUsd: '1200', staffUsd: '2000' },
  };
  const owned = Commitment.decode({ ...terms, kind: 'owned', periodPicoUsd: undefined, machines } as never);
  // 4,500 + 10.2 × 1.3 × 0.12 × 730 + 5,000 a month, by 730 hours.
  expect(periodPriceOf(owned)).toBe(14_604_898_630_137n);
});

const row = (meter: PriceRow['meter'], ratePicoUsd: bigint): PriceRow => ({
  ...{ venue: 'v', model: 'm', tier: 'standard', meter, ratePicoUsd, source: 's', validFrom: '2026-01-01T00:00:00Z' },
});
const route = { venue: 'v', model: 'm', tier: 'standard' } as const;
const rows = [row('input_uncached', 7n), row('output_text', 31n), row('web_searches', 1_000n), row('requests', 5n)];
const prices = priceIndexOf({ hash: '0'.repeat(64), rows });
const anyParts = fc.record({
  input_uncached: fc.nat({ max: 300 }),
  output_text: fc.nat({ max: 90 }),
  reasoning: fc.nat({ max: 20 }),
  web_searches: fc.nat({ max: 2 }),
});

const billed = (parts: UsageParts, unitsUsed: bigint, more: { servedTier?: 'flex'; stated?: string } = {}) => {
  const period = { ...periodAt(ptu, beginMs)!, unitsUsed };
  const usage = { basis: 'reported' as const, parts, ...(more.stated && { venueCostPicoUsd: more.stated }) };
  const served = { usage, servedModel: null, servedTier: more.servedTier ?? null };
  const purchase = { route, prices, instantMs: beginMs, ceilingPicoUsd: 0n, capacity: { commitment: ptu, period } };
  return billOf(served, purchase);
};

test('marginal and fully loaded side by side: list price, the credit as a line, the share beside the cost', () => {
  const bill = billed({ input_uncached: 100, output_text: 100, web_searches: 1 }, 750n);
  // 500 units, 250 left: half of 3,800 is paid for already; the search and the request are not capacity.
  expect(bill).toMatchObject({
    basis: 'reported',
    costPicoUsd: 3_800n / 2n + 1_000n + 5n,
    capacity: { commitment: 'ptu', units: 500, unitsCovered: 250, sharePicoUsd: '9900000000000' },
  });
  expect(bill.lines.at(-1)).toMatchObject({ meter: 'committed_capacity', costPicoUsd: '-1900' });
});

test('what was served elsewhere, or is stated by the venue, draws nothing', () => {
  expect(billed({ input_uncached: 1 }, 0n, { stated: '77' })).toMatchObject({ costPicoUsd: 77n });
  expect(billed({ input_uncached: 1 }, 0n, { stated: '77' }).capacity).toBeUndefined();
  const flex = rows.map((one) => ({ ...one, tier: 'flex' as const }));
  const index = priceIndexOf({ hash: '0'.repeat(64), rows: [...rows, ...flex] });
  const usage = { basis: 'reported' as const, parts: { input_uncached: 1 } };
  const capacity = { commitment: ptu, period: periodAt(ptu, beginMs)! };
  const purchase = { route, prices: index, instantMs: beginMs, ceilingPicoUsd: 0n, capacity };
  expect(billOf({ usage, servedModel: null, servedTier: 'flex' }, purchase).capacity).toBeUndefined();
});

test('calls on capacity: never below 0, never above list or ceiling, lines sum to the cost, more use never costs less', () => {
  fc.assert(
    fc.property(anyParts, fc.nat({ max: 1_100 }), fc.nat({ max: 9 }), (parts, used, more) => {
      const bill = billed(parts, BigInt(used));
      const list = costOf({ basis: 'reported', parts: { ...parts, requests: 1 } }, prices, route, beginMs);
      if (!list.priced) throw new Error('unpriced');
      expect(bill.costPicoUsd >= 0n && bill.costPicoUsd <= list.costPicoUsd).toBe(true);
      expect(bill.lines.reduce((sum, line) => sum + BigInt(line.costPicoUsd), 0n)).toBe(bill.costPicoUsd);
      const bound = {
        ...{ inputTokensMax: parts.input_uncached, outputTokensMax: parts.output_text + parts.reasoning, choices: 1 },
        quantitiesMax: { web_searches: parts.web_searches },
      };
      expect(ceilingOf(bound, prices, route, beginMs)! >= bill.costPicoUsd).toBe(true);
      // A unit of the same kind: what is covered is spread over the call, and rounding moves at most a pico-dollar.
      const larger = billed({ ...parts, input_uncached: parts.input_uncached + more }, BigInt(used));
      const loaded = (of: typeof bill) => of.costPicoUsd + BigInt(of.capacity?.sharePicoUsd ?? 0);
      expect(loaded(larger) >= loaded(bill)).toBe(true);
    }),
  );
});

test('a call split in two draws the same and costs the same, but for rounding', () => {
  fc.assert(
    fc.property(fc.nat({ max: 400 }), fc.nat({ max: 400 }), fc.nat({ max: 1_100 }), (one, other, used) => {
      const first = billed({ input_uncached: one }, BigInt(used));
      const drawn = BigInt(first.capacity?.unitsCovered ?? 0);
      const second = billed({ input_uncached: other }, BigInt(used) + drawn);
      const whole = billed({ input_uncached: one + other }, BigInt(used));
      const covered = (first.capacity?.unitsCovered ?? 0) + (second.capacity?.unitsCovered ?? 0);
      expect(covered).toBe(whole.capacity?.unitsCovered ?? 0);
      // A fee per request was paid once more; nothing else differs by more than a pico-dollar.
      const apart = first.costPicoUsd + second.costPicoUsd - 5n - whole.costPicoUsd;
      expect(apart >= -1n && apart <= 1n).toBe(true);
    }),
  );
});

test('reasoning uses units as output does; what has no weight uses none', () =>
  expect(unitsOf(ptu.weights, { input_uncached: 3, reasoning: 2, web_searches: 9 })).toBe(11n));
