import { describe, expect, it } from 'vitest';
import { protocolConformance, relayedOf } from '../protocol.conformance.js';
import { anthropicMessages } from './anthropic-messages.js';

const event = (type: string, rest: string) => `event: ${type}\ndata: {"type":"${type}"${rest}}\n\n`;
const stream = [
  event(
    'message_start',
    ',"message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-m-1","content":[],"stop_reason":null,"usage":{"input_tokens":7,"cache_read_input_tokens":4,"output_tokens":1}}',
  ),
  event('content_block_start', ',"index":0,"content_block":{"type":"text","text":""}'),
  event('ping', ''),
  event('content_block_delta', ',"index":0,"delta":{"type":"text_delta","text":"He said \\"usage\\": "}'),
  event('content_block_delta', ',"index":0,"delta":{"type":"text_delta","text":"usage \\u00fc🙂"}'),
  event('content_block_stop', ',"index":0'),
  event('message_delta', ',"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":7}'),
  event('message_stop', ''),
].join('');

protocolConformance(anthropicMessages, {
  model: 'claude-m',
  request: Buffer.from(
    '{ "model":"claude-m", "max_tokens" : 64,"messages" : [{"role":"user","content":"h\\u00e9"}],"temperature":0.10 }\n',
  ),
  answer: Buffer.from(
    '{"id":"msg_1","type":"message","role":"assistant","model":"claude-m-1","content":[{"type":"text","text":"He said \\"usage\\": usage ü🙂"}],"stop_reason":"end_turn","usage":{"input_tokens":7,"cache_read_input_tokens":4,"output_tokens":7}}',
  ),
  totalTokens: 18,
  spoken: {
    streamedRequest: Buffer.from(
      '{"stream":true,"model":"claude-m","max_tokens":64,"messages":[{"role":"user","content":"h"}],"metadata":{"user_id":"u"}}',
    ),
    stream: Buffer.from(stream),
    strippedStream: Buffer.from(stream),
    text: 'He said "usage": usage ü🙂',
  },
});

const headOf = (body: object) => anthropicMessages.readHead(Buffer.from(JSON.stringify(body)));
const base = { model: 'claude-m', max_tokens: 64, messages: [{ role: 'user', content: 'hello' }] };

describe('what a request needs and whether it may be asked again', () => {
  it.each<[string, object, object]>([
    ['plain', {}, { needs: [], replayable: true, maxOutputTokens: 64 }],
    ['a client tool', { tools: [{ name: 'f', input_schema: {} }] }, { needs: ['tools'], replayable: true }],
    ['a tool the client runs by name', { tools: [{ type: 'bash_20250124', name: 'bash' }] }, { replayable: true }],
    ['a tool the venue runs', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, { replayable: false }],
    ['another venue tool', { tools: [{ type: 'code_execution_20250825', name: 'code' }] }, { replayable: false }],
    ['MCP servers', { mcp_servers: [] }, { replayable: false }],
    ['a container', { container: 'c' }, { replayable: false }],
    [
      'a file',
      { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: 'f' } }] }] },
      { needs: ['vision'], replayable: false },
    ],
    [
      'an image in a tool result',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'tool_result', content: [{ type: 'image', source: { type: 'base64', data: 'AA' } }] }],
          },
        ],
      },
      { needs: ['vision'], replayable: true },
    ],
    [
      'structured output',
      { output_config: { format: { type: 'json_schema', schema: {} } } },
      { needs: ['json_schema'] },
    ],
  ])('%s', (_name, change, expected) => expect(headOf({ ...base, ...change }).head).toMatchObject(expected));
});

it('the system prompt is part of what tells conversations apart', () => {
  const one = headOf({ ...base, system: 'a' }).head?.firstMessagesText;
  expect(one).not.toBe(headOf({ ...base, system: 'b' }).head?.firstMessagesText);
  expect(headOf({ ...base, system: [{ type: 'text', text: 'a' }] }).head?.lastUserText).toBe('hello');
});

it.each([
  ['invalid_request', { ...base, max_tokens: 0 }],
  ['invalid_request', { ...base, messages: [] }],
  ['invalid_request', { ...base, base_url: 'http://evil.example' }],
])('refuses with %s', (code, body) => expect(headOf(body).refusal?.code).toBe(code));

it('a doubled field is refused, however it is spelled', () => {
  const body = Buffer.from('{"model":"a","mo\\u0064el":"b","max_tokens":1,"messages":[{"role":"user","content":"x"}]}');
  expect(anthropicMessages.readHead(body).refusal?.code).toBe('duplicate_field');
});

it('the cost goes into the last usage, once it is whole', () => {
  const { bytes } = relayedOf(anthropicMessages, { strip: false, choices: 1, costText: () => '0.000412' }, [
    Buffer.from(stream),
  ]);
  expect(bytes.toString()).toBe(
    stream.replace('"usage":{"output_tokens":7}', '"usage":{"output_tokens":7,"cost":0.000412}'),
  );
});

it('tool calls come together from a stream', () => {
  const body = [
    event('message_start', ',"message":{"model":"m","usage":{"input_tokens":1,"output_tokens":1}}'),
    event('content_block_start', ',"index":0,"content_block":{"type":"tool_use","id":"t","name":"weather","input":{}}'),
    event('content_block_delta', ',"index":0,"delta":{"type":"input_json_delta","partial_json":"{\\"city\\":"}'),
    event('content_block_delta', ',"index":0,"delta":{"type":"input_json_delta","partial_json":"\\"Zürich\\"}"}'),
    event('message_delta', ',"delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}'),
    event('message_stop', ''),
  ].join('');
  expect(anthropicMessages.toolCalls(Buffer.from(body), true)).toEqual([
    { name: 'weather', arguments: '{"city":"Zürich"}' },
  ]);
});
