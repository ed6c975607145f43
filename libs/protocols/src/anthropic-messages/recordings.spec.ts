/** Recorded Messages traffic, none of it ours: it must pass unchanged and its usage be read. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isObject, parseObject } from '../json-value.js';
import { cutInto, relayedOf } from '../protocol.conformance.js';
import { anthropicMessages } from './anthropic-messages.js';

const root = join(import.meta.dirname, '../../../../../shared/data/conformance');
const found = existsSync(root)
  ? globSync(['vercel-ai/anthropic/*.chunks.txt', 'vercel-ai/anthropic/*.json', 'anthropic-sdk/**/*.sse'], {
      cwd: root,
    }).sort()
  : [];
if (found.length === 0) console.warn(`SKIPPED: no recordings at ${root}`);
const text = (name: string) => readFileSync(join(root, name), 'utf8');

/** As the wire carries it; a recording of chunks holds one event's data a line. */
function streamOf(name: string): Buffer {
  if (name.endsWith('.sse')) return Buffer.from(text(name));
  const lines = text(name)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return Buffer.from(lines.map((line) => `event: ${String(parseObject(line)?.type)}\ndata: ${line}\n\n`).join(''));
}

const streams = found.filter((name) => /\.(chunks\.txt|sse)$/.test(name));
const answers = found.filter((name) => name.endsWith('.json') && isObject(parseObject(text(name))?.usage));

describe.skipIf(found.length === 0)('recorded messages', () => {
  it('are there', () => expect([streams.length >= 30, answers.length >= 30]).toEqual([true, true]));

  it.each(streams)('%s passes unchanged, wherever it is cut, and its usage is read', (name) => {
    const stream = streamOf(name);
    const ends = stream.includes('"message_stop"') || stream.includes('message_stop');
    fc.assert(
      fc.property(fc.array(fc.nat(100_000), { maxLength: 20 }), (cuts) => {
        const { tap, bytes } = relayedOf(anthropicMessages, { strip: true, choices: 1 }, cutInto(stream, cuts));
        expect(bytes.equals(stream)).toBe(true);
        if (ends) expect([tap.usage.basis, tap.complete, tap.isError]).toEqual(['reported', true, false]);
      }),
      { numRuns: 5 },
    );
    if (ends) expect(anthropicMessages.answerText(stream, true)).toBeTypeOf('string');
  });

  it.each(answers)('%s: the usage adds up and the text is there', (name) => {
    const answer = anthropicMessages.readAnswer(Buffer.from(text(name)));
    expect([answer.usage.basis, answer.isError]).toEqual(['reported', false]);
    expect(answer.servedModel).toMatch(/\w/);
  });
});
