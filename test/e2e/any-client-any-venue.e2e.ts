/**
 * The official clients, unmodified, at venues that speak another wire format: words, streams, tools, pictures, answers by
 * schema, errors; what is booked is what the venue billed, and what cannot be said is refused, never dropped.
 */
import { readFileSync } from 'node:fs';
import Anthropic from '@anthropic-ai/sdk';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { embedMany, generateImage, generateText, jsonSchema, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Configuration } from '#contracts/configuration.js';
import { calls, type CrossWorld, crossWorld, modelOf, words } from '../support/cross-venues.js';
import { projectDir } from '../support/database.js';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';

const { venues: shipped } = Configuration.parse(parse(readFileSync(`${projectDir}/prisma/seed/venues.yaml`, 'utf8')));
const further = {
  provisioned: shipped['bedrock']!,
  responses: { ...shipped['openai']!, protocol: 'openai-responses' as const, alsoSpeaks: [] },
};
const rows = Object.entries({ ...shipped, ...further }).map(([id, row]) => ({ id, ...row }));

let world: CrossWorld;
let proxy: ProxyUnderTest;
let openai: OpenAI;
let anthropic: Anthropic;
let vercel: { openai: ReturnType<typeof createOpenAI>; anthropic: ReturnType<typeof createAnthropic> };
beforeAll(async () => {
  [world, proxy] = await Promise.all([crossWorld(rows), startProxyUnderTest()]);
  await proxy.publish(world.snapshot);
  const apiKey = await proxy.issue({ scopes: ['call', 'venue_state'] });
  openai = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: proxy.url, apiKey, maxRetries: 0 });
  const baseURL = `${proxy.url}/v1`;
  vercel = { openai: createOpenAI({ baseURL, apiKey }), anthropic: createAnthropic({ baseURL, apiKey }) };
});
afterAll(async () => {
  await proxy.stop();
  await world.simulator.close();
});

const answer = words.repeat(4);
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  additionalProperties: false,
  required: ['city'],
};
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The venue's own bill of its last request, and our record of the same attempt. */
async function booked(venue: string) {
  let found;
  await until(async () => {
    const line = world.simulator.bill(venue).lines.at(-1);
    found = (await proxy.records(1)).find(({ attemptId }) => attemptId === line?.clientRequestId);
    return found !== undefined;
  });
  const line = world.simulator.bill(venue).lines.at(-1)!;
  return { billed: BigInt(line.costPicoUsd), record: found! as Awaited<ReturnType<typeof proxy.records>>[number] };
}

test.each(rows)(
  'the shipped row $id: it says who pays as its venue wants, and streams a call of a tool',
  async ({ id }) => {
    const tools = calls.map(({ name }) => ({ type: 'function' as const, function: { name, parameters } }));
    const asked = { model: id, messages: [{ role: 'user' as const, content: 'Hoi' }], tools };
    const { choices } = await openai.chat.completions.stream(asked).finalChatCompletion();
    const made = choices[0]!.message.tool_calls!.map((call) => 'function' in call && call.function);
    expect(made).toMatchObject(calls.map(({ name }) => ({ name })));
    const { billed, record } = await booked(id);
    expect([record.costPicoUsd, record.venue]).toEqual([billed, id]);
  },
);

/** What each row says it speaks besides, asked of it and of nobody else. */
const besides: Record<string, (model: string) => Promise<unknown>> = {
  'openai-responses': (model) => openai.responses.create({ model, input: 'Hoi' }),
  'openai-embeddings': (model) => openai.embeddings.create({ model, input: 'Hoi' }),
  'openai-images': (model) => openai.images.generate({ model, prompt: 'a cat' }),
  'openai-image-edits': (model) =>
    openai.images.edit({ model, prompt: 'a cat', image: new File([Buffer.from(pixel, 'base64')], 'a.png') }),
  'anthropic-count-tokens': (model) =>
    anthropic.messages.countTokens({ model, messages: [{ role: 'user', content: 'Hoi' }] }),
};
test.each(rows.flatMap((row) => (row.alsoSpeaks ?? []).map((format) => ({ row, format, id: row.id }))))(
  'the shipped row $id speaks $format besides, and is told who pays',
  async ({ row, format }) => {
    const received = world.simulator.dials()[row.id]!;
    await besides[format]!(`${row.id}/${modelOf(row)}`);
    expect(world.simulator.dials()[row.id]).toMatchObject({
      received: received.received + 1,
      refused: received.refused,
    });
  },
);

