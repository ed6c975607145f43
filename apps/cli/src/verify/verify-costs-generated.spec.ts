/**
 * Bills made the other way round: what was bought is chosen first, then said in each venue's words by its documents and
 * priced by hand. The readers must find the same parts again, and nothing else may pass.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifyCosts } from './verify-costs.js';

/** Disjoint parts of one call, by the names the bill's lines have. */
type Bought = Record<string, number>;
interface Dialect {
  provider: string;
  model?: string;
  parts: readonly string[];
  usage: (of: (part: string) => number) => unknown;
}

const cached = { cached_tokens: 0 };
const dialects: Record<string, Dialect> = {
  'chat completions': {
    provider: 'openai',
    parts: ['input_text', 'cache_read', 'cache_write', 'input_audio', 'output_text', 'reasoning', 'output_audio'],
    usage: (of) => ({
      prompt_tokens: of('input_text') + of('cache_read') + of('cache_write') + of('input_audio'),
      completion_tokens: of('output_text') + of('reasoning') + of('output_audio'),
      prompt_tokens_details: {
        ...{ cached_tokens: of('cache_read'), cache_write_tokens: of('cache_write'), audio_tokens: of('input_audio') },
      },
      completion_tokens_details: { reasoning_tokens: of('reasoning'), audio_tokens: of('output_audio') },
    }),
  },
  responses: {
    provider: 'openai',
    parts: ['input', 'cache_read', 'cache_write', 'output_text', 'reasoning'],
    usage: (of) => ({
      input_tokens: of('input') + of('cache_read') + of('cache_write'),
      input_tokens_details: { cached_tokens: of('cache_read'), cache_write_tokens: of('cache_write') },
      output_tokens: of('output_text') + of('reasoning'),
      output_tokens_details: { reasoning_tokens: of('reasoning') },
      total_tokens: ['input', 'cache_read', 'cache_write', 'output_text', 'reasoning'].reduce(
        (n, one) => n + of(one),
        0,
      ),
    }),
  },
  messages: {
    provider: 'anthropic',
    parts: ['input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output', 'web_search'],
    usage: (of) => ({
      ...{ input_tokens: of('input'), cache_read_input_tokens: of('cache_read'), output_tokens: of('output') },
      cache_creation_input_tokens: of('cache_write_5m') + of('cache_write_1h'),
      cache_creation: {
        ...{ ephemeral_5m_input_tokens: of('cache_write_5m'), ephemeral_1h_input_tokens: of('cache_write_1h') },
      },
      server_tool_use: { web_search_requests: of('web_search') },
    }),
  },
  'messages without a split of writes': {
    provider: 'anthropic',
    parts: ['input', 'cache_write_5m', 'output'],
    usage: (of) => ({
      ...{ input_tokens: of('input'), cache_creation_input_tokens: of('cache_write_5m'), output_tokens: of('output') },
    }),
  },
  gemini: {
    provider: 'google',
    parts: ['input_text', 'input_audio', 'input_image', 'input_video', 'cache_read_text', 'output_text', 'reasoning'],
    usage: (of) => {
      const prompt = ['input_text', 'input_audio', 'input_image', 'input_video', 'cache_read_text'];
      const promptTokenCount = prompt.reduce((sum, part) => sum + of(part), 0);
      return {
        usageMetadata: {
          promptTokenCount,
          cachedContentTokenCount: of('cache_read_text'),
          promptTokensDetails: [
            { modality: 'TEXT', tokenCount: of('input_text') + of('cache_read_text') },
            { modality: 'AUDIO', tokenCount: of('input_audio') },
            { modality: 'IMAGE', tokenCount: of('input_image') },
            { modality: 'VIDEO', tokenCount: of('input_video') },
          ],
          cacheTokensDetails: [{ modality: 'TEXT', tokenCount: of('cache_read_text') }],
          candidatesTokenCount: of('output_text'),
          thoughtsTokenCount: of('reasoning'),
          totalTokenCount: promptTokenCount + of('output_text') + of('reasoning'),
        },
      };
    },
  },
  'bedrock converse': {
    provider: 'aws-bedrock',
    parts: ['input', 'cache_read', 'cache_write_5m', 'output'],
    usage: (of) => ({
      ...{ inputTokens: of('input'), cacheReadInputTokens: of('cache_read'), outputTokens: of('output') },
      cacheWriteInputTokens: of('cache_write_5m'),
      totalTokens: of('input') + of('cache_read') + of('cache_write_5m') + of('output'),
    }),
  },
  'xAI, reasoning on top': {
    provider: 'x-ai',
    parts: ['input', 'cache_read', 'output_text', 'reasoning'],
    usage: (of) => ({
      prompt_tokens: of('input') + of('cache_read'),
      completion_tokens: of('output_text'),
      total_tokens: of('input') + of('cache_read') + of('output_text') + of('reasoning'),
      prompt_tokens_details: { cached_tokens: of('cache_read') },
      completion_tokens_details: { reasoning_tokens: of('reasoning') },
    }),
  },
  'DeepSeek, hits and misses': {
    provider: 'deepseek',
    parts: ['input', 'cache_read', 'output'],
    usage: (of) => ({
      prompt_tokens: of('input') + of('cache_read'),
      ...{ prompt_cache_hit_tokens: of('cache_read'), prompt_cache_miss_tokens: of('input') },
      completion_tokens: of('output'),
      total_tokens: of('input') + of('cache_read') + of('output'),
    }),
  },
  'Perplexity, deep research': {
    provider: 'perplexity',
    parts: ['input', 'output_text', 'reasoning', 'citation', 'search_query'],
    usage: (of) => ({
      ...{ prompt_tokens: of('input'), completion_tokens: of('output_text') },
      total_tokens: of('input') + of('output_text'),
      ...{ reasoning_tokens: of('reasoning'), citation_tokens: of('citation') },
      num_search_queries: of('search_query'),
    }),
  },
};

