/**
 * Every recorded answer that carries usage, stream or not, put to its format's reader. The one that must be quarantined is
 * named; all others must be read, and what is said in a stream must be what is said at once.
 */
import { relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Usage } from '#contracts/usage.js';
import type { Reported } from './count.js';
import { mergeAnthropicUsage, readAnthropicUsage } from './read-anthropic-usage.js';
import { callsIn, files, folder } from './recorded-answers.spec-data.js';
import { readResponsesUsage } from './read-responses-usage.js';
import { type UsageFormat, usageReaders } from './usage-readers.js';

/** Google Live: details of text that are in no total. What was sold is not to be known from that. */
const mustBeQuarantined = /google-live-speech-translation/;

describe.skipIf(files.length === 0)('recorded answers', () => {
  const calls = files.flatMap((path) => callsIn(path).map((call) => ({ path: relative(folder, path), ...call })));
  const read = calls.map((call) => ({ ...call, read: usageReaders[call.format](call.usage) as Usage }));

  test('are all read, and none but the contradictory one is quarantined', () => {
    const formats = Map.groupBy(read, (call) => call.format);
    for (const [format, own] of formats) console.info(`${format}: ${own.length} calls`);
    const wrong = read.filter((call) => (call.read.basis === 'reported') === mustBeQuarantined.test(call.path));
    expect(wrong.map((call) => [call.path, call.read.basis, call.usage])).toEqual([]);
    expect(read.length).toBeGreaterThan(200);
    expect(formats.size).toBeGreaterThanOrEqual(12);
  });

  test('parts sum to what the venue says was used', () => {
    for (const { path, usage, read: own } of read) {
      if (own.basis !== 'reported') continue;
      const total = usage.totalTokens ?? usage.totalTokenCount ?? usage.total_tokens;
      if (typeof total !== 'number') continue;
      const tokens = { ...own.parts, seconds: 0, web_searches: 0 };
      const sum = Object.values(tokens).reduce((left, right) => left + right, 0);
      expect([path, sum]).toEqual([path, total]);
    }
  });

  test('a stream says what the whole answer says: where the same call was recorded both ways, and where it is split', () => {
    let compared = 0;
    for (const { path, usage, read: own, format } of read) {
      if (path.endsWith('.json')) {
        const twin = read.find((other) => other.path === path.replace(/\.json$/, '.chunks.txt'));
        if (twin && JSON.stringify(twin.usage) === JSON.stringify(usage)) expect(twin.read).toEqual(own);
      }
      if (format !== 'anthropic-messages') continue;
      compared += 1;
      const { output_tokens, server_tool_use, iterations, output_tokens_details, ...start } = usage;
      const delta = { output_tokens, server_tool_use, iterations, output_tokens_details };
      const said = Object.fromEntries(Object.entries(delta).filter(([, value]) => value !== undefined));
      const streamed = readAnthropicUsage(mergeAnthropicUsage({ ...start, output_tokens: 1 }, said));
      expect([streamed.parts, streamed.others]).toEqual([own.parts, own.others]);
    }
    expect(compared).toBeGreaterThan(50);
  });
});

const anthropic = { input_tokens: 10, output_tokens: 5 };

test('an adviser, a summary and a model that declined are priced apart', () => {
  const iterations = [
    { type: 'compaction', input_tokens: 600, output_tokens: 50 },
    { type: 'message', input_tokens: 10, output_tokens: 5 },
    { type: 'advisor_message', model: 'adviser', input_tokens: 7, output_tokens: 3 },
  ];
  expect(readAnthropicUsage({ ...anthropic, iterations })).toMatchObject({
    parts: { input_uncached: 10, output_text: 5 },
    others: [
      { model: null, parts: { input_uncached: 600, output_text: 50 } },
      { model: 'adviser', parts: { input_uncached: 7, output_text: 3 } },
    ],
  });
  const stoodIn = [
    { type: 'message', model: 'first', input_tokens: 4, output_tokens: 0 },
    { type: 'fallback_message', model: 'second', input_tokens: 10, output_tokens: 5 },
  ];
  expect(readAnthropicUsage({ ...anthropic, iterations: stoodIn }).others).toEqual([
    { model: 'first', parts: { input_uncached: 4, output_text: 0 } },
  ]);
  const wrong = [{ type: 'message', input_tokens: 11, output_tokens: 5 }];
  expect(readAnthropicUsage({ ...anthropic, iterations: wrong }).basis).toBe('quarantined');
});