describe.each(['anthropic', 'gemini', 'vertex', 'bedrock', 'responses'])("OpenAI's client at %s", (model) => {
  const tools = calls.map(({ name }) => ({ type: 'function' as const, function: { name, parameters } }));
  const question = [{ role: 'user' as const, content: 'Hoi' }];
  const named = (made: { name: string; arguments: string }[]) =>
    made.map(({ name, arguments: text }) => ({ name, arguments: JSON.parse(text) as unknown }));

  test('words, whole and streamed, split anywhere, booked as billed', async () => {
    const whole = await openai.chat.completions.create({ model, messages: question });
    expect(whole.choices[0]).toMatchObject({ message: { role: 'assistant', content: answer }, finish_reason: 'stop' });
    const { billed, record } = await booked(model);
    expect([record.costPicoUsd, record.costBasis, record.outcome]).toEqual([billed, 'reported', 'served']);
    expect(BigInt(whole.usage!.prompt_tokens) * 3_000_000n + BigInt(whole.usage!.completion_tokens) * 15_000_000n).toBe(
      billed,
    );
    world.simulator.order({ venue: model, kind: 'slow', delayMs: 0, times: 1 });
    const stream = openai.chat.completions.stream({
      model,
      messages: question,
      stream_options: { include_usage: true },
    });
    const streamed = await stream.finalChatCompletion();
    expect(streamed.choices[0]).toMatchObject({ message: { content: answer }, finish_reason: 'stop' });
    expect(streamed.usage).toEqual(whole.usage);
    expect((await booked(model)).record.costPicoUsd).toBe(billed);
  });

  test('parallel calls of tools: the stream put together is the answer in one piece, and results are understood', async () => {
    const whole = await openai.chat.completions.create({ model, messages: question, tools });
    const message = whole.choices[0]!.message;
    const made = message.tool_calls!.map(
      (call) => (call as { function: { name: string; arguments: string } }).function,
    );
    expect(whole.choices[0]!.finish_reason).toBe('tool_calls');
    expect(named(made)).toEqual(calls);
    world.simulator.order({ venue: model, kind: 'slow', delayMs: 0, times: 1 });
    const streamed = await openai.chat.completions.stream({ model, messages: question, tools }).finalChatCompletion();
    const again = streamed.choices[0]!.message.tool_calls!;
    expect(named(again.map((call) => (call as { function: { name: string; arguments: string } }).function))).toEqual(
      calls,
    );
    expect(new Set(again.map(({ id }) => id)).size).toBe(2);
    const results = message.tool_calls!.map(({ id }) => ({
      role: 'tool' as const,
      tool_call_id: id,
      content: 'schön',
    }));
    const last = await openai.chat.completions.create({ model, messages: [...question, message, ...results], tools });
    expect(last.choices[0]!.message.content).toBe(answer);
    const { body } = world.simulator.requests(model, 1)[0]!;
    expect(body.match(/schön/g)).toHaveLength(2);
  });

  test('a picture, and an answer by schema', async () => {
    const url = `data:image/png;base64,${pixel}`;
    const content = [
      { type: 'text' as const, text: 'Was?' },
      { type: 'image_url' as const, image_url: { url } },
    ];
    await openai.chat.completions.create({ model, messages: [{ role: 'user', content }] });
    expect(world.simulator.requests(model, 1)[0]!.body).toContain(pixel);
    await openai.chat.completions.create({
      model,
      messages: question,
      response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true, schema: parameters } },
    });
    expect(world.simulator.requests(model, 1)[0]!.body).toContain('"city"');
  });

  test("the venue's no and the venue's failure in the caller's shape", async () => {
    const long = [{ role: 'user' as const, content: 'x'.repeat(100_000) }];
    await expect(openai.chat.completions.create({ model, messages: long })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('maximum context length'),
    });
    world.simulator.order({ venue: model, kind: 'status', status: 429, times: 1 });
    await expect(openai.chat.completions.create({ model, messages: question })).rejects.toBeInstanceOf(
      OpenAI.RateLimitError,
    );
    world.simulator.order({ venue: model, kind: 'error_in_stream', times: 1 });
    await expect(openai.chat.completions.stream({ model, messages: question }).finalChatCompletion()).rejects.toThrow(
      /overloaded/,
    );
    world.simulator.order({ venue: model, kind: 'reset_mid_stream', times: 1 });
    await expect(openai.chat.completions.stream({ model, messages: question }).finalChatCompletion()).rejects.toThrow();
    expect((await booked(model)).record).toMatchObject({ outcome: 'truncated', costBasis: 'estimated' });
  });

  test('what cannot be said there is refused by name, and nothing is sent', async () => {
    const before = world.simulator.dials()[model]!.received;
    await expect(openai.chat.completions.create({ model, messages: question, n: 2 })).rejects.toMatchObject({
      status: 400,
      code: 'cannot_express',
      param: 'n',
    });
    expect(world.simulator.dials()[model]!.received).toBe(before);
    const { data, response } = await openai.chat.completions
      .create({ model, messages: question, prompt_cache_key: 'k' })
      .withResponse();
    expect(data.choices[0]!.message.content).toBe(answer);
    expect(response.headers.get('x-o10-adapted')).toContain('labels');
    expect((await booked(model)).record.adaptations).toContain('labels');
  });
});

