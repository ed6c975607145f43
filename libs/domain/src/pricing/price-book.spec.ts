import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { PriceRow } from '#contracts/price.js';
import type { Usage, UsageParts } from '#contracts/usage.js';
import { ceilingOf, nanoCeil } from './ceiling-of.js';
import { costOf } from './cost-of.js';
import { expectedCostOf } from './expected-cost.js';
import { priceBookHashOf, priceIndexOf } from './price-book.js';
import { ContradictoryPrices } from './rate-sheet.js';

const route = { venue: 'venue-a', model: 'model-a', tier: 'standard' } as const;
const noon = Date.parse('2026-11-20T12:00:00Z');

const row = (change: Partial<PriceRow> & Pick<PriceRow, 'meter'>): PriceRow => ({
  ...route,
  ratePicoUsd: 1_000_000n,
  validFrom: '2026-01-01T00:00:00Z',
  source: 'made up',
  ...change,
});
const indexOf = (...rows: PriceRow[]) => priceIndexOf({ hash: '0'.repeat(64), rows });
const reported = (parts: UsageParts): Usage => ({ basis: 'reported', parts });
const costAtNoon = (parts: UsageParts, ...rows: PriceRow[]) => costOf(reported(parts), indexOf(...rows), route, noon);

test('the hash is over canonical JSON: the order of fields does not count, the order of rows does', () => {
  const wire = {
    venue: 'v',
    model: 'm',
    tier: 'standard',
    meter: 'requests',
    ratePicoUsd: '7',
    validFrom: '2026-01-01T00:00:00Z',
    source: 's',
  } as const;
  const text =
    '[{"meter":"requests","model":"m","ratePicoUsd":"7","source":"s","tier":"standard","validFrom":"2026-01-01T00:00:00Z","venue":"v"}]';
  expect(priceBookHashOf([wire])).toBe(createHash('sha256').update(text).digest('hex'));
  expect(priceBookHashOf([PriceRow.encode(PriceRow.decode(wire))])).toBe(priceBookHashOf([wire]));
  const other = { ...wire, ratePicoUsd: '8' };
  expect(priceBookHashOf([wire, other])).not.toBe(priceBookHashOf([other, wire]));
});

const year = (from: string, to?: string) => ({ meter: 'output_text', validFrom: from, validTo: to }) as const;

test.each<[string, Parameters<typeof row>[0], Parameters<typeof row>[0]]>([
  ['both open', year('2026-01-01T00:00:00Z'), year('2026-06-01T00:00:00Z')],
  [
    'one inside',
    year('2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'),
    year('2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z'),
  ],
  ['by a millisecond', year('2026-01-01T00:00:00Z', '2026-06-01T00:00:00.001Z'), year('2026-06-01T00:00:00Z')],
  ['the same row twice', year('2026-01-01T00:00:00Z'), year('2026-01-01T00:00:00Z')],
])('rows that overlap are refused and named: %s', (_, one, other) => {
  for (const rows of [
    [row(one), row(other)],
    [row(other), row(one)],
  ]) {
    expect(() => indexOf(...rows)).toThrow(ContradictoryPrices);
    expect(() => indexOf(...rows)).toThrow(/venue-a model-a standard output_text overlap: 2026-01-01/);
  }
});

test('rows that differ in band, meter, tier, model or venue, or follow each other, do not contradict', () => {
  const base = row({ meter: 'output_text', validTo: '2026-06-01T00:00:00Z' });
  const others = [
    { inputTokensAbove: 200 },
    { meter: 'reasoning' },
    { tier: 'flex' },
    { model: 'b' },
    { venue: 'b' },
    { validFrom: '2026-06-01T00:00:00Z', validTo: undefined },
  ] as const;
  expect(() => indexOf(base, ...others.map((other) => ({ ...base, ...other })))).not.toThrow();
});

test('a row that is never valid is refused', () => {
  expect(() => indexOf(row(year('2026-06-01T00:00:00Z', '2026-06-01T00:00:00Z')))).toThrow(/never valid/);
});

