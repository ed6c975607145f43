import { describe, expect, it } from 'vitest';
import { protocolConformance, relayedOf } from '../protocol.conformance.js';
import { openAiResponses } from './openai-responses.js';

const event = (type: string, rest: string) => `event: ${type}\ndata: {"type":"${type}"${rest}}\n\n`;
const usage =
  '{"input_tokens":11,"input_tokens_details":{"cached_tokens":4},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":18}';
const message =
  '{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"He said \\"usage\\": usage ü🙂","annotations":[]}]}';
const response = (status: string, output: string, used: string) =>
  `{"id":"resp_1","object":"response","status":"${status}","error":null,"incomplete_details":null,"model":"m-1","output":[${output}],"service_tier":"default","usage":${used}}`;
const stream = [
  event('response.created', `,"response":${response('in_progress', '', 'null')}`),
  event('response.output_item.added', ',"output_index":0,"item":{"id":"msg_1","type":"message","content":[]}'),
  event('response.output_text.delta', ',"output_index":0,"delta":"He said \\"usage\\": "'),
  event('response.output_text.delta', ',"output_index":0,"delta":"usage \\u00fc🙂"'),
  event('response.output_item.done', `,"output_index":0,"item":${message}`),
  event('response.completed', `,"response":${response('completed', message, usage)}`),
].join('');

protocolConformance(openAiResponses, {
  model: 'm',
  request: Buffer.from('{ "model":"m", "input" : [{"role":"user","content":"h\\u00e9"}],"temperature":0.10 }\n'),
  answer: Buffer.from(response('completed', message, usage)),
  totalTokens: 18,
  spoken: {
    streamedRequest: Buffer.from('{"stream":true,"model":"m","input":"h","store":true,"background":null}'),
    stream: Buffer.from(stream),
    strippedStream: Buffer.from(stream),
    text: 'He said "usage": usage ü🙂',
  },
});

const headOf = (body: object) =>
  openAiResponses.readHead(Buffer.from(JSON.stringify({ model: 'm', input: 'hello', ...body })));

describe('what a request needs and whether it may be asked again', () => {
  it.each<[string, object, object]>([
    ['plain', {}, { needs: [], replayable: true, maxOutputTokens: null, keepsAnswer: true, continues: null }],
    ['not kept', { store: false }, { replayable: true, keepsAnswer: false }],
    ['kept on purpose', { store: true }, { replayable: false, keepsAnswer: true }],
    ['a continuation', { previous_response_id: 'resp_1' }, { replayable: false, continues: 'resp_1' }],
    ['in the background', { background: true }, { replayable: false }],
    ['a conversation', { conversation: 'conv_1' }, { replayable: false }],
    ['a stored prompt', { prompt: { id: 'pmpt_1' } }, { replayable: false }],
    [
      'client tools',
      {
        tools: [
          { type: 'function', name: 'f' },
          { type: 'custom', name: 'g' },
        ],
      },
      { replayable: true },
    ],
    [
      'a tool the venue runs',
      { tools: [{ type: 'web_search' }], max_tool_calls: 3 },
      { needs: ['tools'], replayable: false, hostedTools: [{ name: 'web_search', meter: 'web_searches', usesMax: 3 }] },
    ],
    [
      'a tool that draws, whose cap bounds no cost',
      { tools: [{ type: 'image_generation' }], max_tool_calls: 3 },
      { needs: ['tools', 'images'], hostedTools: [{ name: 'image_generation', meter: null, usesMax: null }] },
    ],
    ['structured output', { text: { format: { type: 'json_schema', schema: {} } } }, { needs: ['json_schema'] }],
    [
      'an image',
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,AA' }] }] },
      { needs: ['vision'], replayable: true },
    ],
    [
      'a kept file',
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }] },
      { replayable: false },
    ],
    ['reasoning of before', { input: [{ type: 'reasoning', encrypted_content: 'x' }] }, { replayable: false }],
    [
      'a tool result',
      { input: [{ type: 'function_call_output', call_id: 'c', output: 'x' }] },
      { replayable: true, lastUserText: '' },
    ],
    ['flex by suffix', { model: 'm:flex' }, { model: 'm', tier: 'flex' }],
    ['flex by field', { service_tier: 'flex' }, { model: 'm', tier: 'flex' }],
  ])('%s', (_name, change, expected) => expect(headOf(change).head).toMatchObject(expected));
});

it('what stands elsewhere is bounded by the context window alone', () => {
  for (const change of [{ previous_response_id: 'resp_1' }, { conversation: 'conv_1' }])
    expect(headOf(change).head!.inputTokensBound).toBeGreaterThan(100_000_000);
});

it('the instructions are part of what tells conversations apart', () => {
  expect(headOf({ instructions: 'a' }).head?.firstMessagesText).not.toBe(headOf({}).head?.firstMessagesText);
});

it.each([
  ['invalid_request', { max_output_tokens: 0 }],
  ['invalid_request', { input: 7 }],
  ['invalid_request', { previous_response_id: '../files' }],
  ['invalid_request', { base_url: 'http://evil.example' }],
  ['invalid_request', { model: 'm:flex', service_tier: 'priority' }],
])('refuses with %s: %j', (code, body) => expect(headOf(body).refusal?.code).toBe(code));

it.each<[string, object, object, object]>([
  ['another model', {}, { model: 'n' }, { model: 'n' }],
  ['the tier', {}, { tier: 'flex' }, { service_tier: 'flex' }],
  ['the suffix', { model: 'm:flex' }, { tier: 'flex' }, { service_tier: 'flex' }],
  ['a ceiling', {}, { injectMaxOutputTokens: 9 }, { max_output_tokens: 9 }],
  ['provider', { provider: { only: ['a'] } }, {}, { provider: undefined }],
])('edits %s and nothing else', (_name, change, edits, expected) => {
  const body = { model: 'm', input: 'hello', unknown: [1], ...change };
  const bytes = Buffer.from(JSON.stringify(body));
  const { head } = openAiResponses.readHead(bytes);
  const edited = openAiResponses.editBody(bytes, head!, {
    model: 'm',
    tier: 'standard',
    askStreamUsage: true,
    ...edits,
  });
  expect(JSON.parse(edited.toString())).toEqual({ ...body, model: 'm', ...expected });
});

it('the cost goes into the last usage', () => {
  const options = { strip: false, choices: 1, costText: () => '0.000412' };
  const { bytes, tap } = relayedOf(openAiResponses, options, [Buffer.from(stream)]);
  expect(bytes.toString()).toBe(stream.replace(usage, `${usage.slice(0, -1)},"cost":0.000412}`));
  expect([tap.answerId, tap.servedTier]).toEqual(['resp_1', 'standard']);
});

it.each<[string, string, object]>([
  ['incomplete', response('incomplete', message, usage), { complete: true, isError: false }],
  ['failed', response('failed', '', 'null'), { complete: false, isError: true, usage: { basis: 'missing' } }],
  ['broken off', response('in_progress', '', 'null'), { complete: false, isError: false }],
  [
    'begun in the background',
    response('queued', '', 'null').replace('{', '{"background":true,'),
    { complete: true, answerId: 'resp_1', usage: { basis: 'missing' } },
  ],
  ['an error', '{"error":{"message":"no"}}', { complete: false, isError: true }],
])('an answer that is %s', (_name, body, expected) =>
  expect(openAiResponses.readAnswer(Buffer.from(body))).toMatchObject(expected),
);