describe.each(['openai', 'gemini', 'bedrock', 'responses'])("Anthropic's client at %s", (model) => {
  const tools = calls.map(({ name }) => ({ name, input_schema: parameters as Anthropic.Tool.InputSchema }));
  const ask = { model, max_tokens: 4_000, messages: [{ role: 'user' as const, content: 'Hoi' }] };
  const used = (content: Anthropic.ContentBlock[]) =>
    content.filter((block) => block.type === 'tool_use').map(({ name, input }) => ({ name, arguments: input }));

  test('words, whole and streamed, split anywhere, booked as billed', async () => {
    const whole = await anthropic.messages.create(ask);
    expect(whole).toMatchObject({
      type: 'message',
      content: [{ type: 'text', text: answer }],
      stop_reason: 'end_turn',
    });
    const { billed, record } = await booked(model);
    expect([record.costPicoUsd, record.costBasis]).toEqual([billed, 'reported']);
    world.simulator.order({ venue: model, kind: 'slow', delayMs: 0, times: 1 });
    const streamed = await anthropic.messages.stream(ask).finalMessage();
    expect(streamed.content).toMatchObject([{ type: 'text', text: answer }]);
    expect(streamed.usage).toMatchObject({
      input_tokens: whole.usage.input_tokens,
      output_tokens: whole.usage.output_tokens,
    });
    expect((await booked(model)).record.costPicoUsd).toBe(billed);
  });

  test('parallel calls of tools: the stream put together is the answer in one piece, and results are understood', async () => {
    const whole = await anthropic.messages.create({ ...ask, tools });
    expect([whole.stop_reason, used(whole.content)]).toEqual(['tool_use', calls]);
    world.simulator.order({ venue: model, kind: 'slow', delayMs: 0, times: 1 });
    const streamed = await anthropic.messages.stream({ ...ask, tools }).finalMessage();
    expect([streamed.stop_reason, used(streamed.content)]).toEqual(['tool_use', calls]);
    const results = whole.content
      .filter((block) => block.type === 'tool_use')
      .map(({ id }) => ({ type: 'tool_result' as const, tool_use_id: id, content: 'schön' }));
    const messages = [
      ...ask.messages,
      { role: 'assistant' as const, content: whole.content },
      { role: 'user' as const, content: results },
    ];
    const last = await anthropic.messages.create({ ...ask, messages, tools });
    expect(last.content).toMatchObject([{ type: 'text', text: answer }]);
    expect(world.simulator.requests(model, 1)[0]!.body.match(/schön/g)).toHaveLength(2);
  });

  test('a picture, and an answer by schema', async () => {
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: pixel };
    const content = [
      { type: 'image' as const, source },
      { type: 'text' as const, text: 'Was?' },
    ];
    await anthropic.messages.create({ ...ask, messages: [{ role: 'user', content }] });
    expect(world.simulator.requests(model, 1)[0]!.body).toContain(pixel);
    await anthropic.messages.create({ ...ask, output_config: { format: { type: 'json_schema', schema: parameters } } });
    expect(world.simulator.requests(model, 1)[0]!.body).toContain('"city"');
  });

  test("errors in the caller's shape, and what cannot be said", async () => {
    const long = [{ role: 'user' as const, content: 'x'.repeat(100_000) }];
    await expect(anthropic.messages.create({ ...ask, messages: long })).rejects.toBeInstanceOf(
      Anthropic.BadRequestError,
    );
    world.simulator.order({ venue: model, kind: 'status', status: 429, times: 1 });
    await expect(anthropic.messages.create(ask)).rejects.toBeInstanceOf(Anthropic.RateLimitError);
    world.simulator.order({ venue: model, kind: 'error_in_stream', times: 1 });
    await expect(anthropic.messages.stream(ask).finalMessage()).rejects.toThrow(/error/i);
    const search = { type: 'web_search_20250305' as const, name: 'web_search' as const };
    const refused = await anthropic.messages.create({ ...ask, tools: [search] }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ status: 400, error: { error: { code: 'cannot_express' } } });
  });
});

