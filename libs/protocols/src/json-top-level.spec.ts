import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanTopLevel } from './json-top-level.js';
import { spliceJson, type JsonEdit } from './splice-json.js';

const names = ['model', 'stream', 'n', 'a"b', 'provider'];
const wanted = new Set(names);

/** A JSON object as text with free white space, free escapes and members in any order; keys are unique. */
const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
const key = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names) }, fc.string({ maxLength: 12 }));
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ minLength: 40, maxLength: 200 }).map((text) => `\\"${text}\\`),
  fc.constant({ model: { stream: ['"}', ']', 'n'] }, n: '\\' }),
);

function spell(text: string, escape: boolean): string {
  if (!escape) return JSON.stringify(text);
  return `"${Array.from(text, (c) => (c.length === 1 ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c)).join('')}"`;
}

/**
 * The members of an object and the text of their values, found by tokens. Not by JSON.parse: it can misread an
 * escaped key, see decode-json.ts.
 */
function membersOf(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let depth = 0;
  let name: string | null = null;
  let tokens = '';
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\[^])*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const closes = token === '}' || token === ']';
    if (closes) depth--;
    if ((depth === 1 && token === ',') || depth === 0) {
      if (name !== null) members.set(name, tokens);
      name = null;
      tokens = '';
    } else if (name === null) name = JSON.parse(token) as string;
    else if (depth > 1 || token !== ':' || tokens !== '') tokens += token;
    if (token === '{' || token === '[') depth++;
  }
  return members;
}

const tokensOnly = (text: string) => membersOf(`{"x":${text}}`).get('x');

const objectText = fc
  .tuple(
    fc.uniqueArray(fc.tuple(key, value, fc.boolean()), { selector: ([name]) => name, maxLength: 9 }),
    fc.array(space, { minLength: 9, maxLength: 9 }),
  )
  .map(([members, gaps]) => {
    const gap = (i: number) => gaps[i % gaps.length]!;
    const body = members.map(
      ([name, item, escape], i) =>
        `${gap(i)}${spell(name, escape)}${gap(i + 1)}:${gap(i + 2)}${JSON.stringify(item)}${gap(i + 3)}`,
    );
    return `${gap(0)}{${body.join(',') || gap(4)}}${gap(5)}`;
  });

describe('scanTopLevel', () => {
  it('finds exactly the wanted members there are, with the bytes of their values', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const bytes = Buffer.from(text);
        const expected = membersOf(text);
        const top = scanTopLevel(bytes, wanted);
        expect(top).not.toBeNull();
        expect([...top!.members.keys()].sort()).toEqual([...expected.keys()].filter((name) => wanted.has(name)).sort());
        expect(top!.memberCount).toBe(expected.size);
        for (const [name, span] of top!.members)
          expect(tokensOnly(bytes.toString('utf8', span.valueStart, span.valueEnd))).toBe(expected.get(name));
      }),
      { numRuns: 2000 },
    );
  });

  it('sees a wanted name twice through any escape', () => {
    for (const text of [
      '{"model":1,"mo\\u0064el":2}',
      '{"mo\\u0064\\u0065l":1,"x":{},"model":2}',
      '{"a\\"b":1,"a\\u0022b":2}',
    ])
      expect(scanTopLevel(Buffer.from(text), wanted)?.duplicate, text).toMatch(/^(model|a"b)$/);
    expect(scanTopLevel(Buffer.from('{"model":{"model":1},"x":["model"],"y":"model"}'), wanted)?.duplicate).toBeNull();
  });

  it.each([
    '',
    ' ',
    '[]',
    '"x"',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,}',
    '{"a" 1}',
    '{"a":"x',
    '{"a":[1}',
    '{}x',
    '{"a":1 "b":2}',
    '{a:1}',
  ])('gives null for %j', (text) => expect(scanTopLevel(Buffer.from(text), wanted)).toBeNull());

  const suite = join(import.meta.dirname, '../../../../shared/data/conformance/JSONTestSuite/test_parsing');
  const files = existsSync(suite) ? readdirSync(suite) : [];
  if (files.length === 0) console.warn(`SKIPPED: JSONTestSuite is not at ${suite}`);

  it.skipIf(files.length === 0)(
    'agrees with JSON.parse on every valid file of JSONTestSuite and never throws on the others',
    () => {
      let valid = 0;
      for (const file of files) {
        const bytes = readFileSync(join(suite, file));
        const top = scanTopLevel(bytes, new Set(['a', 'b', 'title', 'x', 'asd', '']));
        if (!file.startsWith('y_')) continue;
        valid++;
        const parsed = JSON.parse(bytes.toString()) as unknown;
        const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
        expect(top !== null, file).toBe(isObject);
        for (const [name, span] of top?.duplicate === null ? top.members : [])
          expect(JSON.parse(bytes.toString('utf8', span.valueStart, span.valueEnd)), file).toEqual(
            (parsed as Record<string, unknown>)[name],
          );
      }
      expect(valid).toBe(95);
    },
  );
});

describe('spliceJson', () => {
  const edit = fc.oneof(
    fc.record({ name: fc.constantFrom(...names), value: fc.jsonValue({ maxDepth: 1 }).map((v) => JSON.stringify(v)) }),
    fc.record({ name: fc.constantFrom(...names), remove: fc.constant(true as const) }),
  );
  const edits = fc.uniqueArray<JsonEdit, string>(edit, { selector: (e) => e.name, maxLength: 5 });

  it('changes what is edited and nothing else, and leaves valid JSON', () => {
    fc.assert(
      fc.property(objectText, edits, (text, list) => {
        const bytes = Buffer.from(text);
        const expected = membersOf(text);
        for (const e of list) {
          if ('remove' in e) expected.delete(e.name);
          else expected.set(e.name, tokensOnly(String(e.value))!);
        }
        const spliced = spliceJson(bytes, scanTopLevel(bytes, wanted)!, list);
        expect(() => JSON.parse(spliced.toString()) as unknown).not.toThrow();
        expect(membersOf(spliced.toString())).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps every other byte', () => {
    const bytes = Buffer.from('{ "x" : 1.50e+2 ,\n "model":"old" , "é":"\\u00e9" }');
    const spliced = spliceJson(bytes, scanTopLevel(bytes, wanted)!, [{ name: 'model', value: '"new"' }]);
    expect(spliced.toString()).toBe('{ "x" : 1.50e+2 ,\n "model":"new" , "é":"\\u00e9" }');
    expect(spliceJson(bytes, scanTopLevel(bytes, wanted)!, [{ name: 'stream', remove: true }])).toBe(bytes);
  });
});