const count = fc.oneof(fc.constant(0), fc.nat({ max: 300_000 }), fc.nat({ max: 2_000_000_000 }));
/** US dollars for a million, up to 12 digits behind the point, as price pages write them. */
const rate = fc.integer({ min: 1, max: 99_999_999 }).map((micro) => (micro / 1_000_000).toFixed(6));

function billed({ provider, model, parts, usage }: Dialect, bought: Bought, rates: Record<string, string>) {
  const of = (part: string) => bought[part] ?? 0;
  const lines = parts.map((unit) => ({
    unit,
    quantity: String(of(unit)),
    rateUsd: rates[unit] ?? '1',
    per: 1_000_000,
  }));
  // Six digits for a million: a rate of one is a whole number of pico-dollars, written without a point.
  const totalPicoUsd = lines.reduce(
    (sum, { quantity, rateUsd }) => sum + BigInt(quantity) * BigInt(rateUsd.replace('.', '')),
    0n,
  );
  const expected = { lines, multiplier: '1', totalPicoUsd: String(totalPicoUsd), exact: true };
  return { id: 'made', kind: 'settle', provider, model: model ?? 'm', usage: usage(of), expected };
}

const verified = (...cases: unknown[]) => verifyCosts(JSON.stringify({ cases }));

test.each(Object.entries(dialects))('%s: what was bought is found again, to the pico-dollar', (_, dialect) => {
  const { parts } = dialect;
  const numbers = fc.array(count, { minLength: parts.length, maxLength: parts.length });
  const prices = fc.array(rate, { minLength: parts.length, maxLength: parts.length });
  const named = <T>(values: T[]) => Object.fromEntries(parts.map((part, at) => [part, values[at]!]));
  fc.assert(
    fc.property(numbers, prices, fc.nat(), (quantities, rates, which) => {
      const made = billed(dialect, named(quantities), named(rates));
      expect(verified(made).mismatches).toEqual([]);
      const off = { ...made.expected, totalPicoUsd: String(BigInt(made.expected.totalPicoUsd) + 1n) };
      expect(verified({ ...made, expected: off }).ok).toBe(false);
      // One token more of anything, on the venue's side only, is seen.
      const part = parts[which % parts.length]!;
      const more = dialect.usage((one) => (named(quantities)[one] ?? 0) + (one === part ? 1 : 0));
      expect(verified({ ...made, usage: more }).ok).toBe(false);
      // A field nobody knows, and zeroes said in words, change nothing.
      const noisy = { ...(made.usage as object), x_new_field: { tokens: 9 }, ...('prompt' in made ? cached : {}) };
      expect(verified({ ...made, usage: noisy, note: 'seen', priceRef: { file: 'x' } }).mismatches).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

const chat = { prompt_tokens: 1_000, completion_tokens: 10 };
const settledAt = (tier: string | undefined) => ({
  ...{ id: 'known', kind: 'settle', provider: 'openai', model: 'm', usage: chat },
  ...(tier && { context: { responseServiceTier: tier } }),
  expected: {
    lines: [
      { unit: 'input', quantity: '1000', rateUsd: '1', per: 1_000_000 },
      { unit: 'output', quantity: '10', rateUsd: '2', per: 1_000_000 },
    ],
    totalPicoUsd: '1020000000',
  },
});
const reject = (change: object) => ({
  ...{ id: 'reject', kind: 'reject', provider: 'openai', model: 'm', usage: chat, expected: { status: 'quarantine' } },
  ...change,
});

test.each([
  ['another tier', { context: { responseServiceTier: 'priority' } }],
  ['another model', { model: 'm-2' }],
  ['another venue', { provider: 'azure-openai' }],
  ['a time before the first price', { at: '2020-01-01T00:00:00Z' }],
  ['a negative count', { usage: { prompt_tokens: -5, completion_tokens: 1 } }],
  ['a count that is text', { usage: { prompt_tokens: '5', completion_tokens: 1 } }],
  ['a count no double holds', { usage: { prompt_tokens: 2 ** 53, completion_tokens: 1 } }],
  [
    'reasoning above the output it is in',
    {
      usage: {
        ...{ prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 3 },
      },
    },
  ],
  ['half an answer', { usage: { completion_tokens: 5 } }],
])('%s has no price in force, and is rejected', (_, change) => {
  const known = { ...settledAt(undefined), at: '2026-01-01T00:00:00Z' };
  const report = verified(known, reject(change));
  expect(report.mismatches).toEqual([]);
  expect(Object.keys(report.rejected)).toEqual(['reject']);
  expect(verified(known, reject({})).ok).toBe(false);
});

test('a price of zero is free only where a line says so', () => {
  const free = settledAt(undefined);
  const lines = free.expected.lines.map((line) => ({ ...line, rateUsd: '0' }));
  expect(verified({ ...free, expected: { lines, totalPicoUsd: '0' } }).ok).toBe(true);
  expect(verified({ ...free, expected: { lines: lines.slice(1), totalPicoUsd: '0' } }).mismatches).toMatchObject([
    { what: [expect.stringContaining('no price')] },
  ]);
});

test('one meter at two prices is a contradiction, not a bracket', () => {
  const [line, output] = settledAt(undefined).expected.lines;
  const halves = [
    { ...line, quantity: '500' },
    { ...line, quantity: '500', rateUsd: '2' },
  ];
  const expected = { lines: [...halves, output], totalPicoUsd: '1520000000' };
  expect(verified({ ...settledAt(undefined), expected }).ok).toBe(false);
});

test.each([
  [
    'the model, where the call names no limit',
    { max_completion_tokens: null, modelMaxOutputTokens: 128_000 },
    '128000',
  ],
  ['the policy, which writes it in', { policyMaxTokens: 4_096, modelMaxOutputTokens: 128_000 }, '4096'],
])('a hold is bounded by %s', (_, request, output) => {
  const lines = [
    { unit: 'input_ceiling', quantity: '500', rateUsd: '2.5', per: 1_000_000 },
    { unit: 'output_ceiling', quantity: output, rateUsd: '15', per: 1_000_000 },
  ];
  const totalPicoUsd = String(500n * 2_500_000n + BigInt(output) * 15_000_000n);
  const held = { id: 'held', kind: 'hold', provider: 'openai', model: 'm', expected: { lines, totalPicoUsd } };
  expect(verified({ ...held, usage: { request: { estimatedInputTokens: 500, ...request } } }).mismatches).toEqual([]);
});
