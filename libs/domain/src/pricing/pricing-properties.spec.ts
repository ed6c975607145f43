import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PriceRow } from '#contracts/price.js';
import type { UsageParts } from '#contracts/usage.js';
import { ceilingOf } from './ceiling-of.js';
import { costAt, costOf, totalInputOf } from './cost-of.js';
import { expectedCostOf } from './expected-cost.js';
import { priceIndexOf } from './price-book.js';

const route = { venue: 'venue-a', model: 'model-a', tier: 'standard' } as const;
const noon = Date.parse('2026-11-20T12:00:00Z');
const row = (change: Pick<PriceRow, 'meter' | 'ratePicoUsd'> & Partial<PriceRow>): PriceRow => ({
  ...route,
  validFrom: '2026-01-01T00:00:00Z',
  source: 'made up',
  ...change,
});
const indexOf = (rows: PriceRow[]) => priceIndexOf({ hash: '0'.repeat(64), rows });

const textMeters = [
  'input_uncached',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output_text',
  'reasoning',
  'requests',
] as const;
const rate = fc.bigInt({ min: 1n, max: 10n ** 13n });

/** Any rates in any bands; plain input and output are always priced below every band. */
const anyRows = fc
  .record({
    some: fc.array(fc.tuple(fc.constantFrom(...textMeters), fc.constantFrom(undefined, 200, 1_000), rate), {
      maxLength: 14,
    }),
    input: rate,
    output: rate,
  })
  .map(({ some, input, output }) => {
    const rows = some.map(([meter, inputTokensAbove, ratePicoUsd]) => row({ meter, ratePicoUsd, inputTokensAbove }));
    const plain = [
      row({ meter: 'input_uncached', ratePicoUsd: input }),
      row({ meter: 'output_text', ratePicoUsd: output }),
    ];
    return [...new Map([...rows, ...plain].map((one) => [`${one.meter}|${one.inputTokensAbove}`, one])).values()];
  });

const anyParts: fc.Arbitrary<UsageParts> = fc
  .dictionary(fc.constantFrom(...textMeters), fc.nat({ max: 700 }), { maxKeys: textMeters.length })
  .map((parts) => ('requests' in parts ? { ...parts, requests: 1 } : parts));

const costOfParts = (parts: UsageParts, rows: PriceRow[]) =>
  costOf({ basis: 'reported', parts }, indexOf(rows), route, noon);
const flat = (rows: PriceRow[]) => rows.filter((one) => one.inputTokensAbove === undefined);
const sum = (one: UsageParts, other: UsageParts): UsageParts =>
  Object.fromEntries(textMeters.map((meter) => [meter, (one[meter] ?? 0) + (other[meter] ?? 0)]));

test('one band: the cost of two usages together is the sum of their costs, and unpriced is contagious', () => {
  fc.assert(
    fc.property(anyRows.map(flat), anyParts, anyParts, (rows, one, other) => {
      const [together, first, second] = [sum(one, other), one, other].map((parts) => costOfParts(parts, rows));
      if (first!.priced && second!.priced)
        expect(together).toMatchObject({ priced: true, costPicoUsd: first!.costPicoUsd + second!.costPicoUsd });
      else expect(together!.priced).toBe(false);
    }),
  );
});

test('one band: more usage never costs less; a cost is never negative and is the exact sum of its lines', () => {
  fc.assert(
    fc.property(anyRows, anyParts, anyParts, (rows, one, more) => {
      const costed = costOfParts(one, rows);
      if (!costed.priced) return;
      expect(costed.costPicoUsd).toBe(costed.lines.reduce((total, line) => total + line.costPicoUsd, 0n));
      for (const line of costed.lines) expect(line.costPicoUsd).toBe(BigInt(line.quantity) * line.ratePicoUsd);
      expect(costed.costPicoUsd >= 0n).toBe(true);
      const [less, larger] = [costOfParts(one, flat(rows)), costOfParts(sum(one, more), flat(rows))];
      if (less.priced && larger.priced) expect(larger.costPicoUsd >= less.costPicoUsd).toBe(true);
    }),
  );
});

test('the ceiling is at least the cost of any usage within the bound, whatever the rates and bands', () => {
  let priced = 0;
  fc.assert(
    fc.property(
      anyRows,
      anyParts,
      fc.nat({ max: 900 }),
      fc.nat({ max: 900 }),
      fc.integer({ min: 1, max: 4 }),
      (rows, parts, moreIn, moreOut, choices) => {
        const output = (parts.output_text ?? 0) + (parts.reasoning ?? 0);
        const bound = {
          inputTokensMax: totalInputOf(parts) + moreIn,
          outputTokensMax: Math.ceil(output / choices) + moreOut,
          choices,
        };
        const ceiling = ceilingOf(bound, indexOf(rows), route, noon);
        expect(ceiling).not.toBeNull();
        const costed = costOfParts(parts, rows);
        if (!costed.priced) return;
        priced += 1;
        expect(ceiling! >= costed.costPicoUsd).toBe(true);
      },
    ),
    { numRuns: 2_000 },
  );
  expect(priced).toBeGreaterThan(500);
});

test('the expected cost is the cost, when what was expected is what was used', () => {
  fc.assert(
    fc.property(anyRows, fc.nat({ max: 2_000 }), fc.nat({ max: 2_000 }), (rows, input, output) => {
      const costed = costOfParts({ input_uncached: input, output_text: output }, rows);
      const fee = rows.find((one) => one.meter === 'requests')
        ? costOfParts({ input_uncached: input, requests: 1 }, rows)
        : null;
      const bare = costOfParts({ input_uncached: input }, rows);
      const requests = fee?.priced && bare.priced ? fee.costPicoUsd - bare.costPicoUsd : 0n;
      const expected = expectedCostOf({ inputTokens: input, outputTokens: output }, indexOf(rows), route, noon);
      expect(expected).toBe(costed.priced ? costed.costPicoUsd + requests : null);
    }),
  );
});

test('the order of rows does not matter', () => {
  fc.assert(
    fc.property(anyRows, anyParts, fc.infiniteStream(fc.nat()), (rows, parts, keys) => {
      const shuffled = rows.map((one) => ({ one, key: keys.next().value as number })).sort((a, b) => a.key - b.key);
      expect(
        costOfParts(
          parts,
          shuffled.map(({ one }) => one),
        ),
      ).toEqual(costOfParts(parts, rows));
    }),
  );
});

test('sums that a double cannot hold stay exact', () => {
  const parts = { output_text: Number.MAX_SAFE_INTEGER };
  expect(costAt(parts, { output_text: 10n ** 24n + 1n })).toMatchObject({
    costPicoUsd: 9007199254740991n * (10n ** 24n + 1n),
  });
});
