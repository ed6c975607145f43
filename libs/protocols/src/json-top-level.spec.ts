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

const objectText = fc
  .tuple(fc.uniqueArray(fc.tuple(key, value, fc.boolean()), { selector: ([name]) => name, maxLength: 9 }), fc.array(space, { minLength: 9, maxLength: 9 }))
  .map(([members, gaps]) => {
    const gap = (i: number) => gaps[i % gaps.length]!;
    const body = members.map(([name, item, escape], i) => `${gap(i)}${spell(name, escape)}${gap(i + 1)}:${gap(i + 2)}${JSON.stringify(item)}${gap(i + 3)}`);
    return `${gap(0)}{${body.join(',') || gap(4)}}${gap(5)}`;
  });

describe('scanTopLevel', () => {
  it('finds exactly the wanted members JSON.parse finds, with the bytes of their values', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const bytes = Buffer.from(text);
        const parsed = JSON.parse(text) as Record<string, unknown>;
        const top = scanTopLevel(bytes, wanted);
        expect(top).not.toBeNull();
        expect([...top!.members.keys()].sort()).toEqual(Object.keys(parsed).filter((name) => wanted.has(name)).sort());
        expect(top!.memberCount).toBe(Object.keys(parsed).length);
        for (const [name, span] of top!.members)
          expect(JSON.parse(bytes.toString('utf8', span.valueStart, span.valueEnd))).toEqual(parsed[name]);
      }),
      { numRuns: 2000 },
    );
  });

  it('sees a wanted name twice through any escape', () => {
    for (const text of ['{"model":1,"mo\\u0064el":2}', '{"mo\\u0064\\u0065l":1,"x":{},"model":2}', '{"a\\"b":1,"a\\u0022b":2}'])
      expect(scanTopLevel(Buffer.from(text), wanted)?.duplicate, text).toMatch(/^(model|a"b)$/);
    expect(scanTopLevel(Buffer.from('{"model":{"model":1},"x":["model"],"y":"model"}'), wanted)?.duplicate).toBeNull();
  });

  it.each(['', ' ', '[]', '"x"', '{', '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{,}', '{"a" 1}', '{"a":"x', '{"a":[1}', '{}x', '{"a":1 "b":2}', '{a:1}'])(
    'gives null for %j',
    (text) => expect(scanTopLevel(Buffer.from(text), wanted)).toBeNull(),
  );

  const suite = join(import.meta.dirname, '../../../../shared/data/conformance/JSONTestSuite/test_parsing');
  const files = existsSync(suite) ? readdirSync(suite) : [];
  if (files.length === 0) console.warn(`SKIPPED: JSONTestSuite is not at ${suite}`);

  it.skipIf(files.length === 0)('agrees with JSON.parse on every valid file of JSONTestSuite and never throws on the others', () => {
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
        expect(JSON.parse(bytes.toString('utf8', span.valueStart, span.valueEnd)), file).toEqual((parsed as Record<string, unknown>)[name]);
    }
    expect(valid).toBe(95);
  });
});

describe('spliceJson', () => {
  const edit = fc.oneof(
    fc.record({ name: fc.constantFrom(...names), value: fc.jsonValue({ maxDepth: 1 }).map((v) => JSON.stringify(v)) }),
    fc.record({ name: fc.constantFrom(...names), remove: fc.constant(true as const) }),
  );
  const edits = fc.uniqueArray<JsonEdit, string>(edit, { selector: (e) => e.name, maxLength: 5 });

  it('changes what is edited, as JSON.parse sees it, and nothing else', () => {
    fc.assert(
      fc.property(objectText, edits, (text, list) => {
        const bytes = Buffer.from(text);
        const expected = new Map(Object.entries(JSON.parse(text) as object));
        for (const e of list) {
          if ('remove' in e) expected.delete(e.name);
          else expected.set(e.name, JSON.parse(String(e.value)));
        }
        const spliced = spliceJson(bytes, scanTopLevel(bytes, wanted)!, list);
        expect(new Map(Object.entries(JSON.parse(spliced.toString()) as object))).toEqual(expected);
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