test.each([
  ['2025-12-31T23:59:59.999Z', null],
  ['2026-01-01T00:00:00Z', 10n],
  ['2026-07-29T23:59:59.999Z', 10n],
  ['2026-07-30T00:00:00Z', 2n],
  ['2026-09-01T00:00:00Z', null],
  ['2026-10-01T00:00:00Z', 3n],
  ['2030-01-01T00:00:00Z', 3n],
])('at %s an output token costs %s', (instant, cost) => {
  const index = indexOf(
    row({ meter: 'output_text', ratePicoUsd: 3n, validFrom: '2026-10-01T00:00:00Z' }),
    row({ meter: 'output_text', ratePicoUsd: 10n, validTo: '2026-07-30T00:00:00Z' }),
    row({ meter: 'output_text', ratePicoUsd: 2n, validFrom: '2026-07-30T00:00:00Z', validTo: '2026-09-01T00:00:00Z' }),
  );
  const at = Date.parse(instant);
  const costed = costOf(reported({ output_text: 1 }), index, route, at);
  expect(costed.priced ? costed.costPicoUsd : null).toBe(cost);
  expect(ceilingOf({ inputTokensMax: 0, outputTokensMax: 1, choices: 1 }, index, route, at)).toBe(cost);
  expect(expectedCostOf({ inputTokens: 0, outputTokens: 1 }, index, route, at)).toBe(cost);
});

test.each<[string, UsageParts, bigint]>([
  ['at the threshold', { input_uncached: 150, cache_read: 50, output_text: 1 }, 150n * 1n + 50n * 1n + 10n],
  ['above, by cached tokens', { input_uncached: 150, cache_read: 51, output_text: 1 }, 150n * 2n + 51n * 1n + 20n],
  ['above, by cache writes', { cache_write_1h: 201, output_text: 1 }, 201n * 5n + 20n],
  ['above the second', { input_uncached: 1_001, output_text: 1 }, 1_001n * 2n + 30n],
])('the band of the total input holds for the whole call: %s', (_, parts, cost) => {
  const costed = costAtNoon(
    parts,
    row({ meter: 'input_uncached', ratePicoUsd: 1n }),
    row({ meter: 'input_uncached', ratePicoUsd: 2n, inputTokensAbove: 200 }),
    row({ meter: 'cache_read', ratePicoUsd: 1n }),
    row({ meter: 'cache_write_1h', ratePicoUsd: 5n }),
    row({ meter: 'output_text', ratePicoUsd: 30n, inputTokensAbove: 1_000 }),
    row({ meter: 'output_text', ratePicoUsd: 20n, inputTokensAbove: 200 }),
    row({ meter: 'output_text', ratePicoUsd: 10n }),
  );
  expect(costed).toMatchObject({ priced: true, costPicoUsd: cost });
});

test('what was used and has no rate makes the call unpriced; what was not used needs none', () => {
  const rows = [row({ meter: 'input_uncached' }), row({ meter: 'output_text', ratePicoUsd: 7n })];
  expect(costAtNoon({ input_uncached: 1, cache_read: 5, cache_write_5m: 1 }, ...rows)).toEqual({
    priced: false,
    unpricedMeters: ['cache_read', 'cache_write_5m'],
  });
  expect(costAtNoon({ cache_read: 0, output_text: 2 }, ...rows)).toEqual({
    priced: true,
    costPicoUsd: 14n,
    lines: [{ meter: 'output_text', quantity: 2, ratePicoUsd: 7n, costPicoUsd: 14n }],
  });
  expect(costAtNoon({})).toEqual({ priced: true, costPicoUsd: 0n, lines: [] });
  expect(costAtNoon({ output_text: 1 })).toEqual({ priced: false, unpricedMeters: ['output_text'] });
  const free = row({ meter: 'cache_read', ratePicoUsd: 0n, declaredFree: true });
  expect(costAtNoon({ cache_read: 5 }, ...rows, free)).toMatchObject({ priced: true, costPicoUsd: 0n });
});

