/**
 * The same call costs the same, streamed or not. Each recorded answer that came whole is said again as a stream, as its
 * format's documents write one, and both are read and priced at rates that are all different. Then the simulator, which
 * composes both forms with no code of ours, is asked the same thing twice.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Usage } from '#contracts/usage.js';
import { meters } from '#contracts/usage.js';
import { costOf } from '#domain/pricing/cost-of.js';
import { priceIndexOf } from '#domain/pricing/price-book.js';
import { type Simulator, startSimulator } from '../apps/simulator/src/start-simulator.js';
import { protocolNamed } from '#protocols/registry.js';
import type { Reported } from '#protocols/usage/count.js';
import { mergeAnthropicUsage } from '#protocols/usage/read-anthropic-usage.js';
import { countsTokens } from '#protocols/usage/read-gemini-usage.js';
import { callsIn, files, usagesIn } from '../libs/protocols/src/usage/recorded-answers.spec-data.js';
import { type UsageFormat, usageReaders } from '#protocols/usage/usage-readers.js';

/** A price of its own for every meter, so that no two partitions cost the same by chance. */
const route = { venue: 'v', model: 'm', tier: 'standard' } as const;
const notPrices = new Set(['router_fee', 'venue_stated', 'committed_capacity']);
const rows = meters
  .filter((meter) => !notPrices.has(meter))
  .map((meter, at) => ({
    ...{ ...route, meter, ratePicoUsd: 1_000_003n ** BigInt(1 + (at % 3)) + BigInt(at * 7_919) },
    ...{ validFrom: '2026-01-01T00:00:00Z', source: 'made up' },
  }));
const prices = priceIndexOf({ hash: '0'.repeat(64), rows });
const noon = Date.parse('2026-11-20T12:00:00Z');

function priced(usage: Usage) {
  const cost = costOf({ ...usage, others: [] }, prices, route, noon);
  const others = (usage.others ?? []).map(({ parts }) => costOf({ basis: 'reported', parts }, prices, route, noon));
  return [usage.basis, usage.venueCostPicoUsd, cost, others];
}

const chat = (usage: Reported): Reported[] => [
  { object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'a' } }], usage: null },
  { object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  { object: 'chat.completion.chunk', choices: [], usage },
];

/** Counts run up, and each event says the total so far: the last one is the answer's. */
const running = (usage: Reported): Reported[] => {
  const half = (value: unknown): unknown => (typeof value === 'number' ? Math.floor(value / 2) : value);
  const early = Object.fromEntries(Object.entries(usage).map(([name, value]) => [name, half(value)]));
  return [
    { choices: [{ index: 0, delta: { content: 'a' } }], usage: early },
    { choices: [], usage },
  ];
};

function messages(usage: Reported): Reported[] {
  const { output_tokens, server_tool_use, iterations, output_tokens_details, ...start } = usage;
  const late = { output_tokens, server_tool_use, iterations, output_tokens_details };
  return [
    { type: 'message_start', message: { usage: { ...start, output_tokens: 1 } } },
    { type: 'content_block_delta', delta: { type: 'text_delta', text: 'a' } },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: Object.fromEntries(Object.entries(late).filter(([, value]) => value !== undefined)),
    },
  ];
}

/** As the documents of each format write a stream. Formats that never stream are not here. */
const streamOf: Partial<Record<UsageFormat, (usage: Reported) => Reported[]>> = {
  'openai-chat': chat,
  deepseek: chat,
  mistral: chat,
  openrouter: chat,
  xai: running,
  perplexity: running,
  'anthropic-messages': messages,
  'openai-responses': (usage) => [
    { type: 'response.created', response: { usage: null } },
    { type: 'response.completed', response: { usage } },
  ],
  'openai-images': (usage) => [
    { type: 'image_generation.partial_image', partial_image_index: 0 },
    { type: 'image_generation.completed', usage },
  ],
  'openai-audio': (usage) => [
    { type: 'transcript.text.delta', delta: 'a' },
    { type: 'transcript.text.done', text: 'a', usage },
  ],
  gemini: (usageMetadata) => [
    { candidates: [{}], usageMetadata: { promptTokenCount: usageMetadata.promptTokenCount, totalTokenCount: 1 } },
    { candidates: [{ finishReason: 'STOP' }], usageMetadata },
    { candidates: [], usageMetadata: { trafficType: 'ON_DEMAND' } },
  ],
  'gemini-interactions': (usage) => [
    { event_type: 'content.delta' },
    { event_type: 'interaction.complete', interaction: { usage } },
  ],
  'bedrock-converse': (usage) => [{ messageStop: { stopReason: 'end_turn' } }, { metadata: { usage } }],
  cohere: (meta) => [{ type: 'content-delta' }, { type: 'message-end', delta: { usage: meta, meta } }],
};

/** As the recorded streams are folded: Messages are merged, elsewhere the last whole count holds. */
function foldedUsage(format: UsageFormat, events: readonly Reported[]): unknown {
  const usages = events.flatMap((event) => [...usagesIn(event)]);
  if (format === 'anthropic-messages') return usages.reduce(mergeAnthropicUsage as never);
  return (format === 'gemini' ? usages.filter(countsTokens) : usages).at(-1);
}

