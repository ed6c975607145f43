import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSimulator, type Simulator } from './start-simulator.js';

const prices = {
  inputPerMillion: '3',
  cachedInputPerMillion: '0.3',
  cacheWrite5mPerMillion: '3.75',
  cacheWrite1hPerMillion: '6',
  outputPerMillion: '15',
};
const calls = [
  { name: 'weather', arguments: { city: 'Zürich 🏔' } },
  { name: 'time', arguments: {} },
];
const models = [
  { id: 'echo', answer: { kind: 'echo' as const }, tokensPerChunk: 2, prices },
  { id: 'caller', answer: { kind: 'fixed' as const, text: 'Done.', toolCall: calls }, tokensPerChunk: 1, prices },
];
let simulator: Simulator;
let client: Anthropic;
beforeAll(async () => {
  simulator = await startSimulator({ seed: 1, venues: [{ id: 'alpha', apiKey: 'sk-alpha', models }] });
  client = new Anthropic({ baseURL: `${simulator.url}/alpha`, apiKey: 'sk-alpha', maxRetries: 0 });
});
afterAll(() => simulator.close());

const said = (content: string) => [{ role: 'user' as const, content }];

test('an answer in one piece, its bill, and the count of its tokens for nothing', async () => {
  const request = { model: 'echo', system: 'abcd', messages: said('12345678') };
  const message = await client.messages.create({ ...request, max_tokens: 100 });
  expect(message).toMatchObject({
    type: 'message',
    content: [{ type: 'text', text: '12345678' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 9, output_tokens: 2 },
  });
  expect(simulator.bill().lines.at(-1)).toMatchObject({ costPicoUsd: String(9 * 3_000_000 + 2 * 15_000_000) });
  expect(await client.messages.countTokens(request)).toEqual({ input_tokens: 9 });
  expect(simulator.bill().lines).toHaveLength(1);
});

test.each([
  ['echo', 'Grüezi, wie gaht es?', 'end_turn'],
  ['caller', 'go', 'tool_use'],
])('streamed, %s says what it says in one piece', async (model, words, stopReason) => {
  const tools = calls.map(({ name }) => ({ name, input_schema: { type: 'object' as const } }));
  const request = { model, max_tokens: 100, messages: said(words), tools };
  const whole = await client.messages.create(request);
  const streamed = await client.messages.stream(request).finalMessage();
  const bare = (content: Anthropic.ContentBlock[]) =>
    content.map((block) => (block.type === 'tool_use' ? [block.name, block.input] : block));
  expect(bare(streamed.content)).toEqual(bare(whole.content));
  expect([streamed.stop_reason, streamed.usage.output_tokens]).toEqual([stopReason, whole.usage.output_tokens]);
});

test('a marked prefix is written at its lifetime, then read', async () => {
  const system = [
    {
      type: 'text' as const,
      text: 'a'.repeat(8_192),
      cache_control: { type: 'ephemeral' as const, ttl: '1h' as const },
    },
    { type: 'text' as const, text: 'b'.repeat(4_096), cache_control: { type: 'ephemeral' as const } },
  ];
  const ask = () => client.messages.create({ model: 'echo', max_tokens: 10, system, messages: said('hi') });
  expect((await ask()).usage).toMatchObject({
    cache_creation_input_tokens: 3_072,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_1h_input_tokens: 2_048, ephemeral_5m_input_tokens: 1_024 },
  });
  const written = simulator.bill().lines.at(-1)!;
  expect(BigInt(written.costPicoUsd)).toBe(
    2_048n * 6_000_000n + 1_024n * 3_750_000n + 7n * 3_000_000n + 1n * 15_000_000n,
  );
  expect((await ask()).usage).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: 3_072 });
});

test('errors come as Anthropic spells them', async () => {
  const wrong = new Anthropic({ baseURL: `${simulator.url}/alpha`, apiKey: 'sk-no', maxRetries: 0 });
  await expect(wrong.messages.create({ model: 'echo', max_tokens: 1, messages: said('x') })).rejects.toMatchObject({
    status: 401,
    error: { type: 'error', error: { type: 'authentication_error' } },
  });
  await expect(client.messages.create({ model: 'none', max_tokens: 1, messages: said('x') })).rejects.toMatchObject({
    status: 404,
  });
  const unlimited = { body: { model: 'echo', messages: said('x') } };
  await expect(client.post('/v1/messages', unlimited)).rejects.toMatchObject({ status: 400 });
});
