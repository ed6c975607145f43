import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BodyEdits } from '../protocol.js';
import { editBody } from './edit-body.js';
import { readHead } from './read-head.js';
import { replayBody } from './replay-body.js';

const messages = '"messages":[{"role":"user","content":"h\\u00e9 \\"model\\":\\"x\\""}]';

function edited(members: string, edits: Partial<BodyEdits> = {}): string {
  const body = Buffer.from(`{${members ? `${members},` : ''}${messages}}`);
  const { head, refusal } = readHead(body);
  if (!head) throw new Error(refusal.message);
  return editBody(body, head, { model: 'm', tier: 'standard', askStreamUsage: false, ...edits })
    .toString()
    .replace(messages, '…');
}

describe('editBody', () => {
  const table: [string, string, Partial<BodyEdits>, string][] = [
    ['the model', '"model":"a"', {}, '{"model":"m",…}'],
    ['the suffix', '"model":"m:flex"', { tier: 'flex' }, '{"model":"m",…,"service_tier":"flex"}'],
    ['the suffix, served at standard', '"model":"m:flex"', {}, '{"model":"m",…}'],
    [
      'the tier served instead of the one asked',
      '"model":"m","service_tier":"flex"',
      {},
      '{"model":"m","service_tier":"default",…}',
    ],
    [
      'a tier of the route',
      '"service_tier":"auto","model":"m"',
      { tier: 'priority' },
      '{"service_tier":"priority","model":"m",…}',
    ],
    [
      'nothing for a standard tier left open',
      '"model":"m","service_tier":"auto"',
      {},
      '{"model":"m","service_tier":"auto",…}',
    ],
    ['provider away, first', '"provider":{"only":["x"]},"model":"m"', {}, '{"model":"m",…}'],
    ['provider away, in the middle', '"model":"m", "provider" : {"a":"}"} ', {}, '{"model":"m" ,…}'],
    ['an injected ceiling', '"model":"m"', { injectMaxOutputTokens: 50 }, '{"model":"m",…,"max_completion_tokens":50}'],
    [
      'an injected ceiling over null',
      '"model":"m","max_tokens":null',
      { injectMaxOutputTokens: 50 },
      '{"model":"m","max_tokens":null,…,"max_completion_tokens":50}',
    ],
    [
      "a capped ceiling in the caller's spelling",
      '"model":"m","max_tokens":900',
      { injectMaxOutputTokens: 50 },
      '{"model":"m","max_tokens":50,…}',
    ],
    [
      'usage asked for',
      '"model":"m","stream":true',
      { askStreamUsage: true },
      '{"model":"m","stream":true,…,"stream_options":{"include_usage":true}}',
    ],
    [
      'usage asked for beside other options',
      '"model":"m","stream":true,"stream_options":{ "include_obfuscation":false }',
      { askStreamUsage: true },
      '{"model":"m","stream":true,"stream_options":{ "include_obfuscation":false ,"include_usage":true},…}',
    ],
    [
      'usage declined by the caller, asked by us',
      '"model":"m","stream":true,"stream_options":{"include_usage":false}',
      { askStreamUsage: true },
      '{"model":"m","stream":true,"stream_options":{"include_usage":true},…}',
    ],
    [
      'nothing where the caller asks already',
      '"model":"m","stream":true,"stream_options":{"include_usage":true}',
      { askStreamUsage: true },
      '{"model":"m","stream":true,"stream_options":{"include_usage":true},…}',
    ],
    [
      'our own option away',
      '"model":"m","stream":true,"stream_options":{"include_cost":true,"include_usage":true}',
      { askStreamUsage: true },
      '{"model":"m","stream":true,"stream_options":{"include_usage":true},…}',
    ],
    [
      'null options',
      '"model":"m","stream":true,"stream_options":null',
      { askStreamUsage: true },
      '{"model":"m","stream":true,"stream_options":{"include_usage":true},…}',
    ],
    ['no usage where nothing streams', '"model":"m"', { askStreamUsage: true }, '{"model":"m",…}'],
  ];
  it.each(table)('edits %s', (_, members, edits, expected) => expect(edited(members, edits)).toBe(expected));

  it('does not pretend a batch can be asked for', () =>
    expect(() => edited('"model":"m"', { tier: 'batch' })).toThrow('batch'));

  it('leaves every other member as it was, in order and spelling', () => {
    const members = fc.uniqueArray(
      fc.tuple(
        fc.string({ minLength: 1, maxLength: 8 }).map((name) => `x${name}`),
        fc.json(),
      ),
      { selector: ([name]) => name, maxLength: 6 },
    );
    fc.assert(
      fc.property(members, fc.nat(6), (list, place) => {
        const spelled = list.map(([name, value]) => `${JSON.stringify(name)} : ${value}`);
        spelled.splice(place, 0, '"model":"a"', messages);
        const body = Buffer.from(`{ ${spelled.join(' ,\n')} }`);
        const out = editBody(body, readHead(body).head!, { model: 'new', tier: 'standard', askStreamUsage: false });
        expect(out.toString()).toBe(body.toString().replace('"model":"a"', '"model":"new"'));
      }),
    );
  });
});

describe('replayBody', () => {
  it('keeps the question and drops what leaves a trace', () => {
    const body = Buffer.from(
      `{"stream":true,"stream_options":{"include_usage":true},"model":"m:flex",${messages},"temperature":0.10,"user":"u","metadata":{"use_case":"x"},"n":2,"max_tokens":900,"seed":1,"provider":{},"service_tier":"flex","tools":[{"type":"function"}]}`,
    );
    expect(replayBody(body, { model: 'c', tier: 'standard', maxOutputTokens: 64 }).toString()).toBe(
      `{"model":"c",${messages},"temperature":0.10,"max_tokens":64,"seed":1,"tools":[{"type":"function"}]}`,
    );
    expect(replayBody(body, { model: 'c', tier: 'flex', maxOutputTokens: null }).toString()).toContain(
      '"max_tokens":900,"seed":1,"service_tier":"flex"',
    );
  });

  it('adds a ceiling where there was none', () => {
    const body = Buffer.from(`{"model":"m",${messages}}`);
    expect(replayBody(body, { model: 'c', tier: 'standard', maxOutputTokens: 64 }).toString()).toBe(
      `{"model":"c",${messages},"max_completion_tokens":64}`,
    );
  });
});
