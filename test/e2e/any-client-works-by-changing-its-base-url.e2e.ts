/** The official clients, unmodified, with another base URL and key; and what the venue billed is what was booked. */
import Anthropic from '@anthropic-ai/sdk';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, Output, streamText, tool } from 'ai';
import OpenAI from 'openai';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { clientVenues, clientWorld } from '../support/client-world.js';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';

let proxy: ProxyUnderTest;
let openai: OpenAI;
let other: OpenAI;
let anthropic: Anthropic;
let vercel: { openai: ReturnType<typeof createOpenAI>; anthropic: ReturnType<typeof createAnthropic> };

beforeAll(async () => {
  proxy = await startProxyUnderTest({ venues: clientVenues });
  await proxy.envelope('org', 1_000_000_000_000n);
  await proxy.publish({
    ...clientWorld(proxy.simulator.url),
    envelopes: [{ id: 'org', scope: { kind: 'organisation' }, purpose: 'live' }],
  });
  const apiKey = await proxy.issue();
  const baseURL = `${proxy.url}/v1`;
  openai = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
  other = new OpenAI({ baseURL, apiKey: await proxy.issue({ team: 'team-b' }), maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: `${proxy.url}/anthropic`, apiKey, maxRetries: 0 });
  vercel = {
    openai: createOpenAI({ baseURL, apiKey }),
    anthropic: createAnthropic({ baseURL: `${proxy.url}/anthropic/v1`, apiKey }),
  };
});
afterAll(() => proxy.stop());

const words = 'Grüezi, wie gaht es Ihne hüt? 🏔';
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, degrees: { type: 'number' } },
  required: ['city', 'degrees'],
  additionalProperties: false,
};
const weather = { city: 'Zürich', degrees: 18 };
const made: [name: string, input: object][] = [
  ['weather', { city: 'Zürich 🏔' }],
  ['time', { zone: 'Europe/Zurich' }],
];

describe('openai: chat', () => {
  const messages = [{ role: 'user' as const, content: words }];

  test('whole, with its cost in a header', async () => {
    const { data, response } = await openai.chat.completions.create({ model: 'echo', messages }).withResponse();
    expect(data.choices[0]?.message.content).toBe(words);
    expect(Number(response.headers.get('x-flux-cost-usd'))).toBeGreaterThan(0);
  });

  test('streamed, with the usage asked for', async () => {
    const stream = await openai.chat.completions.create({
      model: 'echo',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let total = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      total = chunk.usage?.total_tokens ?? total;
    }
    expect([text, total > 0]).toEqual([words, true]);
  });

  test('tools in parallel, the same streamed and whole', async () => {
    const tools = made.map(([name]) => ({
      type: 'function' as const,
      function: { name: name, parameters: { type: 'object' } },
    }));
    const request = { model: 'caller', messages, tools };
    const whole = await openai.chat.completions.create(request);
    const streamed = await openai.chat.completions.stream(request).finalChatCompletion();
    for (const { choices } of [whole, streamed]) {
      const calls = choices[0]?.message.tool_calls?.map((call) =>
        call.type === 'function' ? [call.function.name, JSON.parse(call.function.arguments)] : [],
      );
      expect(calls).toEqual(made);
    }
  });

  test('pictures and structured output', async () => {
    const completion = await openai.chat.completions.parse({
      model: 'json',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is the weather here?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
          ],
        },
      ],
      response_format: { type: 'json_schema', json_schema: { name: 'weather', strict: true, schema } },
    });
    expect(completion.choices[0]?.message.parsed).toEqual(weather);
  });

  test('errors are raised as its own', async () => {
    const unknown = openai.chat.completions.create({ model: 'none', messages });
    await expect(unknown).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(unknown).rejects.toMatchObject({ code: 'unknown_model', param: 'model' });
    const nobody = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'sk-none', maxRetries: 0 });
    await expect(nobody.chat.completions.create({ model: 'echo', messages })).rejects.toBeInstanceOf(
      OpenAI.AuthenticationError,
    );
    const refusedByVenue = openai.chat.completions.create({ model: 'echo', messages, temperature: 9 });
    await expect(refusedByVenue).rejects.toMatchObject({ status: 400, param: 'temperature' });
  });
});

