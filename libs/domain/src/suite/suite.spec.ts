import { expect, test } from 'vitest';
import { Floor, Grader } from '#contracts/use-case.js';
import { promptfooFrom, suiteFromPromptfoo } from './promptfoo.js';
import { casesOf, suiteHashOf } from './suite-hash.js';
import { readSuiteLines, writeSuiteLines } from './suite-lines.js';

const line = (input: string, expected: unknown) => JSON.stringify({ input, expected });

test('the order of lines does not make another suite; anything else does', () => {
  const hash = (...texts: string[]) => suiteHashOf(casesOf(readSuiteLines(texts.join('\n'))));
  const both = hash(line('a', 1), line('b', 2));
  expect(hash(line('b', 2), '', line(' a ', 1))).toBe(both);
  expect(
    new Set([both, hash(line('a', 1), line('b', 3)), hash(line('a', 1)), hash(line('a', 1), line('c', 2))]).size,
  ).toBe(4);
});

test.each([
  ['', /holds no case/],
  ['{"input": "a"}', /Line 1 .*expected/],
  ['{"input": "a", "expected": 1}\n{"input": " A", "expected": 1, "extra": 2}', /Line 2 .*extra/],
  ['{"input": "a  b", "expected": 1}\n{"input": "a b", "expected": 2}', /asks the same as line 1/],
  ['nonsense', /Line 1/],
])('%j is refused by line', (text, words) => expect(() => readSuiteLines(text)).toThrow(words));

test('lines survive being written', () => {
  const lines = readSuiteLines(`${line('a\nb', { x: [1] })}\n${line('c', null)}`);
  expect(readSuiteLines(writeSuiteLines(lines))).toEqual(lines);
});

const floor = Floor.parse({ absolute: 0.9 });
const tool = (name: string) => ({ type: 'function' as const, function: { name, parameters: { type: 'object' } } });
const choice = (name: string) => ({ type: 'function' as const, function: { name } });

test('what a case offers makes another suite; a case that offers nothing is what it always was', () => {
  const hash = (also: object) => suiteHashOf(casesOf([{ input: 'a', expected: [], ...also }]));
  // Of a version that knew no tools.
  expect(hash({})).toBe('57f4951cc1f13b1fad5ba29c755f89150fb17dce0683de223b164159bd44f6ef');
  expect(hash({ tools: undefined, toolChoice: undefined })).toBe(hash({}));
  const hashes = [
    hash({}),
    hash({ tools: [tool('sort')] }),
    hash({ tools: [tool('move')] }),
    hash({ tools: [tool('sort')], toolChoice: 'required' }),
  ];
  expect(new Set(hashes).size).toBe(4);
});

test('tools survive being written, and promptfoo: the suite’s as its default, a case’s own with the case', () => {
  const offering = [
    { input: 'a', expected: [{ sort: {} }], tools: [tool('sort')], toolChoice: choice('sort') },
    { input: 'b', expected: [] },
  ];
  expect(readSuiteLines(writeSuiteLines(offering))).toEqual(offering);
  const grader = Grader.parse({ kind: 'tool_calls', reference: 'suite' });
  const suite = { grader, floor, system: null, tools: [tool('move')], toolChoice: 'auto' as const };
  const written = JSON.parse(JSON.stringify(promptfooFrom(offering, suite)));
  expect(written.tests[0].options).toEqual({ tools: [tool('sort')], tool_choice: choice('sort') });
  expect(suiteFromPromptfoo(written)).toEqual({ lines: offering, ...suite });
});

test.each([
  [{ toolChoice: 'auto' }, /toolChoice: names no tool/],
  [{ tools: [tool('sort')], toolChoice: choice('move') }, /toolChoice: names no tool/],
  [{ tools: [] }, /tools/],
  [{ tools: [{ type: 'web_search' }] }, /tools\.0/],
  [{ tool_choice: 'auto' }, /tool_choice/],
])('a line that offers %j is refused', (also, words) =>
  expect(() => readSuiteLines(JSON.stringify({ input: 'a', expected: [], ...also }))).toThrow(words),
);

