import { protocolConformance } from '../protocol.conformance.js';
import { openAiChat } from './openai-chat.js';

const chunk = (rest: string) =>
  `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m-1",${rest}}\n\n`;
const usage =
  '{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}';
const deltas = [
  '{"role":"assistant","content":""}',
  '{"content":"He said \\"usage\\": "}',
  '{"content":"usage"}',
  '{"content":" \\u00fc🙂"}',
];
const stream = (nullUsage: string, last: string) =>
  [
    ': keep-alive\n\n',
    ...deltas.map((delta) =>
      chunk(`"choices":[{"index":0,"delta":${delta},"finish_reason":null}]${nullUsage},"obfuscation":"x"`),
    ),
    chunk(`"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]${nullUsage}`),
    last,
    'data: [DONE]\n\n',
  ].join('');

protocolConformance(openAiChat, {
  model: 'm',
  request: Buffer.from('{ "model":"m", "messages" : [{"role":"user","content":"h\\u00e9"}],"temperature":0.10 }\n'),
  totalTokens: 18,
  answer: Buffer.from(
    `{"id":"c","model":"m-1","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"He said \\"usage\\": usage ü🙂"}}],"usage":${usage}}`,
  ),
  spoken: {
    streamedRequest: Buffer.from('{"stream":true,"model":"m","messages":[{"role":"user","content":"h"}],"n":3}'),
    stream: Buffer.from(stream(',"usage":null', chunk(`"choices":[],"usage":${usage}`))),
    strippedStream: Buffer.from(stream('', '')),
    text: 'He said "usage": usage ü🙂',
  },
});