describe('openai: responses', () => {
  test('whole and streamed say the same', async () => {
    const whole = await openai.responses.create({ model: 'echo', input: words, instructions: 'Echo.' });
    const streamed = await openai.responses.stream({ model: 'echo', input: words }).finalResponse();
    expect([whole.output_text, streamed.output_text]).toEqual([words, words]);
  });

  test('tools in parallel, the same streamed and whole', async () => {
    const tools = made.map(([name]) => ({
      type: 'function' as const,
      name: name,
      parameters: { type: 'object' },
      strict: false,
    }));
    const request = { model: 'caller', input: words, tools };
    const whole = await openai.responses.create(request);
    const streamed = await openai.responses.stream(request).finalResponse();
    for (const { output } of [whole, streamed])
      expect(
        output.map((item) => (item.type === 'function_call' ? [item.name, JSON.parse(item.arguments)] : [])),
      ).toEqual(made);
  });

  test('pictures and structured output', async () => {
    const response = await openai.responses.parse({
      model: 'json',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is the weather here?' },
            { type: 'input_image', image_url: `data:image/png;base64,${pixel}`, detail: 'auto' },
          ],
        },
      ],
      text: { format: { type: 'json_schema', name: 'weather', strict: true, schema } },
    });
    expect(response.output_parsed).toEqual(weather);
  });

  test('reasoning is an item of its own, and counted apart', async () => {
    const request = { model: 'thinker', input: '?', reasoning: { effort: 'high' as const } };
    for (const response of [
      await openai.responses.create(request),
      await openai.responses.stream(request).finalResponse(),
    ]) {
      expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
      expect(response.usage?.output_tokens_details.reasoning_tokens).toBe(50);
    }
    const chat = await openai.chat.completions.create({
      model: 'thinker',
      messages: [{ role: 'user', content: '?' }],
      reasoning_effort: 'high',
    });
    expect(chat.usage?.completion_tokens_details?.reasoning_tokens).toBe(50);
  });

  test('what a venue keeps is asked for and built on there, by the team it was given to', async () => {
    const first = await openai.responses.create({ model: 'echo', input: 'one' });
    const { data: next, response } = await openai.responses
      .create({ model: 'echo', input: 'two', previous_response_id: first.id })
      .withResponse();
    expect([next.previous_response_id, response.headers.get('x-o10-venue')]).toEqual([first.id, 'omni']);
    expect(await openai.responses.retrieve(first.id)).toMatchObject({ output: first.output });
    expect((await openai.responses.inputItems.list(first.id)).data).toHaveLength(1);
    for (const attempt of [
      other.responses.retrieve(first.id),
      other.responses.create({ model: 'echo', input: 'x', previous_response_id: first.id }),
    ])
      await expect(attempt).rejects.toMatchObject({ status: 404, code: 'unknown_answer' });
    await openai.responses.delete(first.id);
    await expect(openai.responses.retrieve(first.id)).rejects.toMatchObject({ status: 404, code: null });
  });

  test.each([{ conversation: 'conv_1' }, { prompt: { id: 'pmpt_1' } }])(
    'what nobody here knows the owner of is for keys that may: %j',
    async (state) => {
      const request = { model: 'echo', input: 'go on', ...state };
      await expect(openai.responses.create(request)).rejects.toMatchObject({
        status: 403,
        code: 'venue_state_denied',
        param: Object.keys(state)[0],
      });
      const trusted = await proxy.issue({ scopes: ['call', 'venue_state'] });
      const answer = await new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: trusted }).responses.create(request);
      expect(answer.output_text).toBe('go on');
    },
  );

  test('where that cannot be looked up, nothing is guessed', async () => {
    const database = new pg.Client({ connectionString: proxy.settings.DATABASE_URL });
    await database.connect();
    await database.query('ALTER TABLE mirror_payload RENAME TO mirror_payload_away');
    await expect(openai.responses.retrieve('resp_of_another_proxy')).rejects.toMatchObject({
      status: 503,
      code: 'recall_unavailable',
    });
    await database.query('ALTER TABLE mirror_payload_away RENAME TO mirror_payload');
    await database.end();
  });

  test('in the background: begun at once, fetched later', async () => {
    const begun = await openai.responses.create({ model: 'echo', input: 'later', background: true });
    expect(begun.status).toBe('queued');
    const read = await openai.responses.retrieve(begun.id);
    expect(read.output_text).toBe('later');
    expect((await openai.responses.cancel(begun.id)).status).toBe('cancelled');
  });
});