test('what promptfoo’s providers are given to call is the suite’s, as long as it is the same', () => {
  const asserted = { tests: [{ vars: { input: 'a' }, assert: [{ type: 'equals', value: '1' }] }] };
  const config = { temperature: 0, tools: [tool('sort')], tool_choice: 'required' };
  const read = (providers: unknown) => suiteFromPromptfoo({ ...asserted, providers });
  expect(read([{ id: 'openai:a', config }, { 'openai:b': { config } }])).toMatchObject({
    tools: [tool('sort')],
    toolChoice: 'required',
  });
  expect(read('openai:a')).not.toHaveProperty('tools');
  expect(() => read([{ id: 'openai:a', config }, 'openai:b'])).toThrow(/different tools/);
  expect(() => read([{ id: 'openai:a', config: { tools: 'file://tools.yaml' } }])).toThrow(/providers/);
});
const lines = [
  { input: 'What is 2+2? {{not a variable', expected: '4' },
  { input: 'Say "yes"', expected: 'yes' },
];

test.each([
  { kind: 'exact', reference: 'suite' },
  { kind: 'contains', reference: 'suite', ignoreCase: false },
  { kind: 'regex', pattern: 'yes|4' },
  { kind: 'json_schema', schema: { type: 'object' }, reference: 'suite' },
  { kind: 'code', reference: 'suite' },
  {
    kind: 'composite',
    parts: [
      { weight: 1, grader: { kind: 'json_fields', reference: 'suite' } },
      { weight: 2, grader: { kind: 'exact', reference: 'suite' } },
    ],
  },
])('what is exported comes back: $kind', (declared) => {
  const grader = Grader.parse(declared);
  const suite = { grader, floor, system: 'Be brief.' };
  expect(suiteFromPromptfoo(JSON.parse(JSON.stringify(promptfooFrom(lines, suite))))).toEqual({ lines, ...suite });
});

test('a prompt of one case’s own comes back with it', () => {
  const own = [
    { input: 'a', expected: 'b', system: 'As a poet.' },
    { input: 'c', expected: 'd' },
  ];
  const suite = { grader: Grader.parse({ kind: 'exact', reference: 'suite' }), floor, system: 'Be brief.' };
  expect(suiteFromPromptfoo(promptfooFrom(own, suite)).lines).toEqual(own);
});

test('a file of promptfoo’s own', () => {
  const imported = suiteFromPromptfoo({
    prompts: ['Translate to {{ language }}: {{text}}'],
    providers: ['openai:gpt-4o-mini'],
    tests: [
      { vars: { language: 'French', text: 'cheese' }, assert: [{ type: 'icontains-all', value: ['fromage'] }] },
      { vars: { language: 'German', text: 'cheese' }, assert: [{ type: 'icontains-all', value: ['Käse'] }] },
    ],
  });
  expect(imported.lines).toEqual([
    { input: 'Translate to French: cheese', expected: ['fromage'] },
    { input: 'Translate to German: cheese', expected: ['Käse'] },
  ]);
  expect(imported.grader).toEqual({ kind: 'contains', reference: 'suite', ignoreCase: true });
});

const only = (assert: unknown, vars = { input: 'a' }) => ({ tests: [{ vars, assert }] });
test.each([
  [{}, /no promptfoo configuration/],
  [{ tests: [] }, /holds no test/],
  [{ ...only([{ type: 'equals', value: '1' }]), prompts: ['a', 'b'] }, /exactly one prompt/],
  [only([]), /exactly one assertion/],
  [
    only([
      { type: 'equals', value: '1' },
      { type: 'contains', value: '1' },
    ]),
    /exactly one assertion/,
  ],
  [only([{ type: 'javascript', value: 'output.length > 3' }]), /"javascript", which no grader/],
  [only([{ type: 'toString', value: 1 }]), /"toString", which no grader/],
  [only([{ type: 'equals' }]), /without a usable value/],
  [{ ...only([{ type: 'equals', value: '1' }]), prompts: ['{{question}}'] }, /no variable "question"/],
  [
    { tests: [...only([{ type: 'equals', value: '1' }]).tests, ...only([{ type: 'contains', value: '1' }]).tests] },
    /Line 2 .*one grader/,
  ],
])('%j is refused', (config, words) => expect(() => suiteFromPromptfoo(config)).toThrow(words));