describe.skipIf(files.length === 0)('recorded answers', () => {
  const whole = files.filter((path) => path.endsWith('.json')).flatMap(callsIn);
  const formats = Map.groupBy(whole, ({ format }) => format);

  test.each(Object.keys(streamOf) as UsageFormat[])('%s: a stream of the same usage costs the same', (format) => {
    const calls = formats.get(format) ?? [];
    for (const { usage } of calls) {
      const read = usageReaders[format](usage) as Usage;
      if (read.basis !== 'reported') continue;
      const streamed = usageReaders[format](foldedUsage(format, streamOf[format]!(usage))) as Usage;
      expect(priced(streamed)).toEqual(priced(read));
    }
    console.info(`${format}: ${calls.length} recorded answers`);
  });

  test('most formats that stream were recorded, and the others have samples below', () =>
    expect([...formats.keys()].filter((format) => streamOf[format]).length).toBeGreaterThanOrEqual(8));
});

/** One whole answer of each format, so that none rests on what happened to be recorded. */
const samples: [UsageFormat, Reported][] = [
  ['openai-chat', { prompt_tokens: 90, completion_tokens: 30, prompt_tokens_details: { cached_tokens: 40 } }],
  ['openrouter', { prompt_tokens: 9, completion_tokens: 3, cost: 0.00012 }],
  ['xai', { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12, cost_in_usd_ticks: 77 }],
  ['deepseek', { prompt_tokens: 9, completion_tokens: 3, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 5 }],
  ['mistral', { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 }],
  ['perplexity', { prompt_tokens: 9, completion_tokens: 3, citation_tokens: 4, num_search_queries: 2 }],
  [
    'anthropic-messages',
    {
      ...{ input_tokens: 5, cache_read_input_tokens: 7, cache_creation_input_tokens: 9, output_tokens: 11 },
      ...{ cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 5 } },
      server_tool_use: { web_search_requests: 2 },
    },
  ],
  ['openai-responses', { input_tokens: 9, output_tokens: 3, output_tokens_details: { reasoning_tokens: 2 } }],
  ['openai-images', { input_tokens: 9, output_tokens: 3, input_tokens_details: { text_tokens: 4, image_tokens: 5 } }],
  ['openai-audio', { input_tokens: 9, output_tokens: 3, input_token_details: { text_tokens: 4, audio_tokens: 5 } }],
  ['gemini', { promptTokenCount: 9, candidatesTokenCount: 3, thoughtsTokenCount: 2, totalTokenCount: 14 }],
  ['gemini-interactions', { total_input_tokens: 9, total_output_tokens: 3, total_tokens: 12 }],
  ['bedrock-converse', { inputTokens: 9, outputTokens: 3, cacheReadInputTokens: 4, totalTokens: 16 }],
  ['cohere', { billed_units: { input_tokens: 9, output_tokens: 3 } }],
];
test.each(samples)('%s, streamed and whole, from %j', (format, usage) => {
  const read = usageReaders[format](usage) as Usage;
  expect(read.basis).toBe('reported');
  const streamed = usageReaders[format](foldedUsage(format, streamOf[format]!(usage))) as Usage;
  expect(priced(streamed)).toEqual(priced(read));
  expect(Object.keys(streamOf).sort()).toEqual([...new Set(samples.map(([name]) => name))].sort());
});

describe('the simulator, asked whole and streamed', () => {
  const model = { id: 'm', answer: { kind: 'echo' as const }, reasoningTokens: 12, tokensPerChunk: 3 };
  const open = () =>
    startSimulator({
      seed: 1,
      venues: [
        { id: 'v', apiKey: 'k', models: [{ ...model, prices: { inputPerMillion: '1', outputPerMillion: '2' } }] },
      ],
    });
  let simulators: Simulator[] = [];
  beforeAll(async () => {
    simulators = await Promise.all([open(), open()]);
  });
  afterAll(() => Promise.all(simulators.map((one) => one.close())));

  const text = 'Which of the nine cantons did you mean? '.repeat(20);
  const asked = [{ role: 'user', content: text }];
  test.each([
    ['openai-chat', { messages: asked, max_tokens: 300 }, { stream_options: { include_usage: true } }],
    ['openai-responses', { input: text, max_output_tokens: 300 }, {}],
    ['anthropic-messages', { messages: asked, max_tokens: 300 }, {}],
  ] as const)('%s', async (name, body, streaming) => {
    const protocol = protocolNamed(name);
    const ask = async (simulator: Simulator, more: object) => {
      const response = await fetch(`${simulator.url}/v/v1${protocol.path}`, {
        method: 'POST',
        headers: {
          ...{ authorization: 'Bearer k', 'x-api-key': 'k', 'content-type': 'application/json' },
          'anthropic-version': '2023-06-01',
        },
        body: JSON.stringify({ model: 'm', ...body, ...more }),
      });
      expect(response.status).toBe(200);
      return Buffer.from(await response.arrayBuffer());
    };
    const answer = protocol.readAnswer(await ask(simulators[0]!, {}));
    const tap = protocol.tapStream({ strip: false, choices: 1 });
    tap.push(await ask(simulators[1]!, { stream: true, ...streaming }));
    tap.end();
    expect([answer.usage.basis, answer.complete, tap.complete]).toEqual(['reported', true, true]);
    expect(priced(tap.usage)).toEqual(priced(answer.usage));
    // What the venue's own book says was sold is what both were read to be.
    const [whole, streamed] = simulators.map((simulator) => simulator.bill().lines.at(-1));
    expect([streamed?.costPicoUsd, streamed?.completionTokens]).toEqual([whole?.costPicoUsd, whole?.completionTokens]);
  });
});
