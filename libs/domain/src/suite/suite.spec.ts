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