describe('openai: embeddings and images', () => {
  test('vectors of several texts, as numbers and packed', async () => {
    const request = { model: 'echo', input: ['one', 'two'], dimensions: 4 };
    const packed = await openai.embeddings.create(request);
    const plain = await openai.embeddings.create({ ...request, encoding_format: 'float' });
    expect(packed.data.map(({ embedding }) => embedding)).toEqual(plain.data.map(({ embedding }) => embedding));
    expect(packed.data[1]?.embedding).toHaveLength(4);
  });

  test('pictures from words, whole and streamed', async () => {
    const request = { model: 'echo', prompt: 'a cat', quality: 'low' as const };
    expect((await openai.images.generate({ ...request, n: 2 })).data).toHaveLength(2);
    const types: string[] = [];
    for await (const event of await openai.images.generate({ ...request, stream: true, partial_images: 2 }))
      types.push(event.type);
    expect(types).toEqual([
      'image_generation.partial_image',
      'image_generation.partial_image',
      'image_generation.completed',
    ]);
  });

  test.each(['flux-image', 'flux-auto'])('%s draws and changes pictures on the lane of pictures', async (model) => {
    const image = new File([Buffer.from(pixel, 'base64')], 'a.png', { type: 'image/png' });
    const asked = [
      openai.images.generate({ model, prompt: 'a cat' }),
      openai.images.edit({ model, image, prompt: 'brighter' }),
    ];
    for (const each of asked) {
      const { data, response } = await each.withResponse();
      expect([data.data?.length, response.headers.get('x-o10-lane')]).toEqual([1, 'image']);
      expect(response.headers.get('x-flux-model')).toBe('echo');
    }
  });

  test('pictures changed: the form keeps its files and gets the name the venue knows', async () => {
    const image = [0, 1].map(() => new File([Buffer.from(pixel, 'base64')], 'a.png', { type: 'image/png' }));
    const edited = await openai.images.edit({ model: 'omni/echo', image, prompt: 'brighter', n: 1 });
    expect([edited.data?.length, edited.usage?.input_tokens_details.image_tokens]).toEqual([1, 646]);
    const [sent] = proxy.simulator.requests('omni', 1);
    expect(sent?.body).toContain('name="model"\r\n\r\necho\r\n');
  });
});

describe('anthropic: messages', () => {
  const messages = [{ role: 'user' as const, content: words }];

  test('whole and streamed say the same', async () => {
    const request = { model: 'claude-echo', max_tokens: 200, messages };
    const whole = await anthropic.messages.create(request);
    const streamed = await anthropic.messages.stream(request).finalMessage();
    for (const { content, stop_reason } of [whole, streamed])
      expect([content, stop_reason]).toEqual([[{ type: 'text', text: words }], 'end_turn']);
  });

  test('tools in parallel, the same streamed and whole', async () => {
    const tools = made.map(([name]) => ({ name: name, input_schema: { type: 'object' as const } }));
    const request = { model: 'claude-caller', max_tokens: 200, messages, tools };
    const whole = await anthropic.messages.create(request);
    const streamed = await anthropic.messages.stream(request).finalMessage();
    for (const { content } of [whole, streamed])
      expect(content.map((block) => (block.type === 'tool_use' ? [block.name, block.input] : []))).toEqual(made);
  });

  test('pictures and structured output', async () => {
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: pixel };
    const message = await anthropic.messages.create({
      model: 'claude-json',
      max_tokens: 200,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source },
            { type: 'text', text: 'The weather?' },
          ],
        },
      ],
      output_config: { format: { type: 'json_schema', schema } },
    });
    expect(message.content[0]?.type === 'text' && JSON.parse(message.content[0].text)).toEqual(weather);
  });

  test('counting tokens is free, and on the record', async () => {
    const { data, response } = await anthropic.messages.countTokens({ model: 'claude-echo', messages }).withResponse();
    expect(data.input_tokens).toBeGreaterThan(0);
    const id = response.headers.get('x-flux-request-id');
    await until(async () => (await proxy.records(1)).some(({ callId }) => callId === id));
    const line = (await proxy.records(1)).find(({ callId }) => callId === id);
    expect(line).toMatchObject({ outcome: 'served', costBasis: 'none', costPicoUsd: 0n, heldNanoUsd: 0n });
  });

  test('errors are raised as its own', async () => {
    const unknown = anthropic.messages.create({ model: 'none', max_tokens: 1, messages });
    await expect(unknown).rejects.toBeInstanceOf(Anthropic.NotFoundError);
    const nobody = new Anthropic({ baseURL: proxy.url, apiKey: 'sk-none', maxRetries: 0 });
    await expect(nobody.messages.create({ model: 'claude-echo', max_tokens: 1, messages })).rejects.toBeInstanceOf(
      Anthropic.AuthenticationError,
    );
  });
});

