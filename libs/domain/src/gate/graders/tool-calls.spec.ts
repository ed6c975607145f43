/** The rules of BFCL's AST checker, one row each. */
import { describe, expect, test } from 'vitest';
import { callsAsReference, gradeToolCalls } from './grade-tool-calls.js';

const functions = [
  {
    name: 'weather.get',
    parameters: {
      properties: {
        city: { type: 'string' },
        days: { type: 'integer' },
        limit: { type: 'float' },
        tags: { type: 'array' },
        where: { type: 'dict' },
        now: { type: 'boolean' },
      },
      required: ['city'],
    },
  },
];
const allowed = {
  city: ['San Francisco', "St. John's"],
  days: [3, ''],
  limit: [2.5, 3, ''],
  tags: [['Wind', 'rain'], ''],
  where: [{ lat: [1.5], place: ['Oslo', ''] }, ''],
  now: [true, ''],
};
const reference = { calls: [{ 'weather.get': allowed }], functions };
const call = (fields: unknown, name = 'weather_get') => ({
  name,
  arguments: typeof fields === 'string' ? fields : JSON.stringify(fields),
});
const score = (calls: ReturnType<typeof call>[], against: unknown = reference) => gradeToolCalls(calls, against);

describe('one call', () => {
  test.each([
    ['as asked', { city: 'San Francisco' }, 1],
    ['punctuation, space and case do not count', { city: 'san-francisco.' }, 1],
    ['\' is "', { city: 'St. John"s' }, 1],
    ['another value', { city: 'Oslo' }, 0],
    ['a required one is missing', { days: 3 }, 0],
    ['an unknown argument', { city: 'San Francisco', units: 'C' }, 0],
    ['an optional integer', { city: 'San Francisco', days: 3 }, 1],
    ['a float for an integer', '{"city":"San Francisco","days":3.0}', 0],
    ['an integer for a float', { city: 'San Francisco', limit: 3 }, 1],
    ['a float', '{"city":"San Francisco","limit":2.5}', 1],
    ['a whole float for a float', '{"city":"San Francisco","limit":3.0}', 1],
    ['a number as text', { city: 'San Francisco', days: '3' }, 0],
    ['a list in order', { city: 'San Francisco', tags: ['wind', 'rain'] }, 1],
    ['a list out of order', { city: 'San Francisco', tags: ['rain', 'wind'] }, 0],
    ['a longer list', { city: 'San Francisco', tags: ['wind', 'rain', 'snow'] }, 0],
    ['a dictionary', { city: 'San Francisco', where: { lat: 1.5, place: 'oslo' } }, 1],
    ['a dictionary without its optional key', { city: 'San Francisco', where: { lat: 1.5 } }, 1],
    ['a dictionary without a key it needs', { city: 'San Francisco', where: { place: 'Oslo' } }, 0],
    ['a dictionary with a key too many', { city: 'San Francisco', where: { lat: 1.5, lon: 2 } }, 0],
    ['a boolean', { city: 'San Francisco', now: true }, 1],
    ['a boolean as text', { city: 'San Francisco', now: 'true' }, 0],
    ['arguments that do not parse', '{"city":', 0],
    ['arguments that are a list', '["San Francisco"]', 0],
    ['a key of the prototype', '{"city":"San Francisco","__proto__":1}', 0],
  ])('%s', (_, fields, wanted) => expect(score([call(fields)])).toEqual({ score: wanted }));

  test('the name decides, dots or underscores', () => {
    expect(score([call({ city: 'San Francisco' }, 'weather.get')])).toEqual({ score: 1 });
    expect(score([call({ city: 'San Francisco' }, 'weather')])).toEqual({ score: 0 });
  });

  test('an argument that may not be absent', () => {
    const strict = [{ f: { a: [1], b: [2, ''] } }];
    expect(score([call({ a: 1 }, 'f')], strict)).toEqual({ score: 1 });
    expect(score([call({ b: 2 }, 'f')], strict)).toEqual({ score: 0 });
  });
});

describe('several calls', () => {
  const two = [{ f: { a: [1, 2] } }, { f: { a: [1] } }];
  test.each([
    ['in any order', [{ a: 1 }, { a: 2 }], [{ f: { a: [1] } }, { f: { a: [2] } }], 1],
    ['reversed', [{ a: 2 }, { a: 1 }], [{ f: { a: [1] } }, { f: { a: [2] } }], 1],
    ['too few', [{ a: 1 }], two, 0],
    ['too many', [{ a: 1 }, { a: 2 }, { a: 1 }], two, 0],
    ['greedily from the reference: the first takes what the second would need', [{ a: 1 }, { a: 2 }], two, 0],
    ['one call does not serve twice', [{ a: 1 }, { a: 3 }], [{ f: { a: [1] } }, { f: { a: [1] } }], 0],
  ])('%s', (_, given, wanted, outcome) =>
    expect(
      score(
        given.map((fields) => call(fields, 'f')),
        wanted,
      ),
    ).toEqual({ score: outcome }),
  );

  test('nothing may be called', () => {
    expect(score([], [])).toEqual({ score: 1 });
    expect(score([call({}, 'f')], [])).toEqual({ score: 0 });
  });
});

test.each([['text'], [[{ f: { a: 1 } }]], [[{ f: {}, g: {} }]], [[1]], [{}], [null]])('%j is no reference', (wrong) =>
  expect(score([], wrong)).toHaveProperty('notGradable'),
);

test('the baseline’s calls as a reference accept themselves and little else', () => {
  const fields = { city: 'Oslo', n: 2, deep: { list: ['a', 'b'], more: { x: 1.5 } }, none: [] };
  const wanted = callsAsReference([call(fields, 'f')]);
  expect(score([call(fields, 'f')], wanted)).toEqual({ score: 1 });
  expect(score([call({ ...fields, n: 3 }, 'f')], wanted)).toEqual({ score: 0 });
  expect(score([call({ ...fields, deep: { list: ['b', 'a'], more: { x: 1.5 } } }, 'f')], wanted)).toEqual({ score: 0 });
  expect(callsAsReference([call('{', 'f')])).toBeNull();
});
