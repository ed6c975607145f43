/** Recorded Responses traffic of four venues, none of it ours: it must pass unchanged and its usage be read. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isObject, parseObject } from '../json-value.js';
import { cutInto, relayedOf } from '../protocol.conformance.js';
import { openAiResponses } from './openai-responses.js';

const root = join(import.meta.dirname, '../../../../../shared/data/conformance/vercel-ai');
const found = existsSync(root)
  ? globSync(['{openai,xai,open-responses}/responses/*', 'azure/*'], { cwd: root }).sort()
  : [];
if (found.length === 0) console.warn(`SKIPPED: no recordings at ${root}`);
const text = (name: string) => readFileSync(join(root, name), 'utf8');
const lines = (name: string) =>
  text(name)
    .split('\n')
    .filter((line) => line.trim() !== '');

/** As the wire carries it; a recording of chunks holds one event's data a line. */
const streamOf = (name: string): Buffer =>
  Buffer.from(
    lines(name)
      .map((line) => `event: ${String(parseObject(line)?.type)}\ndata: ${line}\n\n`)
      .join(''),
  );

const streams = found.filter((name) => name.endsWith('.chunks.txt'));
const answers = found.filter((name) => name.endsWith('.json') && parseObject(text(name))?.object === 'response');

describe.skipIf(found.length === 0)('recorded responses', () => {
  it('are there', () => expect([streams.length >= 35, answers.length >= 35]).toEqual([true, true]));

  it.each(streams)('%s passes unchanged, wherever it is cut, and its usage is read', (name) => {
    const stream = streamOf(name);
    const last = lines(name)
      .map((line) => parseObject(line))
      .findLast((message) => /^response\.(completed|incomplete|failed)$/.test(String(message?.type)));
    const response = isObject(last?.response) ? last.response : null;
    fc.assert(
      fc.property(fc.array(fc.nat(100_000), { maxLength: 20 }), (cuts) => {
        const chunks = cutInto(stream, cuts);
        const { tap, out } = relayedOf(openAiResponses, { strip: true, choices: 1 }, chunks);
        expect(out.every((part, i) => part === chunks[i])).toBe(true);
        expect([tap.usage.basis, tap.complete]).toEqual(response?.usage ? ['reported', true] : ['missing', false]);
      }),
      { numRuns: 5 },
    );
    if (response?.usage) expect(openAiResponses.toolCalls(stream, true)).toBeInstanceOf(Array);
  });

  it.each(answers)('%s: the usage adds up', (name) => {
    const answer = openAiResponses.readAnswer(Buffer.from(text(name)));
    expect([answer.usage.basis, answer.isError, answer.complete]).toEqual(['reported', false, true]);
    expect(answer.answerId).toMatch(/\w/);
  });
});
