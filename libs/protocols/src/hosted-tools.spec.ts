/** What a request has the venue run, in both dialects, and where an answer says it was served. */
import { expect, test } from 'vitest';
import { anthropicMessages } from './anthropic-messages/anthropic-messages.js';
import { openAiChat } from './openai-chat/openai-chat.js';
import { regionInHeaders } from './usage/served-terms.js';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const message = { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] };
const protocols = { openAiChat, anthropicMessages };

test.each<[keyof typeof protocols, string, object, unknown[]]>([
  ['openAiChat', 'tools the client runs', { tools: [{ type: 'function' }, { type: 'custom' }] }, []],
  ['openAiChat', 'a capped search', { tools: [{ type: 'web_search', max_uses: 3 }] }, [['web_searches', 3]]],
  ['openAiChat', 'a search without a cap', { tools: [{ type: 'web_search_preview' }] }, [['web_searches', null]]],
  ['openAiChat', 'a model that searches', { web_search_options: {} }, [['web_searches', null]]],
  ['openAiChat', 'a live search', { search_parameters: { mode: 'auto' } }, [[null, null]]],
  ['openAiChat', 'a search switched off', { search_parameters: { mode: 'off' } }, []],
  ['openAiChat', 'a plugin', { plugins: [{ id: 'web' }] }, [[null, null]]],
  ['anthropicMessages', 'tools the client runs', { tools: [{ name: 'x' }, { type: 'bash_20250124' }] }, []],
  [
    'anthropicMessages',
    'searches and fetches with caps',
    {
      tools: [
        { type: 'web_search_20250305', max_uses: 2 },
        { type: 'web_fetch_20250910', max_uses: 4 },
      ],
    },
    [
      ['web_searches', 2],
      [null, 4],
    ],
  ],
  [
    'anthropicMessages',
    'a cap that is none',
    { tools: [{ type: 'web_search_20250305', max_uses: -1 }] },
    [['web_searches', null]],
  ],
  ['anthropicMessages', 'code', { tools: [{ type: 'code_execution_20250825' }] }, [['code_executions', null]]],
  ['anthropicMessages', 'a tool nobody knows', { tools: [{ type: 'oracle_2027', max_uses: 1 }] }, [[null, null]]],
  ['anthropicMessages', 'a server of the caller', { mcp_servers: [{ type: 'url' }] }, [[null, null]]],
])('%s: %s', (protocol, _, fields, tools) => {
  const reading = protocols[protocol].readHead(json({ ...message, ...fields }));
  expect(reading.head?.hostedTools.map(({ meter, usesMax }) => [meter, usesMax])).toEqual(tools);
});

test('two searches of one request are not guessed between', () => {
  const body = `{"model":"m","messages":[{"role":"user"}],"search_parameters":{"mode":"off"},"search_parameters":{}}`;
  expect(openAiChat.readHead(Buffer.from(body)).refusal?.code).toBe('duplicate_field');
});

test('Anthropic says where it served, at once and in a stream', () => {
  const usage = { input_tokens: 1, output_tokens: 1, inference_geo: 'us' };
  const whole = { type: 'message', model: 'm', content: [], stop_reason: 'end_turn', usage };
  expect(anthropicMessages.readAnswer(json(whole)).servedRegion).toBe('us');
  expect(
    anthropicMessages.readAnswer(json({ ...whole, usage: { ...usage, inference_geo: 'global' } })).servedRegion,
  ).toBeNull();
  const tap = anthropicMessages.tapStream({ strip: false, choices: 1 });
  const event = (type: string, data: object) =>
    tap.push(Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`));
  event('message_start', { message: { model: 'm', usage } });
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } });
  expect(tap.servedRegion).toBe('us');
});

test.each([
  ['East US 2', 'eastus2'],
  ['swedencentral', 'swedencentral'],
  [undefined, null],
  ['not/a place', null],
])('a header that says %j means %j', (said, region) =>
  expect(regionInHeaders({ ...(said !== undefined && { 'x-ms-region': said }) })).toBe(region),
);
