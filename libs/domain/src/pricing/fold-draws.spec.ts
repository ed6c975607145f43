/** The ledger's order decides who drew what: whatever proxies believed, calls and the idle rest sum to the price. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import { Commitment } from '#contracts/commitment.js';
import { billOf } from './bill-of.js';
import { periodAt } from './draw-capacity.js';
import { foldDraw, idleOf, type UsedPeriod } from './fold-draws.js';
import { priceIndexOf } from './price-book.js';

const from = '2026-11-20T00:00:00.000Z';
const fromMs = Date.parse(from);
const ptu = Commitment.decode({
  ...{ id: 'ptu', kind: 'provisioned', owner: 'care', routes: ['v/m'], weights: { input_uncached: 1 }, source: 's' },
  ...{ unitsPerPeriod: 1_000, periodHours: 1, periodPicoUsd: '0.000000000777', from, to: null },
} as never);
const route = { venue: 'v', model: 'm', tier: 'standard' } as const;
const price = { ...route, meter: 'input_uncached' as const, ratePicoUsd: 1_003n, source: 's', validFrom: from };
const prices = priceIndexOf({ hash: '0'.repeat(64), rows: [price] });
const open: UsedPeriod = { ...periodAt(ptu, fromMs)!, commitment: 'ptu', sharesPicoUsd: 0n, closed: false };

/** As a proxy books it that believes so much to be used; null: it knows of no capacity at all. */
function booked(tokens: number, believed: bigint | null): CallRecord {
  const usage = { basis: 'reported' as const, parts: { input_uncached: tokens } };
  const capacity = believed === null ? null : { commitment: ptu, period: { ...open, unitsUsed: believed } };
  const purchase = { route, prices, instantMs: fromMs, ceilingPicoUsd: null, capacity };
  const bill = billOf({ usage, servedModel: null, servedTier: null }, purchase);
  return {
    ...{ usage, tier: 'standard', costBasis: bill.basis, costPicoUsd: bill.costPicoUsd },
    lines: bill.lines.map((line) => ({
      ...line,
      ratePicoUsd: BigInt(line.ratePicoUsd),
      costPicoUsd: BigInt(line.costPicoUsd),
    })),
    ...(bill.capacity && { capacity: { ...bill.capacity, sharePicoUsd: BigInt(bill.capacity.sharePicoUsd) } }),
  } as unknown as CallRecord;
}

test('whatever was believed, every call costs what the order says, and nothing of the price is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.option(fc.bigInt({ min: 0n, max: 1_100n }))), {
        maxLength: 12,
      }),
      (calls) => {
        let period = open;
        let used = 0n;
        let shares = 0n;
        for (const [tokens, believed] of calls) {
          const record = booked(tokens, believed);
          const folded = foldDraw(record, ptu.weights, 'standard', period)!;
          const truth = booked(tokens, used);
          expect(record.costPicoUsd + (folded.correction?.differencePicoUsd ?? 0n)).toBe(truth.costPicoUsd);
          shares += (record.capacity?.sharePicoUsd ?? 0n) + (folded.correction?.shareDifferencePicoUsd ?? 0n);
          used += BigInt(truth.capacity!.unitsCovered);
          period = folded.period;
        }
        expect(period.unitsUsed).toBe(used);
        expect(used <= 1_000n).toBe(true);
        expect(shares + idleOf(period)).toBe(open.pricePicoUsd);
        expect(idleOf(period) >= 0n).toBe(true);
      },
    ),
  );
});

test('who booked right is not corrected', () =>
  expect(foldDraw(booked(60, 950n), ptu.weights, 'standard', { ...open, unitsUsed: 950n })?.correction).toBeNull());

test('what comes after the period was closed is at list', () => {
  const folded = foldDraw(booked(60, 0n), ptu.weights, 'standard', { ...open, closed: true })!;
  expect(folded.correction).toMatchObject({ unitsCovered: 0n, differencePicoUsd: 60n * 1_003n });
  expect(folded.period.sharesPicoUsd).toBe(0n);
});

test('calls of another tier, and calls nobody priced, draw nothing', () => {
  expect(foldDraw({ ...booked(60, null), tier: 'flex' }, ptu.weights, 'standard', open)).toBeNull();
  expect(foldDraw({ ...booked(60, null), costBasis: 'unpriced' }, ptu.weights, 'standard', open)).toBeNull();
  expect(foldDraw({ ...booked(60, null), lines: [] }, ptu.weights, 'standard', open)).toBeNull();
});