test('another tier, model or venue lends no price', () => {
  const index = indexOf(row({ meter: 'output_text' }));
  const one = reported({ output_text: 1 });
  for (const other of [{ tier: 'flex' as const }, { model: 'model-a-2' }, { venue: 'venue-b' }]) {
    expect(costOf(one, index, { ...route, ...other }, noon).priced).toBe(false);
    expect(
      ceilingOf({ inputTokensMax: 1, outputTokensMax: 1, choices: 1 }, index, { ...route, ...other }, noon),
    ).toBeNull();
  }
});

test('reasoning is output unless it has a rate of its own', () => {
  const output = row({ meter: 'output_text', ratePicoUsd: 3n });
  expect(costAtNoon({ output_text: 1, reasoning: 10 }, output)).toMatchObject({ costPicoUsd: 33n });
  const own = row({ meter: 'reasoning', ratePicoUsd: 5n });
  expect(costAtNoon({ output_text: 1, reasoning: 10 }, output, own)).toMatchObject({ costPicoUsd: 53n });
});

test.each(['missing', 'quarantined'] as const)(
  'usage that is %s is not free: asking for its cost is a bug',
  (basis) => {
    expect(() => costOf({ basis, parts: {} }, indexOf(), route, noon)).toThrow(/book the ceiling/);
  },
);

test.each<[string, PriceRow[], bigint | null]>([
  ['plain', [], 100n * 2n + 50n * 3n * 10n],
  ['a cache write is dearer', [row({ meter: 'cache_write_1h', ratePicoUsd: 4n })], 100n * 4n + 50n * 3n * 10n],
  ['reasoning is dearer', [row({ meter: 'reasoning', ratePicoUsd: 11n })], 100n * 2n + 50n * 3n * 11n],
  ['a fee per request', [row({ meter: 'requests', ratePicoUsd: 9n })], 100n * 2n + 50n * 3n * 10n + 9n],
  [
    'a band that is reached',
    [row({ meter: 'output_text', ratePicoUsd: 20n, inputTokensAbove: 99 })],
    100n * 2n + 50n * 3n * 20n,
  ],
  [
    'a band that is not',
    [row({ meter: 'output_text', ratePicoUsd: 20n, inputTokensAbove: 100 })],
    100n * 2n + 50n * 3n * 10n,
  ],
  [
    'a band that is cheaper',
    [row({ meter: 'output_text', ratePicoUsd: 1n, inputTokensAbove: 60 })],
    60n * 2n + 50n * 3n * 10n,
  ],
  ['audio, not asked for', [row({ meter: 'audio_out', ratePicoUsd: 99n })], 100n * 2n + 50n * 3n * 10n],
  ['a fee that tokens do not bound', [row({ meter: 'images', ratePicoUsd: 99n })], null],
])('the ceiling of 100 tokens in and 3 × 50 out: %s', (_, extra, ceiling) => {
  const rows = [row({ meter: 'input_uncached', ratePicoUsd: 2n }), row({ meter: 'output_text', ratePicoUsd: 10n })];
  const bound = { inputTokensMax: 100, outputTokensMax: 50, choices: 3 };
  expect(ceilingOf(bound, indexOf(...rows, ...extra), route, noon)).toBe(ceiling);
});

test('a ceiling needs the price of everything that may be bought', () => {
  const input = row({ meter: 'input_uncached', ratePicoUsd: 2n });
  const bound = { inputTokensMax: 100, outputTokensMax: 50, choices: 1 };
  expect(ceilingOf(bound, indexOf(input), route, noon)).toBeNull();
  expect(ceilingOf({ ...bound, outputTokensMax: 0 }, indexOf(input), route, noon)).toBe(200n);
  expect(ceilingOf(bound, indexOf(row({ meter: 'output_text' })), route, noon)).toBeNull();
  const audio = [input, row({ meter: 'output_text', ratePicoUsd: 1n }), row({ meter: 'audio_in', ratePicoUsd: 40n })];
  expect(ceilingOf({ ...bound, needs: ['audio'] }, indexOf(...audio), route, noon)).toBe(100n * 40n + 50n);
});

