import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Grader } from '#contracts/use-case.js';
import { checkGrader } from './check-grader.js';
import { gradeAnswer } from './grade-answer.js';
import { describeGrader, type GraderUnderTest } from './grader.conformance.js';
import type { GradeFinding, GradeNeed } from './grade.js';

const blns = join(import.meta.dirname, '../../../../../../shared/data/conformance/blns/blns.json');
if (!existsSync(blns)) console.warn(`SKIPPED: naughty strings are not at ${blns}`);
const naughty: string[] = existsSync(blns) ? JSON.parse(readFileSync(blns, 'utf8')) : [];

const schema = { type: 'object', required: ['answer'], properties: { answer: { type: 'string', pattern: '^(a+)+$' } } };
const recursive = {
  $ref: '#/definitions/list',
  definitions: { list: { type: 'array', items: { $ref: '#/definitions/list' } } },
};
const weather = [{ name: 'get_weather', arguments: '{"city":"Paris"}' }];

const picture = (name: string) => `data:image/png;base64,${name}`;
/** Sees pictures in what says it is one; two are as alike as their names are the same. */
function looked(pictures: string[]): GradeFinding {
  const [own, other] = pictures;
  return {
    kind: 'look',
    pictures: pictures.map((one) =>
      one.startsWith(picture('')) ? { format: 'png', width: 8, height: 8, blank: false } : null,
    ),
    similarity: own === other ? 1 : 0.25,
  };
}

/** A judge that likes what holds "Yes", says so in the form asked for, and finds all that was retrieved in order. */
const judge = (need: GradeNeed): GradeFinding => {
  if (need.kind === 'embed') return { kind: 'embed', vectors: need.texts.map(() => [1, 2, 3]) };
  if (need.kind === 'run') return { kind: 'run', passed: need.scripts[1]?.includes('right') === true };
  if (need.kind === 'look') return looked(need.pictures);
  if (need.kind === 'rag') return { kind: 'rag', score: 1 };
  const first = need.user.split('\n').find((line) => line.startsWith('answer A:')) ?? '';
  if (need.system.includes('"winner"'))
    return { kind: 'ask', text: JSON.stringify({ reason: '', winner: first.includes('oh yes') ? 'A' : 'B' }) };
  return { kind: 'ask', text: '```json\n{"reason":"fine","score":10}\n```' };
};
const rubric = 'Right and complete answers score 10.';

/** Every kind of grader under every kind of reference, with an answer that is right. */
const graders: (Omit<GraderUnderTest, 'grader'> & { grader: object })[] = [
  ...(['suite', 'baseline'] as const).flatMap((reference) => [
    { name: `exact/${reference}`, grader: { kind: 'exact', reference }, expected: 'Yes', right: ' yes\n' },
    { name: `contains/${reference}`, grader: { kind: 'contains', reference }, expected: 'Yes', right: 'oh yes!' },
    {
      name: `numeric/${reference}`,
      grader: { kind: 'numeric', reference },
      expected: '18',
      right: '{"answer": "$18"}',
    },
    {
      name: `json_schema/${reference}`,
      grader: { kind: 'json_schema', schema, reference },
      expected: reference === 'suite' ? { answer: 'aa' } : '{"answer":"aa"}',
      right: '{"answer":"aa","why":1}',
    },
    {
      name: `json_fields/${reference}`,
      grader: { kind: 'json_fields', reference },
      expected: '{"a":1,"b":[{"c":null}]}',
      right: '{"b":[{"c":null}],"a":1}',
    },
    ...(reference === 'suite'
      ? (['chrf2', 'chrf++', 'bleu', 'rouge1', 'rouge2', 'rougeL'] as const)
      : (['rougeL'] as const)
    ).map((metric) => ({
      name: `text_similarity ${metric}/${reference}`,
      grader: { kind: 'text_similarity', reference, metric },
      expected: 'the quick brown fox jumps',
      right: 'the quick brown fox jumps',
    })),
    {
      name: `tool_calls/${reference}`,
      grader: { kind: 'tool_calls', reference },
      expected: [{ get_weather: { city: ['paris'] } }],
      right: 'calling',
      rightCalls: weather,
    },
    {
      name: `image/${reference}`,
      grader: { kind: 'image', reference },
      expected: picture('cat'),
      right: picture('cat'),
      tell: judge,
    },
    {
      name: `composite/${reference}`,
      grader: {
        kind: 'composite',
        parts: [
          { weight: 3, grader: { kind: 'contains', reference } },
          { weight: 1, grader: { kind: 'embedding', reference, route: 'emb/small' } },
        ],
      },
      expected: 'Yes',
      right: 'oh yes',
      tell: judge,
    },
  ]),
  { name: 'regex', grader: { kind: 'regex', pattern: '(a+)+b|^\\s*$|' }, expected: undefined, right: 'aab' },
  { name: 'json_schema', grader: { kind: 'json_schema', schema }, expected: undefined, right: '{"answer":"a"}' },
  {
    name: 'json_schema, recursive',
    grader: { kind: 'json_schema', schema: recursive },
    expected: undefined,
    right: '[[],[[]]]',
  },
  {
    name: 'code',
    grader: { kind: 'code', reference: 'suite' },
    expected: 'assert(right())',
    right: 'function right() { return 1; }',
    tell: judge,
  },
  {
    name: 'judge alone',
    grader: { kind: 'judge', route: 'j/j', compare: 'pointwise', rubric },
    expected: undefined,
    right: 'good',
    tell: judge,
  },
  {
    name: 'image of a form',
    grader: { kind: 'image', format: 'png', width: 8, height: 8 },
    expected: undefined,
    right: picture('cat'),
    tell: judge,
  },
  {
    name: 'judge with a reference',
    grader: { kind: 'judge', route: 'j/j', compare: 'pointwise', rubric, reference: 'suite' },
    expected: 'Yes',
    right: 'good',
    tell: judge,
  },
  {
    name: 'judge of pairs',
    grader: { kind: 'judge', route: 'j/j', compare: 'pairwise', rubric },
    expected: 'No',
    right: 'oh yes',
    tell: judge,
  },
  {
    name: 'faithfulness',
    grader: { kind: 'rag', measure: 'faithfulness', route: 'j/j' },
    expected: undefined,
    right: 'so',
    tell: judge,
  },
  {
    name: 'answer relevancy',
    grader: { kind: 'rag', measure: 'answer_relevancy', route: 'j/j', embeddings: 'emb/small' },
    expected: undefined,
    right: 'so',
    tell: judge,
  },
  ...(['context_precision', 'context_recall'] as const).map((measure) => ({
    name: measure,
    grader: {
      kind: 'composite',
      parts: [
        { weight: 1, grader: { kind: 'rag', measure, route: 'j/j', reference: 'suite' } },
        { weight: 1, grader: { kind: 'contains', reference: 'suite' } },
      ],
    },
    expected: 'so',
    right: 'so',
    tell: judge,
  })),
];

