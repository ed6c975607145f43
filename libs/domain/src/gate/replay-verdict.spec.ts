import { expect, test } from 'vitest';
import { Floor, GateTerms, Grader } from '#contracts/use-case.js';
import { Verdict } from '#contracts/verdict.js';
import { foldScore } from './fold-score.js';
import { gateHashOf } from './gate-hash.js';
import { freshGateState } from './gate-state.js';
import { replayVerdict } from './replay-verdict.js';
import { verdictOf } from './verdict-of.js';

const floor = Floor.parse({ absolute: 0.8, nonInferiorMargin: 0.1, regressionShareMax: 0.1 });
const terms = GateTerms.parse({ samplesMin: 10, clustersMin: 10, spanHours: 0 });
const grader = Grader.parse({ kind: 'numeric', reference: 'baseline' });
const state = Array.from({ length: 700 }, (_, at) => at).reduce(
  (folded, at) =>
    foldScore(folded, {
      candidate: at % 15 ? 1 : 0.43217654,
      baseline: at % 20 ? 1 : 0.3,
      admittedAtMs: at,
      position: at + 1,
      unjudged: at % 90 === 89,
    }),
  freshGateState(floor, terms),
);
const declaration = { useCase: 'triage', baseline: { route: 'north/large', revision: 'r1' }, grader, floor, terms };
const verdict = Verdict.parse({
  ...verdictOf(state, 0),
  id: '01890000-0000-7000-8000-000000000000',
  useCase: 'triage',
  gate: gateHashOf({ ...declaration, suiteHash: null }),
  baseline: 'north/large',
  candidate: 'south/small',
  revision: 'r2',
  slot: 2,
  declared: { baselineRevision: 'r1', grader, suiteHash: null },
});
const wrong = (changed: Partial<Verdict>) =>
  replayVerdict({ ...verdict, ...changed })
    .filter(({ agrees }) => agrees === false)
    .map(({ criterion, figure }) => (criterion ? `${criterion}: ${figure}` : figure));
const first = (change: Partial<Verdict['criteria'][number]>) => {
  const [criterion, ...rest] = verdict.criteria;
  return { criteria: [{ ...criterion!, ...change }, ...rest] };
};

test('a verdict as it was made can be said again, figure by figure', () => {
  expect(verdict.verdict).toBe('cleared');
  expect(wrong({})).toEqual([]);
  expect(replayVerdict(verdict).length).toBeGreaterThan(25);
  expect(replayVerdict(verdict).every(({ agrees, figure }) => agrees === true || figure.startsWith('first'))).toBe(
    true,
  );
});

test.each<[string, Partial<Verdict>, string[]]>([
  ['a floor lowered afterwards', { floor: { ...floor, absolute: 0.7 } }, ['gate hash', 'absolute: null mean']],
  ['a claim dropped', { floor: { absolute: 0.8, nonInferiorMargin: 0.1 } }, ['gate hash', 'criteria']],
  ['more slots than were paid for', { terms: { ...terms, slots: 1 } }, ['gate hash', 'threshold ln(K/α)']],
  ['another baseline', { baseline: 'north/tiny' }, ['gate hash']],
  ['evidence raised', first({ lnEvidenceFor: 99 }), ['absolute: ln E for']],
  ['a score dropped', first({ histogram: verdict.criteria[0]!.histogram.slice(1) }), ['absolute: scores']],
  ['a crossing kept quiet', first({ firstClear: null }), ['absolute: first clear', 'verdict']],
  ['another word', { verdict: 'failed' }, ['verdict']],
])('%s is seen', (_, change, expected) => {
  for (const figure of expected) expect(wrong(change)).toContain(figure);
});

test('what an older verdict does not hold is said to be missing, not wrong', () => {
  const { declared: _, ...older } = verdict;
  expect(replayVerdict(older).find(({ figure }) => figure === 'gate hash')).toMatchObject({
    again: null,
    agrees: null,
  });
});
