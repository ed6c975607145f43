import { expect, test } from 'vitest';
import type { Verdict } from '#contracts/verdict.js';
import { noon, route, useCase } from '../routing/snapshot.spec-data.js';
import { guidanceOf } from './guide-routing.js';

const verdict = (change: Partial<Verdict> = {}): Verdict =>
  ({
    ...{ id: '00000000-0000-7000-8000-000000000001', useCase: 'support', gate: '1'.repeat(64), baseline: 'a/m-a' },
    ...{ candidate: 'b/m-b', revision: '1', verdict: 'cleared', samples: 240 },
    ...{ decidedAt: '2026-11-10T00:00:00.000Z', expiresAt: '2026-12-10T00:00:00.000Z' },
    criteria: [{ kind: 'absolute', mean: 0.97 }],
    ...change,
  }) as Verdict;
const wordOf = (change: Partial<Verdict>) => guidanceOf([route('b')], [useCase()], [verdict(change)], noon)[0]?.word;

test.each<[string, Partial<Verdict>]>([
  ['cleared', {}],
  ['failed', { verdict: 'failed' }],
  ['undecided', { verdict: 'undecided' }],
  ['futile', { verdict: 'futile' }],
  ['expired', { expiresAt: '2026-11-15T00:00:00.000Z' }],
])('%s', (word, change) => {
  expect(wordOf(change)).toBe(word);
});

test.each<[string, Partial<Verdict>]>([
  ['another gate', { gate: '2'.repeat(64) }],
  ['another revision', { revision: '2' }],
  ['another baseline', { baseline: 'c/m-c' }],
  ['another use case', { useCase: 'triage' }],
])('evidence of %s is no evidence: never tried', (_, change) => {
  expect(wordOf(change)).toBe('never_tried');
});

test('the baseline is told as such, and each use case has its own line', () => {
  const two = [useCase(), useCase({ slug: 'triage', gateHash: '3'.repeat(64) })];
  const lines = guidanceOf([route('a'), route('b')], two, [verdict()], noon);
  expect(lines.map(({ useCase: slug, route: id, word, mean }) => [slug, id, word, mean])).toEqual([
    ['support', 'a/m-a', 'baseline', null],
    ['support', 'b/m-b', 'cleared', 0.97],
    ['triage', 'a/m-a', 'baseline', null],
    ['triage', 'b/m-b', 'never_tried', null],
  ]);
});
