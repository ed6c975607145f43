import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from './start-simulator.js';

const prices = { inputPerMillion: '1', outputPerMillion: '2' };
const calls = [
  { name: 'weather', arguments: { city: 'Zürich 🏔' } },
  { name: 'time', arguments: {} },
];
const models = [
  { id: 'echo', answer: { kind: 'echo' as const }, tokensPerChunk: 2, prices },
  { id: 'caller', answer: { kind: 'fixed' as const, text: 'Done.', toolCall: calls }, tokensPerChunk: 1, prices },
  { id: 'thinker', answer: { kind: 'fixed' as const, text: 'Forty-two.' }, reasoningTokens: 50, prices },
];
let simulator: Simulator;
let client: OpenAI;
beforeAll(async () => {
  simulator = await startSimulator({ seed: 1, venues: [{ id: 'alpha', apiKey: 'sk-alpha', models }] });
  client = new OpenAI({ baseURL: `${simulator.url}/alpha/v1`, apiKey: 'sk-alpha', maxRetries: 0 });
});
afterAll(() => simulator.close());

test('an answer in one piece, and its bill', async () => {
  const response = await client.responses.create({ model: 'echo', input: '12345678', instructions: 'abcd' });
  expect(response.output_text).toBe('12345678');
  // 2 tokens of input, 1 of instructions, 3 for the message, 3 for the turn
  expect(response.usage).toMatchObject({ input_tokens: 9, output_tokens: 2, total_tokens: 11 });
  expect(response).toMatchObject({ object: 'response', status: 'completed', instructions: 'abcd', store: true });
  expect(simulator.bill().lines.at(-1)).toMatchObject({
    promptTokens: 9,
    completionTokens: 2,
    costPicoUsd: '13000000',
  });
});

test('a limit ends it as incomplete', async () => {
  const input = 'aaaa'.repeat(40);
  const response = await client.responses.create({ model: 'echo', input, max_output_tokens: 16 });
  expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
  expect(response.usage?.output_tokens).toBe(16);
});

describe('streamed', () => {
  test.each([
    ['echo', 'Grüezi, wie gaht es?'],
    ['caller', 'go'],
    ['thinker', '?'],
  ])('%s says what it says in one piece', async (model, input) => {
    const tools = calls.map(({ name }) => ({ type: 'function' as const, name, parameters: {}, strict: false }));
    const whole = await client.responses.create({ model, input, tools, store: false });
    const stream = client.responses.stream({ model, input, tools, store: false });
    const types = new Set<string>();
    for await (const event of stream) types.add(event.type);
    const streamed = await stream.finalResponse();
    const bare = (output: OpenAI.Responses.ResponseOutputItem[]) =>
      output.map((item) => (item.type === 'function_call' ? [item.name, item.arguments] : item.type));
    expect(bare(streamed.output)).toEqual(bare(whole.output));
    expect([streamed.output_text, streamed.usage]).toEqual([whole.output_text, whole.usage]);
    expect(types).toContain('response.created');
    expect(types).toContain('response.completed');
  });
});

describe('what is kept', () => {
  test('is found by its id, built on, and gone when deleted', async () => {
    const first = await client.responses.create({ model: 'echo', input: 'one two three' });
    expect(await client.responses.retrieve(first.id)).toMatchObject({ id: first.id, output: first.output });
    const { data } = await client.responses.inputItems.list(first.id);
    expect(data).toMatchObject([{ role: 'user', content: 'one two three' }]);
    const next = await client.responses.create({ model: 'echo', input: 'four', previous_response_id: first.id });
    expect(next.usage!.input_tokens).toBeGreaterThan(first.usage!.total_tokens);
    await client.responses.delete(first.id);
    await expect(client.responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 });
    await expect(
      client.responses.create({ model: 'echo', input: 'x', previous_response_id: first.id }),
    ).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' });
  });

  test('not what was to be forgotten', async () => {
    const { id } = await client.responses.create({ model: 'echo', input: 'x', store: false });
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  test('in the background: begun at once, there when asked for', async () => {
    const begun = await client.responses.create({ model: 'echo', input: 'later', background: true });
    expect(begun).toMatchObject({ status: 'queued', output: [], usage: null });
    expect((await client.responses.retrieve(begun.id)).output_text).toBe('later');
  });
});

test('chat fields are refused as the real API refuses them', async () => {
  const body = { model: 'echo', messages: [], input: 'x' };
  await expect(client.post('/responses', { body })).rejects.toMatchObject({
    status: 400,
    code: 'unsupported_parameter',
  });
});
