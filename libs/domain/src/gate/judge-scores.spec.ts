import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Floor, GateTerms } from '#contracts/use-case.js';
import { foldScore } from './fold-score.js';
import { freshGateState } from './gate-state.js';
import { judgeScores } from './judge-scores.js';
import { verdictOf } from './verdict-of.js';

const share = fc.oneof(
  fc.constantFrom(0, 0.1, 0.5, 1),
  fc.integer({ min: 0, max: 1_000_000 }).map((millionths) => millionths / 1_000_000),
);
const lists = fc.array(fc.record({ candidate: share, baseline: share }), { minLength: 1, maxLength: 60 });

test('a list is judged as the live gate judges it', () => {
  const floor = Floor.parse({ absolute: 0.4, nonInferiorMargin: 0.2, regressionShareMax: 0.3 });
  const terms = GateTerms.parse({ samplesMin: 1, clustersMin: 1, spanHours: 0, slots: 2, alpha: 0.3 });
  fc.assert(
    fc.property(lists, (calls) => {
      const state = calls.reduce(
        (folded, call, at) => foldScore(folded, { ...call, admittedAtMs: at, position: at + 1 }),
        freshGateState(floor, terms),
      );
      const live = verdictOf(state, 0);
      const judged = judgeScores(calls, floor, terms);
      expect(judged.verdict).toBe(live.verdict);
      for (const [at, criterion] of judged.criteria.entries()) {
        const { lnEvidenceFor, lnEvidenceAgainst, lower, upper, histogram: _, mean: __, ...exactly } = criterion;
        const same = live.criteria[at]!;
        expect(same).toMatchObject(exactly);
        expect(lnEvidenceFor).toBeCloseTo(same.lnEvidenceFor, 4);
        expect(lnEvidenceAgainst).toBeCloseTo(same.lnEvidenceAgainst, 4);
        // Every look counts, so the bounds are never wider, and pass the floor exactly when it was crossed.
        expect(lower).toBeGreaterThan(same.lower - 1e-4);
        expect(upper).toBeLessThan(same.upper + 1e-4);
        const floorOf = criterion.kind === 'non_inferior' ? 2 * criterion.nullMean - 1 : criterion.nullMean;
        expect(lower >= floorOf - 1e-9).toBe(criterion.firstClear !== null);
        expect(upper <= floorOf + 1e-9).toBe(criterion.firstFail !== null);
      }
    }),
  );
});

test('every criterion must clear, one failing is enough, and the places say when', () => {
  const shares = { alpha: 0.05, slots: 1 };
  const good = Array.from({ length: 400 }, () => ({ candidate: 1, baseline: 1 }));
  const both = judgeScores(good, { absolute: 0.9, nonInferiorMargin: 0.05 }, shares);
  const [absolute, paired] = both.criteria.map(({ firstClear }) => firstClear!);
  expect(both).toMatchObject({ verdict: 'cleared', firstClear: Math.max(absolute!, paired!), firstFail: null });
  const bad = good.map(() => ({ candidate: 0.5, baseline: 0.5 }));
  const mixed = judgeScores(bad, { absolute: 0.9, nonInferiorMargin: 0.05 }, shares);
  expect(mixed).toMatchObject({ verdict: 'failed', firstClear: null, samplesToClear: null });
  expect(() => judgeScores([], { absolute: 0.9 }, shares)).toThrow(RangeError);
  expect(() => judgeScores(good, {}, shares)).toThrow(RangeError);
});
