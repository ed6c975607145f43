/** The quick ways of reading a line agree with the slow ones they stand in for. */
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallRecord, type CallRecordWire } from '#contracts/call-record.js';
import { sampleCall, sampleId } from '../../../../test/support/sample-entries.js';
import { IdIndex } from './id-index.js';
import { isCanonical } from './is-canonical.js';
import { decodePlain, isPlainRecord } from './plain-record.js';

const jsonText = fc.oneof(
  fc.json({ stringUnit: 'binary' }),
  fc.json().map((text) => canonicalize(JSON.parse(text)) ?? text),
  fc.constantFrom(
    '{"b":1,"a":2}',
    '{"10":1,"9":2}',
    '{"9":1,"10":2}',
    '[-0]',
    '1.0',
    '1e21',
    '{"a":1,"a":1}',
    '"\\ud800"',
    '"\\u00e9"',
    '{"\\ud83d\\ude00":1}',
    '{"__proto__":1}',
  ),
);

/** What RFC 8785 says, in the words of the library that implements it. */
function byTheBook(text: string): boolean | 'refused' {
  try {
    return canonicalize(JSON.parse(text)) === text;
  } catch {
    return 'refused';
  }
}
function quickly(text: string): boolean | 'refused' {
  try {
    return isCanonical(text, JSON.parse(text));
  } catch {
    return 'refused';
  }
}

test('canonical or not: as RFC 8785 says', () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      expect(quickly(text)).toBe(byTheBook(text));
    }),
    { numRuns: 3_000 },
  );
});

const anyValue = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    '0',
    '-1',
    '01',
    '7',
    '9'.repeat(31),
    0,
    -1,
    1.5,
    2 ** 53,
    NaN,
    true,
    [],
    {},
    [null],
  ),
  fc.constantFrom(
    '2026-02-30T00:00:00.000Z',
    '2026-02-28T24:00:00.000Z',
    '2026-11-20T10:00:00Z',
    '2026-11-20T10:00:00.000+01:00',
  ),
  fc.constantFrom(sampleId(3), sampleId(3).toUpperCase(), 'ab'.repeat(32), 'Acme', 'acme', 'enforce', 'served'),
  fc.anything(),
);
const decision: CallRecordWire['decision'] = {
  requested: 'a/b',
  baseline: 'a/b',
  considered: [{ route: 'a/b', ineligible: null, expectedCostPicoUsd: '12' }],
  cheapestCompliant: null,
  expectedSavingPicoUsd: '-5',
  reason: 'requested',
};
const whole = sampleCall(5, {
  decision,
  line: { gate: 'ab'.repeat(32), position: 3, probability: 0.2 },
  replayOf: sampleId(1),
});

/** With what only some lines say. */
const wholeAndMore: CallRecordWire = { ...whole, tag: 'batch', refusedBy: 'plan', ceilingNanoUsd: '17' };

/** Every path into the record, so that each field of each part is changed by some run. */
function pathsInto(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([key, inner]) => pathsInto(inner, [...path, key])),
  ];
}
function changed(record: CallRecordWire, path: (string | number)[], value: unknown): CallRecordWire {
  const copy = structuredClone(record) as unknown as Record<string, unknown>;
  const parent = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, copy);
  parent[path.at(-1)!] = value;
  return copy as unknown as CallRecordWire;
}

test('what is taken for a record at a glance, the contract takes for the same', () => {
  expect(isPlainRecord(whole)).toBe(true);
  expect(decodePlain(whole)).toEqual(CallRecord.parse(whole));
  expect(isPlainRecord(wholeAndMore)).toBe(true);
  expect(decodePlain(wholeAndMore)).toEqual(CallRecord.parse(wholeAndMore));
  const paths = fc.constantFrom(...pathsInto(wholeAndMore));
  fc.assert(
    fc.property(paths, anyValue, (path, value) => {
      const record = changed(wholeAndMore, path, value);
      if (!isPlainRecord(record)) return;
      const parsed = CallRecord.safeParse(record);
      expect(parsed.error?.issues, path.join('.')).toBeUndefined();
      expect(parsed.data).toMatchObject(CallRecord.parse(record));
      expect(decodePlain(record).costPicoUsd).toBe(parsed.data?.costPicoUsd);
    }),
    { numRuns: 20_000 },
  );
  for (const field of Object.keys(whole).filter((name) => name !== 'raw'))
    expect(isPlainRecord(changed(whole, [field], undefined)), field).toBe(false);
}, 30_000);

test('an id is met where a map meets it', () => {
  const ids = fc.array(fc.oneof(fc.uuid(), fc.nat({ max: 50 }).map(sampleId)), { maxLength: 4_000 });
  fc.assert(
    fc.property(ids, (all) => {
      const [index, map] = [new IdIndex(), new Map<string, number>()];
      all.forEach((id, line) => {
        expect(index.put(id, line)).toBe(map.get(id) ?? -1);
        if (!map.has(id)) map.set(id, line);
      });
    }),
    { numRuns: 50 },
  );
});