describe('ai: text, streams, tools and objects', () => {
  const models = () => ({
    'chat completions': {
      echo: vercel.openai.chat('echo'),
      caller: vercel.openai.chat('caller'),
      json: vercel.openai.chat('json'),
    },
    responses: { echo: vercel.openai('echo'), caller: vercel.openai('caller'), json: vercel.openai('json') },
    messages: {
      echo: vercel.anthropic('claude-echo'),
      caller: vercel.anthropic('claude-caller'),
      json: vercel.anthropic('claude-json'),
    },
  });

  test.each(['chat completions', 'responses', 'messages'] as const)('over %s', async (format) => {
    const { echo, caller, json } = models()[format];
    const common = { maxRetries: 0 };
    expect((await generateText({ model: echo, prompt: words, ...common })).text).toBe(words);
    expect(await streamText({ model: echo, prompt: words, ...common }).text).toBe(words);
    const tools = Object.fromEntries(made.map(([name]) => [name, tool({ inputSchema: z.looseObject({}) })]));
    const { toolCalls } = await generateText({ model: caller, prompt: words, tools, ...common });
    expect(toolCalls.map(({ toolName, input }) => [toolName, input])).toEqual(made);
    const output = Output.object({ schema: z.object({ city: z.string(), degrees: z.number() }) });
    expect((await generateText({ model: json, prompt: 'The weather?', output, ...common })).output).toEqual(weather);
  });
});

describe('models', () => {
  test('are listed for each client in its own shape', async () => {
    const names = (await openai.models.list()).data.map(({ id }) => id);
    expect(names).toEqual(expect.arrayContaining(['echo', 'claude-echo', 'omni/echo']));
    expect((await anthropic.models.list()).data.map(({ id }) => id)).toEqual(names);
    expect(await openai.models.retrieve('omni/echo')).toMatchObject({ id: 'omni/echo', object: 'model' });
    expect(await anthropic.models.retrieve('claude-echo')).toMatchObject({ id: 'claude-echo', type: 'model' });
    await expect(openai.models.retrieve('none')).rejects.toMatchObject({ status: 404, code: 'unknown_model' });
  });
});

test('afterwards nothing is held, and the two books agree to the pico-dollar', async () => {
  await until(async () => (await proxy.desk.balances(['org']))[0]?.heldNanoUsd === 0n);
  const records = await proxy.records(1);
  const booked = records.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
  const estimated = records.filter(({ costBasis }) => costBasis === 'estimated');
  // What was begun in the background has no usage yet: it stands at its ceiling until the venue's report.
  expect(estimated.map(({ protocol }) => protocol)).toEqual(['openai-responses']);
  const ceiling = estimated[0]!.costPicoUsd;
  const begun = proxy.simulator
    .bill()
    .lines.find(({ clientRequestId }) => clientRequestId === estimated[0]!.attemptId)!;
  expect((booked - ceiling + BigInt(begun.costPicoUsd)).toString()).toBe(proxy.simulator.bill().totalPicoUsd);
});