test.each(Object.keys(usageReaders) as UsageFormat[])('%s: nothing said is missing, never zero', (format) => {
  expect(usageReaders[format](undefined)).toEqual({ basis: 'missing', parts: {} });
  expect(usageReaders[format](null)).toEqual({ basis: 'missing', parts: {} });
  for (const noise of ['text', 7, [1], { input_tokens: -1, prompt_tokens: 'x', inputTokens: 0.5 }])
    expect(['quarantined', 'missing']).toContain(usageReaders[format](noise).basis);
});

test.each<[UsageFormat, Reported, bigint]>([
  ['xai', { prompt_tokens: 1, completion_tokens: 1, cost_in_usd_ticks: 1 }, 100n],
  ['openrouter', { prompt_tokens: 1, completion_tokens: 1, cost: 1e-7 }, 100_000n],
  ['openrouter', { prompt_tokens: 1, completion_tokens: 1, cost: 0.30000000000000004 }, 300_000_000_001n],
  ['perplexity', { prompt_tokens: 1, completion_tokens: 1, cost: { total_cost: 0.005 } }, 5_000_000_000n],
  ['bfl', { cost: 0 }, 0n],
])('%s states its cost in %j', (format, raw, cost) =>
  expect(usageReaders[format](raw)).toMatchObject({ basis: 'reported', venueCostPicoUsd: cost.toString() }),
);

test.each([{ cost_in_usd_ticks: -1 }, { cost: 'much' }, { cost_in_usd_ticks: 0.001 }])('%j is no statement', (said) =>
  expect(usageReaders.xai({ prompt_tokens: 1, completion_tokens: 1, ...said }).basis).toBe('quarantined'),
);

describe('pictures a model of their own draws for a Responses call', () => {
  const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
  const output = [{ type: 'image_generation_call', status: 'completed' }, { type: 'message' }];
  const tools = [
    { type: 'image_generation', model: 'gpt-image-2' },
    { type: 'function', name: 'f' },
  ];
  const image_gen = {
    ...{ input_tokens: 8, input_tokens_details: { image_tokens: 3, text_tokens: 5 } },
    ...{ output_tokens: 186, output_tokens_details: { image_tokens: 186, text_tokens: 0 }, total_tokens: 194 },
  };
  const own = { input_uncached: 10, output_text: 5 };

  test('are counted apart, at the model that drew them', () =>
    expect(readResponsesUsage(usage, { output, tools, tool_usage: { image_gen } })).toMatchObject({
      basis: 'reported',
      parts: own,
      others: [{ model: 'gpt-image-2', parts: { input_uncached: 5, image_in: 3, image_out: 186 } }],
    }));

  const unnamed = 'image_generation';
  const tokens = { input_uncached: 5, image_in: 3, image_out: 186 };
  test.each([
    ['by the piece where nothing is said of tokens', { output, tools }, 'gpt-image-2', { images: 1 }],
    ['at a name of their own where no model is named', { output, tools: [] }, unnamed, { images: 1 }],
    ['so where two may have drawn them', { output, tools: [...tools, { type: unnamed }] }, unnamed, { images: 1 }],
    ['and where only tokens are said', { tool_usage: { image_gen } }, unnamed, tokens],
  ])('%s', (_name, answer, model, parts) =>
    expect(readResponsesUsage(usage, answer)).toMatchObject({ basis: 'reported', others: [{ model, parts }] }),
  );

  test('tokens that do not add up are no tokens', () => {
    const answer = { output, tools, tool_usage: { image_gen: { ...image_gen, total_tokens: 1 } } };
    expect(readResponsesUsage(usage, answer).basis).toBe('quarantined');
  });

  test('none were drawn: nothing is missing', () => {
    const nothing = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
    for (const answer of [{ tools }, { tools, tool_usage: { image_gen: nothing } }, { tools, tool_usage: {} }]) {
      const read = readResponsesUsage(usage, answer);
      expect([read.basis, read.parts, read.others]).toEqual(['reported', own, undefined]);
    }
  });

  test('a cost the venue states includes them', () =>
    expect(readResponsesUsage({ ...usage, cost_in_usd_ticks: 7 }, { output })).toMatchObject({
      basis: 'reported',
      venueCostPicoUsd: '700',
    }));
});
