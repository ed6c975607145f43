import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addScore,
  addScoreAgainst,
  freshWealth,
  type Histogram,
  lnEvidence,
  lnEvidenceOfHistogram,
  lowerBound,
  mirrorOf,
  upperBound,
} from './grid-e-process.js';

const data = join(import.meta.dirname, '../../../../../shared/data/gate');
const published = existsSync(data);
if (!published) console.warn(`SKIPPED: published gate vectors are not at ${data}`);
const read = (name: string) => (published ? JSON.parse(readFileSync(join(data, name), 'utf8')) : {});

interface Case {
  seq: string;
  m: number;
  t: number[];
  logE_mean_gt_m: number[];
  logE_mean_lt_m: number[];
  first_clear: Record<string, number | null>;
  first_fail: Record<string, number | null>;
}
const vectors: {
  cases: Case[];
  confidence_sequence_by_inversion: { seq: string; alpha: number; t: number; lower: number; upper: number }[];
} = published ? read('grid_eprocess_gate.json') : { cases: [], confidence_sequence_by_inversion: [] };
const sequences: Record<string, number[]> = read('sequences.json').sequences ?? {};

/** ln E of both directions after each score, one score at a time. */
function paths(scores: number[], m: number) {
  let [above, below] = [freshWealth(), freshWealth()];
  return scores.map((x) => {
    above = addScore(above, x, m);
    below = addScoreAgainst(below, x, m);
    return { above: lnEvidence(above), below: lnEvidence(below) };
  });
}

function histogramOf(scores: number[]): Histogram {
  const counts = new Map<number, number>();
  for (const x of scores) counts.set(x, (counts.get(x) ?? 0) + 1);
  return [...counts];
}

const firstAt = (evidence: number[], threshold: number) => {
  const place = evidence.findIndex((lnE) => lnE >= Math.log(threshold));
  return place === -1 ? null : place + 1;
};

describe.skipIf(!published)('published vectors (equal to confseq with the same bets)', () => {
  test('there are as many as were published', () => {
    expect([vectors.cases.length, vectors.confidence_sequence_by_inversion.length]).toEqual([60, 39]);
  });

  test.each(vectors.cases)(
    '$seq against $m',
    ({ seq, m, t, logE_mean_gt_m, logE_mean_lt_m, first_clear, first_fail }) => {
      const scores = sequences[seq]!;
      const path = paths(scores, m);
      t.forEach((count, row) => {
        expect(Math.abs(path[count - 1]!.above - logE_mean_gt_m[row]!)).toBeLessThan(1e-9);
        expect(Math.abs(path[count - 1]!.below - logE_mean_lt_m[row]!)).toBeLessThan(1e-9);
        const histogram = histogramOf(scores.slice(0, count));
        expect(Math.abs(lnEvidenceOfHistogram(histogram, m) - logE_mean_gt_m[row]!)).toBeLessThan(1e-9);
        expect(Math.abs(lnEvidenceOfHistogram(mirrorOf(histogram), 1 - m) - logE_mean_lt_m[row]!)).toBeLessThan(1e-9);
      });
      for (const [threshold, first] of Object.entries(first_clear))
        expect(
          firstAt(
            path.map((at) => at.above),
            Number(threshold),
          ),
        ).toBe(first);
      for (const [threshold, first] of Object.entries(first_fail))
        expect(
          firstAt(
            path.map((at) => at.below),
            Number(threshold),
          ),
        ).toBe(first);
    },
  );

  test.each(vectors.confidence_sequence_by_inversion)('bounds of $seq after $t', ({ seq, alpha, t, lower, upper }) => {
    // The published bounds are running intersections. A prefix can only tighten one when it rejects the best so far.
    let [best, least] = [0, 1];
    for (let last = 1; last <= t; last += 1) {
      const prefix = histogramOf(sequences[seq]!.slice(0, last));
      const rejects = (of: Histogram, m: number) => m === 0 || lnEvidenceOfHistogram(of, m) >= -Math.log(alpha);
      if (rejects(prefix, best)) best = Math.max(best, lowerBound(prefix, alpha));
      if (rejects(mirrorOf(prefix), 1 - least)) least = Math.min(least, upperBound(prefix, alpha));
    }
    expect(Math.abs(best - lower)).toBeLessThan(1e-9);
    expect(Math.abs(least - upper)).toBeLessThan(1e-9);
  });
});

/** Numerical Recipes' generator, as in the published sequences: the same draws on every run. */
function draws(seed: number) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const score = fc.double({ min: 0, max: 1, noNaN: true });
const nullMean = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const scores = fc.array(score, { maxLength: 60 });

