import { describe, expect, test } from 'vitest';
import { Grader } from '#contracts/use-case.js';
import { equalFields } from './equal-fields.js';
import { equalNumbers, numbersIn } from './exact-number.js';
import { gradeAnswer } from './grade-answer.js';
import { numberOf } from './grade-numeric.js';

const score = (grader: unknown, answer: string, expected?: unknown, baselineAnswer: string | null = null) => {
  const grade = gradeAnswer(Grader.parse(grader), { answer, expected, baselineAnswer });
  return 'score' in grade ? grade.score : grade.notGradable;
};

describe('numeric', () => {
  const shown = (text: string) => {
    const number = numberOf(text);
    return number === null ? null : Number(number.numerator) / Number(number.denominator);
  };

  test.each([
    ['{"reasoning": "9 + 9", "answer": "18"}', 18],
    ['```json\n{"answer": 18.50}\n```\nThat is 9 + 9.5.', 18.5],
    ['Here: {"reasoning": "x", "answer": "$1,450,000"} as asked', 1_450_000],
    ['{"reasoning": "a\nbroken "quote" 7", "answer": "67\\"}', 67],
    ['{"reasoning": "see \\"answer\\": 3", "answer": 4', 4],
    ['{"answer": 1} then corrected {"answer": 2}', 2],
    ['{"answer": null, "other": 5}', null],
    ['{"answer": "none"} #### 5', null],
    ['{"answer": "2:00 pm"}', 2],
    ['{"answer": "33.33%"}', 33.33],
    ['{"answer": "-$14"}', -14],
    ['{"answer": "2/3 cup"}', 2 / 3],
    ['{"answer": ".5"}', 0.5],
    ['{"answer": "\uff11\uff18"}', 18],
    ['{"answer": 2.5e3}', 2500],
    ['9 * 2 = 18\n#### 18', 18],
    ['#### 3\nno, #### 4 apples', 4],
    ['so $\\boxed{-25}$ of 30', -25],
    ['18', 18],
    ['It costs $18.', 18],
    ['9 * 2 = 18', null],
    ['no idea', null],
  ])('%j says %s', (text, number) => expect(shown(text)).toBe(number));

  test('numbers are compared exactly', () => {
    const equal = (a: string, b: string) => equalNumbers(numbersIn(a)[0]!, numbersIn(b)[0]!);
    expect(equal('18.00', '18')).toBe(true);
    expect(equal('2/3', '0.6666666666666667')).toBe(false);
    expect(equal('6/4', '1.5')).toBe(true);
    expect(equal('9007199254740993', '9007199254740992')).toBe(false);
    expect(equal('1e400', '1e401')).toBe(false);
    expect(numbersIn('1/0')).toEqual([null]);
    expect(numbersIn('9'.repeat(401))).toEqual([null]);
  });

  test('references: a number, a text with one, an object with an answer, the baseline', () => {
    const suite = { kind: 'numeric', reference: 'suite' };
    for (const expected of [18, '# 18', '18 dollars', 'so 9 + 9\n#### 18', { answer: '18' }])
      expect(score(suite, '18', expected)).toBe(1);
    for (const expected of [null, '', 'many', '3 or 4', {}, ['18'], true])
      expect(score(suite, '18', expected)).toMatch(/no number/);
    expect(score({ kind: 'numeric', reference: 'baseline' }, '{"answer": 18}', undefined, 'It is 18.0')).toBe(1);
    expect(score({ kind: 'numeric', reference: 'baseline' }, '{"answer": 18}', undefined, 'no idea')).toMatch(
      /no number/,
    );
  });
});

