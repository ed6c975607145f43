import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import OpenAI from 'openai';
import type { ChatCompletionTool } from 'openai/resources/chat/completions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from './start-simulator.js';

const example = JSON.parse(readFileSync(resolve(import.meta.dirname, '../example.json'), 'utf8'));
let simulator: Simulator;
beforeAll(async () => void (simulator = await startSimulator(example)));
afterAll(() => simulator.close());

const client = (venue = 'alpha', apiKey = `sk-${venue}`) =>
  new OpenAI({ baseURL: `${simulator.url}/${venue}/v1`, apiKey, maxRetries: 0 });
const user = (content: string) => [{ role: 'user' as const, content }];
const post = (body: unknown, venue = 'alpha') =>
  fetch(`${simulator.url}/${venue}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer sk-${venue}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const weather: ChatCompletionTool = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

describe('an answer in one piece', () => {
  test('has every field of the wire, and counts that add up', async () => {
    const { data, response } = await client()
      .chat.completions.create({ model: 'large', messages: user('What is the capital of France?') })
      .withResponse();
    expect(data).toEqual({
      id: response.headers.get('x-request-id'),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'large-2026-10-01',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Paris', refusal: null, annotations: [] },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        // 30 bytes are 8 tokens, 3 for the message, 3 for the turn; "Paris" is 5 bytes
        prompt_tokens: 14,
        completion_tokens: 2,
        total_tokens: 16,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: {
          reasoning_tokens: 0,
          audio_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
      },
      service_tier: 'default',
      system_fingerprint: expect.stringMatching(/^fp_[0-9a-f]{10}$/),
    });
    expect(data.id).toMatch(/^chatcmpl-[0-9a-z]{24}$/);
  });

  test('n choices say the same and are all counted', async () => {
    const completion = await client().chat.completions.create({ model: 'echo', messages: user('12345678'), n: 3 });
    expect(completion.choices.map((choice) => [choice.index, choice.message.content])).toEqual([
      [0, '12345678'],
      [1, '12345678'],
      [2, '12345678'],
    ]);
    expect(completion.usage).toMatchObject({ prompt_tokens: 8, completion_tokens: 6, total_tokens: 14 });
  });

  test.each(['max_tokens', 'max_completion_tokens'])('%s cuts, says length and counts what is left', async (field) => {
    const completion = await client().chat.completions.create({
      model: 'echo',
      messages: user('aaaabbbbcccc'),
      [field]: 2,
    });
    expect(completion.choices[0]).toMatchObject({ message: { content: 'aaaabbbb' }, finish_reason: 'length' });
    expect(completion.usage?.completion_tokens).toBe(2);
  });

  test('a stop sequence ends the answer before it', async () => {
    const request = { model: 'echo', messages: user('one. two; three'), stop: [';', '.'] };
    const completion = await client().chat.completions.create(request);
    expect(completion.choices[0]).toMatchObject({ message: { content: 'one' }, finish_reason: 'stop' });
  });

  test('reasoning is hidden, counted, and eats the limit first', async () => {
    const free = await client().chat.completions.create({ model: 'thinker', messages: user('?') });
    expect(free.usage).toMatchObject({ completion_tokens: 103, completion_tokens_details: { reasoning_tokens: 100 } });
    const cut = await client().chat.completions.create({
      model: 'thinker',
      messages: user('?'),
      max_completion_tokens: 60,
    });
    expect(cut.choices[0]).toMatchObject({ message: { content: '' }, finish_reason: 'length' });
    expect(cut.usage).toMatchObject({ completion_tokens: 60, completion_tokens_details: { reasoning_tokens: 60 } });
  });

  test('a tier on sale is served, another one becomes default', async () => {
    const ask = (service_tier: 'flex' | 'priority') =>
      client().chat.completions.create({ model: 'large', messages: user('Hello'), service_tier });
    expect((await ask('flex')).service_tier).toBe('flex');
    expect((await ask('priority')).service_tier).toBe('default');
  });

  test('a long prompt is cached the second time, in steps of 128 from 1,024', async () => {
    const prefix = 'x'.repeat(5000);
    const ask = (tail: string) => client().chat.completions.create({ model: 'large', messages: user(prefix + tail) });
    expect((await ask('one')).usage?.prompt_tokens_details?.cached_tokens).toBe(0);
    // 5,000 bytes hold nine steps of 512 bytes
    expect((await ask('two')).usage?.prompt_tokens_details?.cached_tokens).toBe(9 * 128);
  });

  test('the same seed gives the same answers in another simulator, another seed does not', async () => {
    const knowledge = [{ match: { contains: 'Q' }, answers: { right: 'yes', wrong: ['no'] } }];
    const ask = async (seed: string) => {
      const other = await startSimulator({ ...example, seed, knowledge });
      const openai = new OpenAI({ baseURL: `${other.url}/beta/v1`, apiKey: 'sk-beta' });
      const questions = Array.from({ length: 40 }, (_, index) => user(`Q${index}`));
      const all = questions.map((messages) => openai.chat.completions.create({ model: 'small', messages }));
      const said = (await Promise.all(all)).map((completion) => completion.choices[0]?.message.content).join();
      await other.close();
      return said;
    };
    const [first, again, different] = [await ask('a'), await ask('a'), await ask('b')];
    expect(again).toBe(first);
    expect(different).not.toBe(first);
  });
});

describe('a stream', () => {
  const collect = async (body: object, venue = 'alpha') => {
    const response = await post({ stream: true, ...body }, venue);
    const text = await response.text();
    const events = text.split('\n\n').filter(Boolean);
    expect(events.every((event) => event.startsWith('data: '))).toBe(true);
    expect(events.at(-1)).toBe('data: [DONE]');
    return { response, chunks: events.slice(0, -1).map((event) => JSON.parse(event.slice(6))) };
  };

  test('opens with the role, brings the content, finishes, and does not mention usage unasked', async () => {
    const { response, chunks } = await collect({ model: 'echo', messages: user('Grüezi mitenand, 日本!') });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(chunks[0].choices).toEqual([
      { index: 0, delta: { role: 'assistant', content: '', refusal: null }, logprobs: null, finish_reason: null },
    ]);
    expect(chunks.at(-1).choices).toEqual([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }]);
    expect(chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join('')).toBe('Grüezi mitenand, 日本!');
    for (const chunk of chunks) {
      expect(chunk).toMatchObject({ object: 'chat.completion.chunk', model: 'echo', service_tier: 'default' });
      expect(chunk.id).toBe(response.headers.get('x-request-id'));
      expect(chunk).not.toHaveProperty('usage');
    }
  });

  test('asked for usage: null on every chunk, and a last one with no choices', async () => {
    const { chunks } = await collect({
      model: 'echo',
      messages: user('12345'),
      stream_options: { include_usage: true },
    });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 8, completion_tokens: 2, total_tokens: 10 },
    });
  });

  test('choices come interleaved', async () => {
    const { chunks } = await collect({ model: 'echo', messages: user('a'.repeat(32)), n: 2 });
    expect(chunks.map((chunk) => chunk.choices[0].index)).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
  });

  test('the official client reads it to the same completion', async () => {
    const request = { model: 'echo', messages: user('a longer answer with ünïcode and "quotes"\n\nand breaks') };
    const whole = await client('beta').chat.completions.create(request);
    const stream = client('beta').chat.completions.stream({ ...request, stream_options: { include_usage: true } });
    const { choices, usage } = await stream.finalChatCompletion();
    expect(choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(usage).toEqual(whole.usage);
  });
});

describe('tool calls', () => {
  const call = { id: expect.stringMatching(/^call_/), type: 'function' };
  const messages = user('How warm is it in Zürich?');

  test('in one piece', async () => {
    const completion = await client().chat.completions.create({ model: 'caller', messages, tools: [weather] });
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        tool_calls: [{ ...call, function: { name: 'get_weather', arguments: '{"city":"Zürich"}' } }],
      },
    });
    // "get_weather" is 3 tokens, {"city":"Zürich"} of 18 bytes is 5
    expect(completion.usage?.completion_tokens).toBe(8);
  });

  test('streamed', async () => {
    const stream = client().chat.completions.stream({ model: 'caller', messages, tools: [weather] });
    const { choices } = await stream.finalChatCompletion();
    expect(choices[0]?.message.tool_calls?.[0]).toMatchObject({
      ...call,
      function: { name: 'get_weather', arguments: '{"city":"Zürich"}' },
    });
    expect(choices[0]?.finish_reason).toBe('tool_calls');
  });

  test('several calls come in parallel, streamed as in one piece', async () => {
    const tools = ['a', 'b'].map((name) => ({ type: 'function' as const, function: { name, parameters: {} } }));
    const parallel = await startSimulator({
      seed: 1,
      venues: [
        {
          id: 'alpha',
          apiKey: 'sk-alpha',
          models: [
            {
              id: 'm',
              answer: {
                kind: 'echo',
                toolCall: [
                  { name: 'a', arguments: { city: 'Zürich 🏔' } },
                  { name: 'b', arguments: {} },
                ],
              },
              tokensPerChunk: 1,
              prices: { inputPerMillion: '1', outputPerMillion: '1' },
            },
          ],
        },
      ],
    });
    const openai = new OpenAI({ baseURL: `${parallel.url}/alpha/v1`, apiKey: 'sk-alpha', maxRetries: 0 });
    const request = { model: 'm', messages: user('go'), tools };
    const whole = await openai.chat.completions.create(request);
    const streamed = await openai.chat.completions.stream(request).finalChatCompletion();
    const made = [whole, streamed].map(({ choices }) =>
      choices[0]?.message.tool_calls?.map((call) => call.type === 'function' && call.function),
    );
    expect(made[0]).toEqual([
      { name: 'a', arguments: '{"city":"Zürich 🏔"}' },
      { name: 'b', arguments: '{}' },
    ]);
    expect(made[1]).toMatchObject(made[0]!);
    await parallel.close();
  });

  test('a result is answered in words; so is tool_choice none, and tools the rule does not name', async () => {
    const asked = {
      role: 'assistant' as const,
      tool_calls: [{ id: 'call_1', type: 'function' as const, function: { name: 'get_weather', arguments: '{}' } }],
    };
    const result = { role: 'tool' as const, tool_call_id: 'call_1', content: '18' };
    const other: ChatCompletionTool = { type: 'function', function: { name: 'other' } };
    const all = await Promise.all([
      client().chat.completions.create({ model: 'caller', messages: [...messages, asked, result], tools: [weather] }),
      client().chat.completions.create({ model: 'caller', messages, tools: [weather], tool_choice: 'none' }),
      client().chat.completions.create({ model: 'caller', messages, tools: [other] }),
    ]);
    for (const { choices } of all) expect(choices[0]?.message.content).toBe('It is 18 degrees in Zürich.');
  });

  test('a client that insists gets a call from a model without a rule for it', async () => {
    const completion = await client().chat.completions.create({
      model: 'echo',
      messages,
      tools: [weather],
      tool_choice: 'required',
    });
    expect(completion.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: 'get_weather', arguments: '{}' },
    });
  });
});

describe('errors in the shape of the API', () => {
  const hello = { model: 'echo', messages: user('hello') };

  test('a wrong or a missing key is 401', async () => {
    const wrong = client('alpha', 'sk-wrong').chat.completions.create(hello);
    await expect(wrong).rejects.toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' });
    await expect(wrong).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    const missing = await fetch(`${simulator.url}/alpha/v1/chat/completions`, { method: 'POST', body: '{}' });
    expect(missing.status).toBe(401);
    expect(await missing.json()).toMatchObject({ error: { type: 'invalid_request_error', param: null, code: null } });
    await expect(client('beta', 'sk-alpha').models.list()).rejects.toMatchObject({ status: 401 });
  });

  test.each([
    ['{"model":', 400, null, null],
    [[], 400, null, null],
    [{ messages: user('x') }, 400, null, null],
    [{ ...hello, model: 'absent' }, 404, 'model_not_found', null],
    [{ model: 'echo' }, 400, 'missing_required_parameter', 'messages'],
    [{ model: 'echo', messages: 'hi' }, 400, 'invalid_type', 'messages'],
    [{ model: 'echo', messages: [] }, 400, 'empty_array', 'messages'],
    [{ model: 'echo', messages: [{ role: 'boss', content: 'x' }] }, 400, 'invalid_value', 'messages[0].role'],
    [{ model: 'echo', messages: [{ role: 'user', content: 7 }] }, 400, 'invalid_type', 'messages[0].content'],
    [{ ...hello, n: 0 }, 400, 'integer_below_min_value', 'n'],
    [{ ...hello, n: 1000 }, 400, 'integer_above_max_value', 'n'],
    [{ ...hello, max_tokens: -1 }, 400, 'integer_below_min_value', 'max_tokens'],
    [{ ...hello, max_tokens: 1.5 }, 400, 'invalid_type', 'max_tokens'],
    [{ ...hello, max_tokens: 5, max_completion_tokens: 5 }, 400, null, 'max_tokens'],
    [{ ...hello, temperature: 3 }, 400, 'decimal_above_max_value', 'temperature'],
    [{ ...hello, stream: 'yes' }, 400, 'invalid_type', 'stream'],
    [{ ...hello, stream_options: { include_usage: true } }, 400, null, 'stream_options'],
    [{ ...hello, stop: ['a', 'b', 'c', 'd', 'e'] }, 400, 'invalid_type', 'stop'],
    [{ ...hello, tools: [] }, 400, 'empty_array', 'tools'],
    [{ ...hello, tools: [{ type: 'function' }] }, 400, 'missing_required_parameter', 'tools[0].function.name'],
    [{ ...hello, tool_choice: 'auto' }, 400, null, 'tool_choice'],
    [{ model: 'echo', messages: user('x'.repeat(400_000)) }, 400, 'context_length_exceeded', 'messages'],
  ])('%j is refused', async (body, status, code, param) => {
    const billed = simulator.bill().lines.length;
    const response = await post(body);
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(error).toEqual({ message: expect.any(String), type: 'invalid_request_error', param, code });
    expect(response.headers.get('x-request-id')).toMatch(/^chatcmpl-/);
    expect(simulator.bill().lines.length).toBe(billed);
  });

  test('unknown addresses and methods', async () => {
    const headers = { authorization: 'Bearer sk-alpha' };
    const status = async (path: string, method = 'GET') =>
      (await fetch(simulator.url + path, { method, headers })).status;
    expect(await status('/alpha/v1/nothing', 'POST')).toBe(404);
    expect(await status('/alpha/v1/chat/completions')).toBe(405);
    expect(await status('/gamma/v1/models')).toBe(404);
    expect(await status('/')).toBe(404);
    expect(await status('/alpha/v1/models/absent')).toBe(404);
  });

  test('the list of models, and one of them', async () => {
    const { data } = await client().models.list();
    expect(data.map((model) => model.id)).toEqual(['large', 'caller', 'thinker', 'echo']);
    expect(await client().models.retrieve('large')).toMatchObject({ id: 'large', object: 'model', owned_by: 'alpha' });
  });
});
