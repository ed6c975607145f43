import { expect, test } from 'vitest';
import { checkClaims } from './check-claims.js';
import type { Located } from './located.js';
import { priceIndexOf, sheetAt } from '../pricing/price-book.js';
import { readGenaiPrices } from './read-genai-prices.js';
import { readLitellm } from './read-litellm.js';
import { readModelsDev } from './read-models-dev.js';

const terms = { effectiveAt: '2026-08-15T00:00:00.000Z', sourcePage: 'page' };

/** All on line 1; numbers as JavaScript writes them. */
function located(value: unknown): Located {
  if (value === null) return { kind: 'null', line: 1, text: '' };
  if (Array.isArray(value)) return { kind: 'list', line: 1, items: value.map(located) };
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([key, inner]) => [key, { line: 1, value: located(inner) }] as const);
    return { kind: 'map', line: 1, entries: new Map(entries) };
  }
  const kind = typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'text';
  return { kind, line: 1, text: String(value as string | number | boolean) };
}

const told = (read: { claims: ReturnType<typeof readLitellm>['claims'] }) =>
  read.claims.map(({ row }) => [
    `${row.venue}/${row.model}`,
    row.tier,
    row.meter,
    row.inputTokensAbove,
    row.ratePicoUsd,
  ]);

test('LiteLLM: the name of a field says meter, band and tier', () => {
  const read = readLitellm(
    located({
      sample_spec: { litellm_provider: 'one of …', input_cost_per_token: 'text' },
      'gemini/flash': {
        ...{ litellm_provider: 'gemini', mode: 'chat', input_cost_per_token: 3e-7, output_cost_per_token: 2.5e-6 },
        cache_read_input_token_cost_above_200k_tokens_priority: 6e-8,
        output_cost_per_token_batches: 1.25e-6,
        input_cost_per_pixel: 1e-9,
      },
      'together_ai/meta/Llama': { litellm_provider: 'together_ai', input_cost_per_token: 8.8e-7 },
    }),
    terms,
  );
  expect(told(read)).toEqual([
    ['google/flash', 'standard', 'input_uncached', undefined, 300_000n],
    ['google/flash', 'standard', 'output_text', undefined, 2_500_000n],
    ['google/flash', 'priority', 'cache_read', 200_000, 60_000n],
    ['google/flash', 'batch', 'output_text', undefined, 1_250_000n],
    ['together/meta/Llama', 'standard', 'input_uncached', undefined, 880_000n],
  ]);
  expect(read.notRead).toEqual({ input_cost_per_pixel: 1 });
});

test('LiteLLM: one clock with two prices is charged once or not at all; capacity is no price of a call', () => {
  const both = {
    litellm_provider: 'openai',
    mode: 'audio_transcription',
    input_cost_per_second: 1e-4,
    output_cost_per_second: 1e-4,
  };
  const read = readLitellm(
    located({
      'whisper-1': both,
      'bedrock/us/1-month-commitment/c': { litellm_provider: 'bedrock', mode: 'chat', input_cost_per_second: 0.01 },
    }),
    terms,
  );
  expect(read.claims).toEqual([]);
  expect(read.findings.map(({ code }) => code)).toEqual(['charged_twice']);
});

test('models.dev: dollars a million, bands by size, renamed venues', () => {
  const model = {
    cost: { input: 1.25, output: 10, cache_read: 0.125, tiers: [{ tier: { size: 200_000 }, input: 2.5, output: 15 }] },
  };
  const file = located({ providers: { google: { provider: {}, models: { pro: model, free: { cost: null } } } } });
  expect(told(readModelsDev(file, { ...terms, renamed: { google: 'my-google' } }))).toEqual([
    ['my-google/pro', 'standard', 'input_uncached', undefined, 1_250_000n],
    ['my-google/pro', 'standard', 'output_text', undefined, 10_000_000n],
    ['my-google/pro', 'standard', 'cache_read', undefined, 125_000n],
    ['my-google/pro', 'standard', 'input_uncached', 200_000, 2_500_000n],
    ['my-google/pro', 'standard', 'output_text', 200_000, 15_000_000n],
  ]);
});

test('genai-prices: the price in force, the one announced, and no price that has ended', () => {
  const prices = [
    { prices: { input_mtok: 3 } },
    {
      constraint: { start_date: '2026-07-30' },
      prices: { input_mtok: { base: 2, tiers: [{ start: 272_000, price: 4 }] } },
    },
    { constraint: { start_date: '2026-09-01' }, prices: { input_mtok: 2.5 } },
    { constraint: { start_time: '16:30:00+02:00', end_time: '00:30:00+02:00' }, prices: { input_mtok: 1 } },
  ];
  const match = { or: [{ equals: 'large-2026' }, { starts_with: 'large' }] };
  const read = readGenaiPrices(
    located([{ id: 'x-ai', pricing_urls: ['https://x.example'], models: [{ id: 'large', match, prices }] }]),
    terms,
  );
  expect(
    read.claims.map(({ row, dated }) => [
      row.model,
      row.ratePicoUsd,
      row.inputTokensAbove,
      row.validFrom.slice(0, 10),
      row.validTo?.slice(0, 10),
      dated,
    ]),
  ).toEqual([
    ['large', 2_000_000n, undefined, '2026-08-15', '2026-09-01', false],
    ['large', 4_000_000n, 272_000, '2026-08-15', '2026-09-01', false],
    ['large-2026', 2_000_000n, undefined, '2026-08-15', '2026-09-01', false],
    ['large-2026', 4_000_000n, 272_000, '2026-08-15', '2026-09-01', false],
    ['large', 2_500_000n, undefined, '2026-09-01', undefined, true],
    ['large-2026', 2_500_000n, undefined, '2026-09-01', undefined, true],
  ]);
  expect(read.notRead).toEqual({ 'prices under a condition that is not known here': 1 });
});