describe('exact and contains', () => {
  test.each([
    ['exact', {}, 'Yes', 'YES ', 1],
    ['exact', { ignoreCase: false }, 'Yes', 'YES', 0],
    ['exact', {}, 'caf\u00e9', 'cafe\u0301', 1],
    ['exact', {}, 'a b', 'a  b', 0],
    ['exact', {}, 42, '42', 1],
    ['exact', {}, true, 'True', 1],
    ['exact', {}, { a: 1 }, '{"a":1}', 'the reference is not a text'],
    ['contains', {}, 'Paris', 'It is paris.', 1],
    ['contains', { ignoreCase: false }, 'Paris', 'It is paris.', 0],
    ['contains', {}, ['paris', 'france'], 'Paris, France', 1],
    ['contains', {}, ['paris', 'texas'], 'Paris, France', 0],
    ['contains', {}, [], 'Paris', 'the reference is not a text or a list of texts'],
    ['contains', {}, ['paris', ''], 'Paris', 'the reference is not a text or a list of texts'],
  ])('%s %j of %j in %j: %s', (kind, more, expected, answer, outcome) =>
    expect(score({ kind, reference: 'suite', ...more }, answer, expected)).toBe(outcome),
  );
});

test.each([
  ['yes', 'oh yes', 1],
  ['^yes$', 'oh yes', 0],
  ['(?i)^YES$', 'yes', 1],
  ['\\p{Greek}', 'αβγ', 1],
  ['^(a+)+$', `${'a'.repeat(50_000)}!`, 0],
])('regex %s in %#: %s', (pattern, answer, outcome) => expect(score({ kind: 'regex', pattern }, answer)).toBe(outcome));

describe('json_schema', () => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string', minLength: 1 }, n: { type: 'integer' } },
    required: ['city'],
  };

  test.each([
    ['{"city":"Rome","n":1}', 1],
    [' {"city":"Rome"} \n', 1],
    ['{"n":1}', 0],
    ['{"city":""}', 0],
    ['{"city":"Rome","n":1.5}', 0],
    ['```json\n{"city":"Rome"}\n```', 0],
    ['{"city":"Rome"', 0],
  ])('valid alone: %s scores %s', (answer, outcome) =>
    expect(score({ kind: 'json_schema', schema }, answer)).toBe(outcome),
  );

  test('with a reference, the fields it names must be equal', () => {
    const suite = { kind: 'json_schema', schema, reference: 'suite' };
    expect(score(suite, '{"city":"Rome","n":1}', { city: 'Rome' })).toBe(1);
    expect(score(suite, '{"city":"Rome","n":1}', { city: 'Rome', n: 2 })).toBe(0);
    expect(score(suite, '{"city":"Rome"}', { city: 'Rome', n: 2 })).toBe(0);
    const baseline = { kind: 'json_schema', schema, reference: 'baseline' };
    expect(score(baseline, '{"city":"Rome"}', undefined, '{"city":"Rome"}')).toBe(1);
    expect(score(baseline, '{"city":"Rome"}', undefined, 'Rome')).toBe('the reference is not JSON');
  });

  test('draft-07 unless the schema names 2020-12', () => {
    const prefixItems = [{ type: 'string' }];
    expect(score({ kind: 'json_schema', schema: { prefixItems } }, '[1]')).toBe(1);
    expect(
      score(
        { kind: 'json_schema', schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems } },
        '[1]',
      ),
    ).toBe(0);
  });

  test('two patterns of one schema stay two patterns', () => {
    const two = {
      type: 'object',
      properties: { a: { type: 'string', pattern: '^x$' }, b: { type: 'string', pattern: '^y$' } },
    };
    expect(score({ kind: 'json_schema', schema: two }, '{"a":"x","b":"y"}')).toBe(1);
    expect(score({ kind: 'json_schema', schema: two }, '{"a":"x","b":"x"}')).toBe(0);
  });

  test.each([
    [{ a: [1, { b: 2 }] }, { a: [1, { b: 2, c: 3 }], d: 4 }, true],
    [[1, 2], [1, 2, 3], false],
    [[1, 2], [2, 1], false],
    [{ 0: 1 }, [1], false],
    [{ toString: 1 }, {}, false],
    [{}, null, false],
    [null, null, true],
    [1, '1', false],
  ])('fields of %j in %j: %s', (expected, given, equal) => expect(equalFields(expected, given)).toBe(equal));
});
