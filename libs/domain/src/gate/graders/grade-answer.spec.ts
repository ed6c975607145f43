import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Grader } from '#contracts/use-case.js';
import { checkGrader, gradeAnswer, type Graded } from './grade-answer.js';

const blns = join(import.meta.dirname, '../../../../../../shared/data/conformance/blns/blns.json');
if (!existsSync(blns)) console.warn(`SKIPPED: naughty strings are not at ${blns}`);
const naughty: string[] = existsSync(blns) ? JSON.parse(readFileSync(blns, 'utf8')) : [];

const schema = { type: 'object', required: ['answer'], properties: { answer: { type: 'string', pattern: '^(a+)+$' } } };
const recursive = {
  $ref: '#/definitions/list',
  definitions: { list: { type: 'array', items: { $ref: '#/definitions/list' } } },
};

/** Every kind of grader under every kind of reference, with an answer that is right. */
const graders: { name: string; grader: Grader; expected: unknown; right: string }[] = [
  ...(['suite', 'baseline'] as const).flatMap((reference) => [
    {
      name: `exact/${reference}`,
      grader: Grader.parse({ kind: 'exact', reference }),
      expected: 'Yes',
      right: ' yes\n',
    },
    {
      name: `contains/${reference}`,
      grader: Grader.parse({ kind: 'contains', reference }),
      expected: 'Yes',
      right: 'oh yes!',
    },
    {
      name: `numeric/${reference}`,
      grader: Grader.parse({ kind: 'numeric', reference }),
      expected: '18',
      right: '{"answer": "$18"}',
    },
    {
      name: `json_schema/${reference}`,
      grader: Grader.parse({ kind: 'json_schema', schema, reference }),
      expected: reference === 'suite' ? { answer: 'aa' } : '{"answer":"aa"}',
      right: '{"answer":"aa","why":1}',
    },
  ]),
  {
    name: 'regex',
    grader: Grader.parse({ kind: 'regex', pattern: '(a+)+b|^\\s*$|' }),
    expected: undefined,
    right: 'aab',
  },
  {
    name: 'json_schema',
    grader: Grader.parse({ kind: 'json_schema', schema }),
    expected: undefined,
    right: '{"answer":"a"}',
  },
  {
    name: 'json_schema, recursive',
    grader: Grader.parse({ kind: 'json_schema', schema: recursive }),
    expected: undefined,
    right: '[[],[[]]]',
  },
];

describe.each(graders)('$name', ({ grader, expected, right }) => {
  const graded = (answer: string | null, reference: unknown = expected): Graded => ({
    answer,
    expected: reference,
    baselineAnswer: typeof reference === 'string' ? reference : null,
  });
  const grade = (answer: string | null) => gradeAnswer(grader, graded(answer));

  test('a right answer scores 1, a missing or blank one 0', () => {
    expect(grade(right)).toEqual({ score: 1 });
    for (const missing of [null, '', ' \n\t']) expect(grade(missing)).toEqual({ score: 0 });
  });

  test('a missing reference is not gradable, whatever the answer', () => {
    if (grader.kind === 'regex' || grader.reference === undefined) return;
    for (const answer of [null, '', right, 'wrong']) {
      const grade = gradeAnswer(grader, { answer, expected: undefined, baselineAnswer: null });
      expect(grade).toEqual({ notGradable: expect.any(String) });
    }
    expect(gradeAnswer(grader, { answer: '', expected: undefined, baselineAnswer: '  ' })).toHaveProperty(
      'notGradable',
    );
  });

  test('any text scores in [0,1], twice the same, and none throws', () => {
    const holds = (answer: string) => {
      const first = grade(answer);
      expect('score' in first && first.score >= 0 && first.score <= 1).toBe(true);
      expect(grade(answer)).toEqual(first);
      expect(gradeAnswer(grader, graded(right, answer))).toEqual(gradeAnswer(grader, graded(right, answer)));
    };
    naughty.forEach(holds);
    const deep = 20_000;
    const hostile = [
      '[',
      '{"answer":',
      '\\boxed{',
      '#### ',
      '"answer": ',
      '```',
      '1,',
      '9',
      '-',
      '/',
      ' ',
      'a',
      '\\',
      '\u0000',
      '\ud800',
    ];
    for (const piece of hostile) holds(piece.repeat(deep));
    holds('['.repeat(deep) + ']'.repeat(deep));
    holds(`{"answer":"${'a'.repeat(deep)}!"}`);
    holds('{"__proto__":{"answer":"aa"},"constructor":1}');
    holds('{"answer":1e999}');
    holds('{"answer":"1/0"}');
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), holds), { numRuns: 100 });
  });

  test('whether a call is gradable does not depend on the answer', () => {
    for (const reference of naughty) {
      const gradable = (answer: string | null) => 'score' in gradeAnswer(grader, graded(answer, reference));
      expect([gradable(null), gradable('18')]).toEqual([gradable(right), gradable(right)]);
    }
  });
});

test('the naughty strings are all there', ({ skip }) => {
  if (naughty.length === 0) skip();
  expect(naughty.length).toBeGreaterThan(500);
});

test('graders that cannot be compiled say so when declared, and score nothing', () => {
  const broken = [
    Grader.parse({ kind: 'regex', pattern: '(?=a)' }),
    Grader.parse({ kind: 'regex', pattern: '(a)\\1' }),
    Grader.parse({ kind: 'json_schema', schema: { type: 'nonsense' } }),
    Grader.parse({ kind: 'json_schema', schema: { $ref: 'https://example.org/elsewhere.json' } }),
    Grader.parse({ kind: 'json_schema', schema: { type: 'string', pattern: '(?<!a)b' } }),
    Grader.parse({ kind: 'json_schema', schema: { $async: true, type: 'string' } }),
  ];
  for (const grader of broken) {
    expect(checkGrader(grader)).toMatch(/does not compile/);
    expect(gradeAnswer(grader, { answer: '"ab"', expected: 'x', baselineAnswer: null })).toHaveProperty('notGradable');
  }
  for (const { grader } of graders) expect(checkGrader(grader)).toBeNull();
});
