/**
 * Every recorded answer that carries usage, stream or not, put to its format's reader. The one that must be quarantined is
 * named; all others must be read, and what is said in a stream must be what is said at once.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Usage } from '#contracts/usage.js';
import { isReported, type Reported } from './count.js';
import { mergeAnthropicUsage, readAnthropicUsage } from './read-anthropic-usage.js';
import { countsTokens } from './read-gemini-usage.js';
import { type UsageFormat, usageReaders } from './usage-readers.js';

const folder = join(import.meta.dirname, '../../../../../shared/data/conformance');
const files = ['vercel-ai', 'anthropic-sdk'].flatMap((name) => {
  const root = join(folder, name);
  if (!existsSync(root)) return [];
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
});
if (files.length === 0) console.warn(`SKIPPED: no recorded answers at ${folder}`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One document, or the events of a stream. */
function documentsIn(path: string): unknown[] {
  const text = readFileSync(path, 'utf8');
  const whole = parsed(text);
  if (whole !== undefined) return [whole];
  const lines = text.split('\n').map((line) => parsed(line.replace(/^data:\s*/, '')));
  return lines.filter((line) => line !== undefined);
}

/** Every usage object of a document, with the name it stood under. */
function* usagesIn(value: unknown): Generator<Reported> {
  if (Array.isArray(value)) for (const one of value) yield* usagesIn(one);
  if (!isReported(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    const carries = name === 'usage' || name === 'usageMetadata' || (name === 'meta' && isReported(inner));
    if (carries && isReported(inner) && (name !== 'meta' || inner.billed_units)) yield inner;
    else yield* usagesIn(inner);
  }
}

/** Where its folder decides, the folder; else the words it speaks in. */
function formatOf(path: string, usage: Reported): UsageFormat {
  if (/anthropic-sdk|vercel-ai\/anthropic\//.test(path)) return 'anthropic-messages';
  if (path.includes('amazon-bedrock')) return 'bedrock-converse';
  if (path.includes('cohere')) return 'cohere';
  if (usage.promptTokenCount !== undefined || usage.trafficType !== undefined) return 'gemini';
  if (usage.total_input_tokens !== undefined) return 'gemini-interactions';
  if (usage.type === 'duration') return 'openai-audio';
  if (usage.input_tokens !== undefined) return 'openai-responses';
  if (usage.completion_tokens === undefined) return 'openai-embeddings';
  const venue = (['xai', 'deepseek', 'mistral', 'perplexity'] as const).find((name) => path.includes(`/${name}`));
  return venue ?? 'openai-chat';
}

/** What a call came to: a stream's objects folded as its format folds them, each document's own otherwise. */
function callsIn(path: string): { format: UsageFormat; usage: Reported }[] {
  const documents = documentsIn(path);
  const usages = documents.flatMap((one) => [...usagesIn(one)]);
  if (usages.length === 0) return [];
  const format = formatOf(path, usages[0]!);
  if (documents.length === 1) return usages.map((usage) => ({ format, usage }));
  if (path.includes('live-speech')) return usages.map((usage) => ({ format, usage }));
  if (format === 'anthropic-messages') {
    let merged: unknown;
    for (const event of documents.filter(isReported)) {
      if (event.type === 'message_start' && isReported(event.message)) merged = event.message.usage;
      if (event.type === 'message_delta') merged = mergeAnthropicUsage(merged, event.usage);
    }
    return [{ format, usage: merged as Reported }];
  }
  const counted = format === 'gemini' ? usages.filter(countsTokens) : usages;
  return [{ format, usage: counted.at(-1)! }];
}

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