test('genai-prices: prices by the hour of the day, until a price of every hour is listed behind them', () => {
  const hours = (start_time: string, end_time: string, input_mtok: number) => ({
    constraint: { start_time, end_time },
    prices: { input_mtok },
  });
  const prices = [
    { prices: { input_mtok: 0.135 } },
    hours('00:30:00Z', '16:30:00Z', 0.27),
    { constraint: { start_date: '2026-09-01' }, prices: { input_mtok: 0.2 } },
    hours('20:00:00Z', '23:00:00Z', 0.05),
  ];
  const read = (list: unknown[]) =>
    readGenaiPrices(located([{ id: 'deepseek', models: [{ id: 'chat', prices: list }] }]), terms);
  const { claims, notRead } = read(prices);
  expect(claims.map(({ row }) => [row.ratePicoUsd, row.hours?.from, row.hours?.to, row.validTo?.slice(0, 10)])).toEqual(
    [
      [135_000n, undefined, undefined, '2026-09-01'],
      [200_000n, undefined, undefined, undefined],
      [270_000n, '00:30', '16:30', '2026-09-01'],
      [50_000n, '20:00', '23:00', undefined],
    ],
  );
  expect(notRead).toEqual({});

  const rows = claims.map(({ row }) => row);
  const route = { venue: 'deepseek', model: 'chat', tier: 'standard' } as const;
  const inputAt = (instant: string) =>
    sheetAt(priceIndexOf({ hash: '0'.repeat(64), rows }), route, Date.parse(instant))?.bands[0]?.rates.input_uncached;
  expect(inputAt('2026-08-20T00:29:59.999Z')).toBe(135_000n);
  expect(inputAt('2026-08-20T00:30:00.000Z')).toBe(270_000n);
  expect(inputAt('2026-08-20T16:30:00.000Z')).toBe(135_000n);
  expect(inputAt('2026-09-02T12:00:00.000Z')).toBe(200_000n);

  const overlapping = read([...prices, hours('22:00:00Z', '21:00:00Z', 9)]);
  expect(overlapping.claims.map(({ row }) => row.ratePicoUsd)).not.toContain(270_000n);
  expect(overlapping.notRead).toEqual({ 'prices of hours that others replace in part': 2 });
});

test.each<[string, Record<string, number>, string[]]>([
  [
    'sound prices',
    {
      input_cost_per_token: 3e-6,
      output_cost_per_token: 1.5e-5,
      cache_read_input_token_cost: 3e-7,
      cache_creation_input_token_cost: 3.75e-6,
      cache_creation_input_token_cost_above_1hr: 6e-6,
    },
    [],
  ],
  ['per million for per token', { input_cost_per_token: 3 }, ['unit_slip']],
  ['per token for per million', { input_cost_per_token: 3e-12 }, ['unit_slip']],
  [
    'a cache write of eleven times the input',
    { input_cost_per_token: 3e-6, cache_creation_input_token_cost: 3.3e-5 },
    ['ratio_cache_write'],
  ],
  [
    'a cache read dearer than the input',
    { input_cost_per_token: 3e-6, cache_read_input_token_cost: 3.1e-6 },
    ['ratio_cache_read'],
  ],
  [
    'an hour of cache cheaper than five minutes',
    {
      input_cost_per_token: 3e-6,
      cache_creation_input_token_cost: 3.75e-6,
      cache_creation_input_token_cost_above_1hr: 3e-6,
    },
    ['ratio_cache_write_1h', 'ratio_cache_write_1h'],
  ],
  ['input and output swapped', { input_cost_per_token: 1.5e-5, output_cost_per_token: 3e-6 }, ['ratio_output_input']],
  ['priority at fifty times', { input_cost_per_token: 5e-8, input_cost_per_token_priority: 2.5e-6 }, ['ratio_tier']],
  ['flex dearer than standard', { input_cost_per_token: 3e-6, input_cost_per_token_flex: 6e-6 }, ['ratio_tier']],
  [
    'a long context cheaper than a short one',
    { input_cost_per_token: 3e-6, input_cost_per_token_above_200k_tokens: 1.5e-6 },
    ['ratio_band'],
  ],
])('%s', (_, prices, codes) => {
  const { claims } = readLitellm(located({ m: { litellm_provider: 'openai', mode: 'chat', ...prices } }), terms);
  expect(checkClaims(claims).map(({ code }) => code)).toEqual(codes);
});
