import { expect, test } from 'vitest';
import { Grader } from '#contracts/use-case.js';
import { judgeKeyOf } from './judge-key.js';
import { labelOf, type LabelledPair } from './read-labels.js';

const pair = (also: Partial<LabelledPair>): LabelledPair => ({
  pairwise: true,
  flipped: false,
  score: 1,
  swapConsistent: true,
  says: [null, null],
  ...also,
});

test.each<[string, Partial<LabelledPair>, boolean | null | 'open']>([
  ['the candidate in both orders', { says: ['first', 'second'] }, true],
  ['the baseline in both orders', { says: ['second', 'first'] }, false],
  ['the first, whatever it was', { says: ['first', 'first'] }, null],
  ['a tie once', { says: ['first', 'tie'] }, null],
  ['one order only', { says: ['first', null] }, 'open'],
  ['flipped: the candidate in both orders', { flipped: true, says: ['second', 'first'] }, true],
  ['flipped: the baseline in both orders', { flipped: true, says: ['first', 'second'] }, false],
  ['one answer, good', { pairwise: false, says: ['good', null] }, true],
  ['one answer, bad', { pairwise: false, says: ['bad', null] }, false],
])('people say %s', (_, also, human) => {
  const label = labelOf(pair(also), 0.8);
  expect(label === null ? 'open' : label.human).toBe(human);
});

test.each<[Partial<LabelledPair>, boolean | null]>([
  [{ score: 1 }, true],
  [{ score: 0 }, false],
  [{ score: 0.5 }, null],
  [{ score: null }, null],
  [{ pairwise: false, score: 0.8, says: ['good', null] }, true],
  [{ pairwise: false, score: 0.7, says: ['good', null] }, false],
])('the judge’s word of %j is %s', (also, judge) =>
  expect(labelOf(pair({ says: ['first', 'second'], ...also }), 0.8)?.judge).toBe(judge),
);

test('another rubric or revision is another judge, and a grader without one has none', () => {
  const judge = (rubric: string) => Grader.parse({ kind: 'judge', route: 'j/j', compare: 'pairwise', rubric });
  const at = (revision: string) => [{ route: 'j/j', revision }];
  const keys = [
    judgeKeyOf(judge('The better one wins.'), at('1')),
    judgeKeyOf(judge('The shorter one wins.'), at('1')),
    judgeKeyOf(judge('The better one wins.'), at('2')),
  ];
  expect(new Set(keys).size).toBe(3);
  expect(judgeKeyOf(Grader.parse({ kind: 'numeric', reference: 'suite' }), [])).toBeNull();
});
