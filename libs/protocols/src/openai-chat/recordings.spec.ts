/** Recorded chat completions traffic of nine venues, none of it ours: it must pass unchanged and its usage be read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutInto, relayedOf } from '../protocol.conformance.js';
import { isObject, parseObject, type JsonObject } from '../json-value.js';
import { openAiChat } from './openai-chat.js';

const root = join(import.meta.dirname, '../../../../../shared/data/conformance/vercel-ai');
const folders = [
  'openai/chat',
  'openai-compatible/chat',
  'groq',
  'deepseek/chat',
  'mistral',
  'xai',
  'alibaba',
  'moonshotai',
  'perplexity',
];
const files = existsSync(root)
  ? folders.flatMap((folder) => readdirSync(join(root, folder)).map((file) => join(folder, file)))
  : [];
if (files.length === 0) console.warn(`SKIPPED: no recordings at ${root}`);

interface Recording {
  name: string;
  stream: Buffer;
  messages: JsonObject[];
}

function recorded(name: string): Recording {
  const text = readFileSync(join(root, name), 'utf8');
  if (name.endsWith('.sse')) {
    const lines = text.split('\n').filter((line) => line.startsWith('data: {'));
    return { name, stream: Buffer.from(text), messages: lines.map((line) => parseObject(line.slice(6))!) };
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const stream = Buffer.from(`${lines.map((line) => `data: ${line}\n\n`).join('')}data: [DONE]\n\n`);
  return { name, stream, messages: lines.map((line) => parseObject(line)!) };
}

const streams = files.filter((name) => /\.(chunks\.txt|sse)$/.test(name)).map(recorded);
/** Transcriptions and images lie beside the chats. */
const answers = files.filter(
  (name) => name.endsWith('.json') && /"(choices|error)":/.test(readFileSync(join(root, name), 'utf8')),
);
const rawUsageOf = (message: JsonObject) =>
  [message.usage, isObject(message.x_groq) ? message.x_groq.usage : null].find(isObject);

describe.skipIf(files.length === 0)('recorded streams', () => {
  it('are there', () => expect(streams.length).toBeGreaterThanOrEqual(19));

  it.each(streams.map((one) => [one.name, one] as const))(
    '%s passes unchanged and its usage is read',
    (_, { stream, messages }) => {
      const last = messages.map(rawUsageOf).findLast((usage) => usage !== undefined);
      const model = messages
        .map((message) => message.model)
        .findLast((value) => typeof value === 'string' && value !== '');
      fc.assert(
        fc.property(fc.array(fc.nat(stream.length), { maxLength: 60 }), (cuts) => {
          const chunks = cutInto(stream, cuts);
          const { tap, out } = relayedOf(openAiChat, { strip: false, choices: 1 }, chunks);
          expect(out.every((part, i) => part === chunks[i])).toBe(true);
          expect([tap.usage.raw, tap.servedModel, tap.complete, tap.isError]).toEqual([last, model, true, false]);
          expect(tap.usage.basis).toBe(last ? 'reported' : 'missing');
        }),
        { numRuns: 40 },
      );
    },
  );

  it.each(streams.map((one) => [one.name, one] as const))(
    '%s keeps every answer when usage is stripped',
    (_, { stream, messages }) => {
      const stripped = relayedOf(
        openAiChat,
        { strip: true, choices: 1 },
        cutInto(stream, [100, 1_000, 1_001, 5_000]),
      ).bytes;
      const seen = stripped
        .toString()
        .split('\n')
        .filter((line) => line.startsWith('data: {'))
        .map((line) => parseObject(line.slice(6))!);
      const expected = messages
        .filter(
          (message) => !(Array.isArray(message.choices) && message.choices.length === 0 && isObject(message.usage)),
        )
        .map((message) =>
          message.usage === null
            ? Object.fromEntries(Object.entries(message).filter(([name]) => name !== 'usage'))
            : message,
        );
      expect(seen).toEqual(expected);
      expect(openAiChat.answerText(stripped, true)).toBe(openAiChat.answerText(stream, true));
    },
  );

  it('yield the tool calls that were made', () => {
    const calls = streams
      .filter(({ name }) => name.includes('tool-call'))
      .map(({ name, stream }) => [name, openAiChat.toolCalls(stream, true)] as const);
    expect(calls.length).toBeGreaterThanOrEqual(6);
    for (const [name, made] of calls) {
      expect(made?.length, name).toBeGreaterThanOrEqual(1);
      for (const call of made!)
        expect([call.name, typeof JSON.parse(call.arguments)], name).toEqual([
          expect.stringMatching(/^\w+$/),
          'object',
        ]);
    }
  });
});

describe.skipIf(files.length === 0)('recorded answers', () => {
  it('are there', () => expect(answers.length).toBeGreaterThanOrEqual(20));

  it.each(answers)('%s', (name) => {
    const body = readFileSync(join(root, name));
    const message = parseObject(body.toString())!;
    const answer = openAiChat.readAnswer(body);
    expect(answer.isError).toBe('error' in message);
    expect(answer.complete).toBe(!('error' in message));
    expect(answer.usage.basis).toBe(isObject(message.usage) ? 'reported' : 'missing');
    expect(openAiChat.answerText(body, false) === null).toBe('error' in message);
  });
});
