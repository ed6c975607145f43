/**
 * Streams as venues sent them: recorded by others (Apache-2.0 and MIT, beside the project and never in it), and a few of
 * our own that say the odd things recordings rarely do, so that a clone alone tests the same.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProtocolName } from '#contracts/venue.js';
import { projectDir } from './database.js';

export interface RecordedStream {
  name: string;
  protocol: Extract<ProtocolName, 'openai-chat' | 'openai-responses' | 'anthropic-messages'>;
  text: string;
}

const root = join(projectDir, '../shared/data/conformance');
const folders: [pattern: string, protocol: RecordedStream['protocol']][] = [
  [
    'vercel-ai/{openai/chat,openai-compatible/chat,groq,deepseek/chat,mistral,xai,alibaba,moonshotai,perplexity}/*',
    'openai-chat',
  ],
  ['vercel-ai/{{openai,xai,open-responses}/responses,azure}/*', 'openai-responses'],
  ['vercel-ai/anthropic/*', 'anthropic-messages'],
  ['anthropic-sdk/**/*.{sse,txt}', 'anthropic-messages'],
];

/** A recording of chunks holds the data of one event a line; the rest is how the format frames it. */
function framed(lines: string[], protocol: RecordedStream['protocol']): string {
  if (protocol === 'openai-chat') return `${lines.map((line) => `data: ${line}\n\n`).join('')}data: [DONE]\n\n`;
  return lines
    .map((line) => `event: ${/"type":\s*"([\w.]+)"/.exec(line)?.[1] ?? 'message'}\ndata: ${line}\n\n`)
    .join('');
}

export function recordedStreams(): RecordedStream[] {
  if (!existsSync(root)) return [];
  return folders.flatMap(([pattern, protocol]) =>
    globSync(pattern, { cwd: root })
      .filter((name) => /\.(chunks\.txt|sse)$|\/fixtures\/\w+\.txt$/.test(name))
      .sort()
      .map((name) => {
        const text = readFileSync(join(root, name), 'utf8');
        const lines = text.split('\n').filter((line) => line.trim() !== '');
        return { name, protocol, text: name.endsWith('.chunks.txt') ? framed(lines, protocol) : text };
      }),
  );
}

const usage = '{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}';
const inOut = '{"input_tokens":3,"output_tokens":2,"total_tokens":5}';

export const ownStreams: RecordedStream[] = [
  {
    name: 'chat: comments, CRLF, odd spaces, unknown fields, escapes and an emoji',
    protocol: 'openai-chat',
    text: [
      ': keep-alive\r\n\r\n',
      'data: { "model" : "m-1" , "choices":[{"index":0,"delta":{"content":"\\u00fc\\ud83c"}}],"vendor_field":1.50 }\r\n\r\n',
      'id: 7\r\ndata:{"choices":[{"index":0,"delta":{"content":"\\udfd4 🏔"},"finish_reason":"stop"}]}\r\n\r\n',
      `data: {"choices":[],"usage":${usage}}\r\n\r\ndata: [DONE]\r\n\r\n`,
    ].join(''),
  },
  {
    name: 'responses: an event nobody knows, and data over two lines',
    protocol: 'openai-responses',
    text: [
      'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_own","model":"m-1","status":"in_progress"}}\n\n',
      'event: response.moon\ndata: {"type":"response.moon",\ndata: "phase":"🌒"}\n\n',
      `event: response.completed\ndata: {"type":"response.completed","response":{"id":"resp_own","status":"completed","output":[],"usage":${inOut}}}\n\n`,
    ].join(''),
  },
  {
    name: 'messages: pings with fields, a block nobody knows',
    protocol: 'anthropic-messages',
    text: [
      'event: message_start\ndata: {"type":"message_start","message":{"model":"m-1","usage":{"input_tokens":3,"output_tokens":1}}}\n\n',
      'event: ping\ndata: {"type": "ping", "at": 1.0}\n\nretry: 5\n\n',
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"aura_delta","aura":"🏔"}}\n\n',
      'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}\n\n',
      'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    ].join(''),
  },
];