const parsed: GraderUnderTest[] = graders.map((one) => ({ ...one, grader: Grader.parse(one.grader) }));
for (const one of parsed) describeGrader(one, naughty);

test('every kind there is stands in the table', () => {
  const kinds = new Set(
    parsed.flatMap(({ grader }) => [
      grader.kind,
      ...(grader.kind === 'composite' ? grader.parts.map((part) => part.grader.kind) : []),
    ]),
  );
  const declared = Grader.options.map((option) => option.shape.kind.value);
  expect([...kinds].sort()).toEqual([...declared].sort());
});

test('the naughty strings are all there', ({ skip }) => {
  if (naughty.length === 0) skip();
  expect(naughty.length).toBeGreaterThan(500);
});

const composite = (...kinds: object[]) => ({
  kind: 'composite',
  parts: kinds.map((grader) => ({ weight: 1, grader })),
});
const embedding = { kind: 'embedding', reference: 'suite', route: 'emb/small' };
const contains = { kind: 'contains', reference: 'suite' };

test.each([
  [{ kind: 'regex', pattern: '(?=a)' }, /does not compile/],
  [{ kind: 'regex', pattern: '(a)\\1' }, /does not compile/],
  [{ kind: 'json_schema', schema: { type: 'nonsense' } }, /does not compile/],
  [{ kind: 'json_schema', schema: { $ref: 'https://example.org/elsewhere.json' } }, /does not compile/],
  [{ kind: 'json_schema', schema: { type: 'string', pattern: '(?<!a)b' } }, /does not compile/],
  [{ kind: 'json_schema', schema: { $async: true, type: 'string' } }, /does not compile/],
  [composite(contains, { kind: 'regex', pattern: '(?=a)' }), /does not compile/],
  [embedding, /never decides alone/],
  [composite(embedding, embedding), /never decides alone/],
  [{ kind: 'rag', measure: 'context_recall', route: 'j/j', reference: 'suite' }, /say nothing of a route/],
  [{ kind: 'rag', measure: 'answer_relevancy', route: 'j/j' }, /needs an embeddings route/],
  [composite(contains, { kind: 'rag', measure: 'context_precision', route: 'j/j' }), /need the right answer/],
  [{ kind: 'rag', measure: 'faithfulness', route: 'j/j', passagesBy: '(?=a)' }, /does not compile/],
  [composite(contains, { kind: 'judge', route: 'j/j', compare: 'pairwise', rubric }), /stands alone/],
])('%j is refused when declared, and scores nothing', (declared, why) => {
  const grader = Grader.parse(declared);
  expect(checkGrader(grader)).toMatch(why);
  expect(gradeAnswer(grader, { answer: '"ab"', expected: 'x', baselineAnswer: null })).toHaveProperty('notGradable');
});