test.each([
  [{ inputTokens: 100, outputTokens: 10 }, 100n * 4n + 10n * 8n + 5n],
  [{ inputTokens: 100, cachedTokens: 90, outputTokens: 10 }, 10n * 4n + 90n * 1n + 10n * 8n + 5n],
  [{ inputTokens: 100, cachedTokens: 900, outputTokens: 0 }, 100n * 1n + 5n],
  [{ inputTokens: 99.2, outputTokens: 9.5 }, 100n * 4n + 10n * 8n + 5n],
])('the expected cost of %o', (tokens, cost) => {
  const rows = [
    row({ meter: 'input_uncached', ratePicoUsd: 4n }),
    row({ meter: 'cache_read', ratePicoUsd: 1n }),
    row({ meter: 'output_text', ratePicoUsd: 8n }),
    row({ meter: 'requests', ratePicoUsd: 5n }),
  ];
  expect(expectedCostOf(tokens, indexOf(...rows), route, noon)).toBe(cost);
});

test('a route that sells no cache reads is expected to read all input plainly', () => {
  const index = indexOf(row({ meter: 'input_uncached', ratePicoUsd: 4n }));
  expect(expectedCostOf({ inputTokens: 10, cachedTokens: 9, outputTokens: 0 }, index, route, noon)).toBe(40n);
  expect(expectedCostOf({ inputTokens: 10, outputTokens: 1 }, index, route, noon)).toBeNull();
});

test.each([
  [0n, 0n],
  [1n, 1n],
  [1_000n, 1n],
  [1_001n, 2n],
  [-1_001n, -1n],
])('%s pico-USD are at most %s nano-USD', (pico, nano) => expect(nanoCeil(pico)).toBe(nano));

test('twenty routes are priced in well under a millisecond', () => {
  const rows = Array.from({ length: 2_000 }, (_, at) => ({ model: `model-${at}`, meter: 'input_uncached' as const }));
  const index = indexOf(...rows.flatMap((one) => [row(one), row({ ...one, meter: 'output_text' })]));
  const routes = Array.from({ length: 20 }, (_, at) => ({ ...route, model: `model-${at * 97}` }));
  const tokens = { inputTokens: 1_500, outputTokens: 300 };
  const rank = () => routes.reduce((sum, one) => sum + expectedCostOf(tokens, index, one, noon)!, 0n);
  for (let warm = 0; warm < 2_000; warm += 1) rank();
  const startedAt = performance.now();
  for (let again = 0; again < 5_000; again += 1) rank();
  const microseconds = ((performance.now() - startedAt) * 1_000) / 5_000;
  console.info(`expectedCostOf: ${(microseconds / 20).toFixed(3)} µs per route, ${microseconds.toFixed(1)} µs for 20`);
  expect(microseconds).toBeLessThan(400);
});

test.each<[string, PriceRow[], bigint | null]>([
  ['by the piece alone, its words cost nothing', [row({ meter: 'images', ratePicoUsd: 40_000n })], 80_000n],
  [
    'by the token',
    [row({ meter: 'input_uncached', ratePicoUsd: 5n }), row({ meter: 'image_out', ratePicoUsd: 40n })],
    40_500n,
  ],
  [
    'by both, the dearer',
    [
      row({ meter: 'input_uncached', ratePicoUsd: 5n }),
      row({ meter: 'image_out', ratePicoUsd: 40n }),
      row({ meter: 'images', ratePicoUsd: 100_000n }),
    ],
    200_500n,
  ],
  [
    'by neither, unknown',
    [row({ meter: 'input_uncached', ratePicoUsd: 5n }), row({ meter: 'output_text', ratePicoUsd: 40n })],
    null,
  ],
])('pictures are sold %s', (_, rows, ceiling) => {
  const bound = { inputTokensMax: 100, outputTokensMax: 0, choices: 1, pictures: { count: 2, tokensMax: 1_000 } };
  expect(ceilingOf({ ...bound, needs: ['images'] }, indexOf(...rows), route, noon)).toBe(ceiling);
});