describe.each(['anthropic', 'gemini', 'vertex', 'bedrock', 'vllm'])("OpenAI's Responses at %s", (model) => {
  const ask = { model, input: 'Hoi', store: false };
  const tools = calls.map(({ name }) => ({ type: 'function' as const, name, parameters, strict: true }));
  const made = (output: OpenAI.Responses.ResponseOutputItem[]) =>
    output.flatMap((item) =>
      item.type === 'function_call' ? [{ name: item.name, arguments: JSON.parse(item.arguments) as unknown }] : [],
    );

  test('words, whole and streamed, split anywhere, booked as billed', async () => {
    const { data: whole, response } = await openai.responses.create(ask).withResponse();
    expect(whole).toMatchObject({ output_text: answer, status: 'completed', store: false });
    const { billed, record } = await booked(model);
    expect([record.costPicoUsd, record.costBasis, record.outcome]).toEqual([billed, 'reported', 'served']);
    const { input_tokens: read, output_tokens: written } = whole.usage!;
    expect(BigInt(read) * 3_000_000n + BigInt(written) * 15_000_000n).toBe(billed);
    expect(response.headers.get('x-o10-adapted') ?? '').not.toContain('unstored');
    world.simulator.order({ venue: model, kind: 'slow', delayMs: 0, times: 1 });
    const streamed = await openai.responses.stream(ask).finalResponse();
    expect([streamed.output_text, streamed.usage]).toEqual([answer, whole.usage]);
    expect((await booked(model)).record.costPicoUsd).toBe(billed);
  });

  test('parallel calls of tools: the stream put together is the answer in one piece, and results are understood', async () => {
    const whole = await openai.responses.create({ ...ask, tools });
    expect(made(whole.output)).toEqual(calls);
    world.simulator.order({ venue: model, kind: 'slow', delayMs: 0, times: 1 });
    const streamed = await openai.responses.stream({ ...ask, tools }).finalResponse();
    expect(made(streamed.output)).toEqual(calls);
    const results = whole.output.flatMap((item) =>
      item.type === 'function_call'
        ? [{ type: 'function_call_output' as const, call_id: item.call_id, output: 'schön' }]
        : [],
    );
    const said = whole.output as OpenAI.Responses.ResponseInputItem[];
    const input = [{ role: 'user' as const, content: 'Hoi' }, ...said, ...results];
    const last = await openai.responses.create({ ...ask, input, tools });
    expect(last.output_text).toBe(answer);
    expect(world.simulator.requests(model, 1)[0]!.body.match(/schön/g)).toHaveLength(2);
  });

  test('a picture, and an answer by schema', async () => {
    const image = {
      type: 'input_image' as const,
      image_url: `data:image/png;base64,${pixel}`,
      detail: 'auto' as const,
    };
    const content = [{ type: 'input_text' as const, text: 'Was?' }, image];
    await openai.responses.create({ ...ask, input: [{ role: 'user', content }] });
    expect(world.simulator.requests(model, 1)[0]!.body).toContain(pixel);
    const format = { type: 'json_schema' as const, name: 'place', strict: true, schema: parameters };
    await openai.responses.create({ ...ask, text: { format } });
    expect(world.simulator.requests(model, 1)[0]!.body).toContain('"city"');
  });

  test("the venue's no and the venue's failure in the caller's shape", async () => {
    await expect(openai.responses.create({ ...ask, input: 'x'.repeat(100_000) })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('maximum context length'),
    });
    world.simulator.order({ venue: model, kind: 'status', status: 429, times: 1 });
    await expect(openai.responses.create(ask)).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    world.simulator.order({ venue: model, kind: 'error_in_stream', times: 1 });
    await expect(openai.responses.stream(ask).finalResponse()).rejects.toThrow(/overloaded/);
    world.simulator.order({ venue: model, kind: 'reset_mid_stream', times: 1 });
    await expect(openai.responses.stream(ask).finalResponse()).rejects.toThrow();
    expect((await booked(model)).record).toMatchObject({ outcome: 'truncated', costBasis: 'estimated' });
  });

  test('what is kept or run by OpenAI alone is refused by name, and nothing is sent', async () => {
    const before = world.simulator.dials()[model]!.received;
    const cannot: [object, string][] = [
      [{ store: true }, 'store'],
      [{ background: true }, 'background'],
      [{ conversation: 'conv_1' }, 'conversation'],
      [{ tools: [{ type: 'web_search' }] }, 'tools'],
      [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input.item_reference'],
      [{ input: [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' }] }, 'input.encrypted_content'],
    ];
    for (const [change, param] of cannot)
      await expect(openai.responses.create({ ...ask, ...change })).rejects.toMatchObject({
        status: 400,
        code: 'cannot_express',
        param,
      });
    expect(world.simulator.dials()[model]!.received).toBe(before);
    const { response } = await openai.responses.create({ ...ask, store: null }).withResponse();
    expect(response.headers.get('x-o10-adapted')).toContain('unstored');
    expect((await booked(model)).record.adaptations).toContain('unstored');
  });
});

describe('the AI SDK, by its own providers', () => {
  const kept = { openai: { store: false } };
  const models = {
    'chat at anthropic': () => vercel.openai.chat('anthropic'),
    'chat at responses': () => vercel.openai.chat('responses'),
    'responses at gemini': () => vercel.openai.responses('gemini'),
    'responses at bedrock': () => vercel.openai.responses('bedrock'),
    'messages at openai': () => vercel.anthropic('openai'),
    'messages at vertex': () => vercel.anthropic('vertex'),
  };

  test.each(Object.keys(models) as (keyof typeof models)[])(
    '%s: words, a stream, and on with what its tools found',
    async (name) => {
      const settings = { maxRetries: 0, maxOutputTokens: 1_000, providerOptions: kept };
      const common = { model: models[name](), prompt: 'Hoi', ...settings };
      expect(await streamText(common).text).toBe(answer);
      const found: unknown[] = [];
      const inputSchema = jsonSchema({ type: 'object' });
      const execute = (input: unknown) => (found.push(input), 'schön');
      const tools = Object.fromEntries(calls.map((call) => [call.name, tool({ inputSchema, execute })]));
      const { text } = await generateText({ ...common, tools, stopWhen: ({ steps }) => steps.length === 2 });
      expect([text, found]).toEqual([answer, calls.map((call) => call.arguments)]);
    },
  );

  test('vectors and a picture', async () => {
    const values = ['one', 'two'];
    const { embeddings } = await embedMany({ model: vercel.openai.embedding('gemini-vectors'), values, maxRetries: 0 });
    expect(embeddings.map((vector) => vector.length)).toEqual([8, 8]);
    const { image } = await generateImage({
      model: vercel.openai.image('gemini-pictures'),
      prompt: 'a cat',
      maxRetries: 0,
    });
    expect(image.base64).toMatch(/^iVBOR/);
  });
});

describe("Anthropic's count of tokens", () => {
  const tools = calls.map(({ name }) => ({ name, input_schema: parameters as Anthropic.Tool.InputSchema }));
  const ask = { system: 'Be.', tools, messages: [{ role: 'user' as const, content: words }] };

  test.each(['gemini', 'vertex', 'bedrock', 'openai', 'responses'])(
    'at %s is what the call is then billed for, and costs nothing',
    async (model) => {
      const { data, response } = await anthropic.messages.countTokens({ model, ...ask }).withResponse();
      const callId = response.headers.get('x-flux-request-id');
      const billed = world.simulator.bill(model).lines.length;
      const { usage } = await anthropic.messages.create({ model, max_tokens: 1_000, ...ask });
      // The venue that also speaks Responses counts in them, and they are spelled a little longer.
      if (model === 'openai') expect(data.input_tokens).toBeGreaterThan(0);
      else expect(data.input_tokens).toBe(usage.input_tokens);
      expect(world.simulator.bill(model).lines).toHaveLength(billed + 1);
      let line;
      await until(
        async () => (line = (await proxy.records(1)).find((record) => record.callId === callId)) !== undefined,
      );
      expect(line).toMatchObject({ outcome: 'served', costBasis: 'none', costPicoUsd: 0n, venue: model });
    },
  );

  test('the schema an answer is to fit is counted where it is read', async () => {
    const output_config = { format: { type: 'json_schema' as const, schema: parameters } };
    const asked = { model: 'gemini', messages: ask.messages, output_config };
    const { input_tokens: counted } = await anthropic.messages.countTokens(asked);
    const { usage } = await anthropic.messages.create({ ...asked, max_tokens: 1_000 });
    expect(counted).toBe(usage.input_tokens);
  });

  test('where nobody counts, no count is made up; a no is told as one', async () => {
    await expect(anthropic.messages.countTokens({ model: 'vllm', ...ask })).rejects.toMatchObject({
      status: 400,
      error: { error: { code: 'cannot_express', message: expect.stringContaining('count_tokens') } },
    });
    const nobody = [
      {
        role: 'user' as const,
        content: [{ type: 'image' as const, source: { type: 'url' as const, url: 'https://x/y.png' } }],
      },
    ];
    await expect(anthropic.messages.countTokens({ model: 'gemini', messages: nobody })).rejects.toMatchObject({
      error: { error: { message: expect.stringContaining('remote_media') } },
    });
  });
});

describe("OpenAI's embeddings", () => {
  test('at Bedrock Titan, packed and plain, booked as billed', async () => {
    const ask = { model: 'titan-vectors', input: words, dimensions: 256 };
    const packed = await openai.embeddings.create(ask);
    const plain = await openai.embeddings.create({ ...ask, encoding_format: 'float' });
    expect(packed.data).toEqual(plain.data);
    expect([plain.data[0]?.embedding.length, plain.usage.prompt_tokens > 0]).toEqual([256, true]);
    const { billed, record } = await booked('bedrock');
    expect([record.costPicoUsd, record.costBasis]).toEqual([billed, 'reported']);
    await expect(openai.embeddings.create({ ...ask, input: ['one', 'two'] })).rejects.toMatchObject({
      code: 'cannot_express',
      message: expect.stringContaining('texts'),
    });
  });

  test('at Vertex, which counts them, booked as billed', async () => {
    const { data, usage } = await openai.embeddings.create({ model: 'vertex-vectors', input: words });
    const { billed, record } = await booked('vertex');
    expect([data.length, usage.prompt_tokens > 0, record.costPicoUsd, record.costBasis]).toEqual([
      1,
      true,
      billed,
      'reported',
    ]);
  });

  test('at Gemini, several at once; what it does not count is booked at its ceiling and never at nothing', async () => {
    const ask = { model: 'gemini-vectors', input: [words, 'two'] };
    const { data } = await openai.embeddings.create(ask);
    expect(data.map(({ index, embedding }) => [index, embedding.length])).toEqual([
      [0, 8],
      [1, 8],
    ]);
    const { billed, record } = await booked('gemini');
    expect([record.costBasis, record.usage.basis]).toEqual(['estimated', 'missing']);
    expect(record.costPicoUsd).toBeGreaterThanOrEqual(billed);
    expect((await openai.embeddings.create({ ...ask, input: 'one' })).data).toHaveLength(1);
  });

  test.each([
    ['anthropic', {}, 'embeddings'],
    ['vertex', {}, 'embeddings'],
    ['vllm', {}, 'embeddings'],
    ['gemini-vectors', { input: [1, 2, 3] }, 'input'],
    ['titan-vectors', { dimensions: 4 }, 'dimensions'],
  ])('%s with %j: no, for %s', async (model, change, named) => {
    await expect(openai.embeddings.create({ model, input: words, ...change })).rejects.toMatchObject({
      status: 400,
      code: 'cannot_express',
      message: expect.stringContaining(named),
    });
  });
});

describe("OpenAI's pictures", () => {
  test('one, made by a Gemini model, booked as billed', async () => {
    const { data, response } = await openai.images
      .generate({ model: 'gemini-pictures', prompt: 'a cat', size: '1536x1024' })
      .withResponse();
    expect(data.data?.[0]?.b64_json).toMatch(/^iVBOR/);
    expect(data.usage).toMatchObject({ output_tokens: 1_290 });
    expect(response.headers.get('x-o10-adapted')).toBe('size:3:2');
    const { billed, record } = await booked('gemini');
    expect([record.costPicoUsd, record.usage.parts.image_out]).toEqual([billed, 1_290]);
  });

  test.each([
    ['gemini-pictures', { n: 2 }, 'n'],
    ['gemini-pictures', { quality: 'low' as const }, 'quality'],
    ['gemini', {}, 'images'],
    ['bedrock', {}, 'images'],
    ['anthropic', {}, 'images'],
  ])('%s with %j: no, for %s', async (model, change, named) => {
    await expect(openai.images.generate({ model, prompt: 'a cat', ...change })).rejects.toMatchObject({
      status: 400,
      code: 'cannot_express',
      message: expect.stringContaining(named),
    });
  });
});

test.each(['gemini', 'vertex', 'bedrock'])(
  'flex at %s: asked for as it wants, booked at the tier served',
  async (id) => {
    const { id: _, ...row } = rows.find((one) => one.id === id)!;
    const model = `${id}/${modelOf({ id, ...row })}:flex`;
    const question = { model, messages: [{ role: 'user' as const, content: 'Hoi' }] };
    const { data, response } = await openai.chat.completions.create(question).withResponse();
    expect([data.choices[0]?.message.content, response.headers.get('x-o10-tier')]).toEqual([answer, 'flex']);
    const { billed, record } = await booked(id);
    expect([record.tier, record.costPicoUsd]).toEqual(['flex', billed]);
    const { prompt_tokens: read, completion_tokens: written } = data.usage!;
    expect(billed).toBe((BigInt(read) * 3_000_000n + BigInt(written) * 15_000_000n) / 2n);
    const { body, headers } = world.simulator.requests(id, 1)[0]!;
    const header = headers['x-vertex-ai-llm-shared-request-type'];
    expect([header, body.includes('"flex"')]).toEqual(id === 'vertex' ? ['flex', false] : [undefined, true]);
  },
);

test('flex that is refused across formats: asked again, then at the standard tier, which is what is booked', async () => {
  world.simulator.order({ venue: 'gemini', tier: 'flex', kind: 'status', status: 503 });
  const messages = [{ role: 'user' as const, content: 'Hoi' }];
  await openai.chat.completions.create({ model: 'gemini/gemini-3-flash:flex', messages });
  world.simulator.clearFaults();
  const { billed, record } = await booked('gemini');
  expect([record.tier, record.costPicoUsd, record.attempt > 1]).toEqual(['standard', billed, true]);
});

test('cache marks reach Claude at Bedrock, and what was read and written is booked apart', async () => {
  const system = [{ type: 'text' as const, text: 'law '.repeat(2_000), cache_control: { type: 'ephemeral' as const } }];
  const ask = { model: 'bedrock', max_tokens: 100, system, messages: [{ role: 'user' as const, content: 'Hoi' }] };
  const first = await anthropic.messages.create(ask);
  expect(first.usage.cache_creation_input_tokens).toBeGreaterThan(1_024);
  const second = await anthropic.messages.create(ask);
  expect(second.usage.cache_read_input_tokens).toBe(first.usage.cache_creation_input_tokens);
  const { billed, record } = await booked('bedrock');
  expect([record.costPicoUsd, record.usage.parts.cache_read]).toEqual([billed, second.usage.cache_read_input_tokens]);
});