describe('properties', () => {
  test('the order of the scores does not matter, nor whether they come one by one or counted', () => {
    fc.assert(
      fc.property(scores, nullMean, fc.infiniteStream(fc.nat()), (xs, m, keys) => {
        const shuffled = xs.map((x) => ({ x, key: keys.next().value as number })).sort((a, b) => a.key - b.key);
        const wealth = (of: number[]) => lnEvidence(of.reduce((w, x) => addScore(w, x, m), freshWealth()));
        expect(wealth(shuffled.map(({ x }) => x))).toBeCloseTo(wealth(xs), 8);
        expect(lnEvidenceOfHistogram(histogramOf(xs), m)).toBeCloseTo(wealth(xs), 8);
      }),
    );
  });

  test('evidence falls as the null mean rises, and stays a number at the ends of the range', () => {
    fc.assert(
      fc.property(scores, nullMean, nullMean, (xs, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const [atLow, atHigh] = [
          lnEvidenceOfHistogram(histogramOf(xs), low),
          lnEvidenceOfHistogram(histogramOf(xs), high),
        ];
        expect(Number.isFinite(atLow) && Number.isFinite(atHigh)).toBe(true);
        expect(atHigh).toBeLessThanOrEqual(atLow + 1e-9);
      }),
    );
    expect(Number.isFinite(lnEvidenceOfHistogram([[0, 1_000_000]], 1e-12))).toBe(true);
    expect(Number.isFinite(lnEvidenceOfHistogram([[1, 1_000_000]], 1e-12))).toBe(true);
  });

  test('a higher score is never less evidence', () => {
    fc.assert(
      fc.property(scores, nullMean, score, score, (xs, m, a, b) => {
        const with_ = (x: number) => lnEvidenceOfHistogram(histogramOf([...xs, x]), m);
        expect(with_(Math.max(a, b))).toBeGreaterThanOrEqual(with_(Math.min(a, b)) - 1e-9);
      }),
    );
  });

  test('the lower bound is rejected and lies under the upper bound; the mean lies between', () => {
    fc.assert(
      fc.property(fc.array(score, { minLength: 1, maxLength: 60 }), (xs) => {
        const histogram = histogramOf(xs);
        const [lower, upper] = [lowerBound(histogram, 0.05), upperBound(histogram, 0.05)];
        const mean = xs.reduce((sum, x) => sum + x, 0) / xs.length;
        expect(lower).toBeLessThanOrEqual(mean + 1e-12);
        expect(upper).toBeGreaterThanOrEqual(mean - 1e-12);
        if (lower > 0) expect(lnEvidenceOfHistogram(histogram, lower)).toBeGreaterThanOrEqual(Math.log(20));
      }),
    );
  });

  test.each([0.5, 0.9, 0.97])(
    'at a true mean of %s, E is 1 on average and reaches 20 in at most 1 run in 20',
    (mean) => {
      const [runs, length] = [2000, 100];
      const draw = draws(20_26);
      const finals: number[] = [];
      let crossed = 0;
      for (let run = 0; run < runs; run += 1) {
        const path = paths(
          Array.from({ length }, () => (draw() < mean ? 1 : 0)),
          mean,
        ).map((at) => at.above);
        finals.push(Math.exp(path.at(-1)!));
        if (path.some((lnE) => lnE >= Math.log(20))) crossed += 1;
      }
      const average = finals.reduce((sum, e) => sum + e, 0) / runs;
      const variance = finals.reduce((sum, e) => sum + (e - average) ** 2, 0) / runs;
      expect(average).toBeLessThan(1 + 4 * Math.sqrt(variance / runs));
      expect(average).toBeGreaterThan(0.5);
      expect(crossed / runs).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / runs));
    },
  );
});

test('no scores bound nothing; nonsense is refused', () => {
  expect([lowerBound([], 0.05), upperBound([], 0.05)]).toEqual([0, 1]);
  expect([lowerBound([[0, 50]], 0.05), upperBound([[1, 50]], 0.05)]).toEqual([0, 1]);
  expect(lnEvidence(freshWealth())).toBeCloseTo(0, 12);
  for (const x of [-0.001, 1.001, Number.NaN]) expect(() => addScore(freshWealth(), x, 0.5)).toThrow(RangeError);
  for (const m of [0, 1, Number.NaN]) expect(() => addScore(freshWealth(), 0.5, m)).toThrow(RangeError);
  for (const alpha of [0, 1, Number.NaN]) expect(() => lowerBound([[1, 5]], alpha)).toThrow(RangeError);
});
