import { describe, expect, test } from 'vitest';
import {
  cusum,
  demoteAt,
  driftEvidence,
  driftWord,
  foldCanary,
  freshDrift,
  pageCusum,
  shiryaevRoberts,
  stepOf,
  warnAt,
} from './change-detection.js';
import { published, vectors } from './vectors.spec-data.js';

interface Published {
  sequence?: number[];
  edetector_cases?: {
    floor: number;
    lam: number;
    threshold: number;
    first_alarm_SR: number | null;
    first_alarm_CUSUM: number | null;
    SR_at: Record<string, number>;
    CUSUM_at: Record<string, number>;
  }[];
  stcpR6_cases?: { floor: number; lam: number; logSR: Record<string, number>; logCUSUM: Record<string, number> }[];
  page_cases?: { p0: number; p1: number; h: number; first_alarm: number; S_at: Record<string, number> }[];
}
const {
  sequence = [],
  edetector_cases = [],
  stcpR6_cases = [],
  page_cases = [],
} = vectors<Published>('change_detection.json');

/** M after each score, `path[t]` after t of them. */
function path(of: (m: number, step: number) => number, start: number, floor: number, lambda: number): number[] {
  const values = [start];
  for (const x of sequence) values.push(of(values.at(-1)!, stepOf(x, floor, lambda)));
  return values;
}
const firstAt = (values: number[], threshold: number) => {
  const place = values.findIndex((value, at) => at > 0 && value >= threshold);
  return place === -1 ? null : place;
};
const close = (values: number[], expected: Record<string, number>, as = (x: number) => x) => {
  for (const [t, value] of Object.entries(expected)) {
    const difference = Math.abs(as(values[Number(t)]!) - value);
    expect(difference / Math.max(1, Math.abs(value)), `after ${t}`).toBeLessThan(1e-9);
  }
};

describe.skipIf(!published)('published detectors', () => {
  test('there are as many as were published', () =>
    expect([sequence.length, edetector_cases.length, stcpR6_cases.length, page_cases.length]).toEqual([800, 8, 8, 3]));

  test.each(edetector_cases)('floor $floor, λ $lam, alarm at $threshold', (row) => {
    const roberts = path(shiryaevRoberts, 0, row.floor, row.lam);
    const sums = path(cusum, 1, row.floor, row.lam);
    close(roberts, row.SR_at);
    close(sums, row.CUSUM_at);
    expect(firstAt(roberts, row.threshold)).toBe(row.first_alarm_SR);
    expect(firstAt(sums, row.threshold)).toBe(row.first_alarm_CUSUM);
  });

  test.each(stcpR6_cases)('logarithms as printed by stcpR6: floor $floor, λ $lam', (row) => {
    close(path(shiryaevRoberts, 0, row.floor, row.lam), row.logSR, Math.log);
    close(path(cusum, 1, row.floor, row.lam), row.logCUSUM, Math.log);
  });

  test.each(page_cases)('Page, from $p0 to $p1', ({ p0, p1, h, first_alarm, S_at }) => {
    const values = [0];
    for (const x of sequence) values.push(pageCusum(values.at(-1)!, x === 1, p0, p1));
    close(values, S_at);
    expect(firstAt(values, h)).toBe(first_alarm);
  });
});

test('a route that goes wrong is warned of, then demoted; one that stays right is neither', () => {
  const run = (scores: number[]) => scores.reduce((state, x) => foldCanary(state, x, 0.95), freshDrift());
  expect(driftWord(run(Array<number>(5_000).fill(1)))).toBe('steady');
  const words = Array.from({ length: 12 }, (_, wrong) =>
    driftWord(run([...Array<number>(200).fill(1), ...Array<number>(wrong).fill(0)])),
  );
  expect(words[0]).toBe('steady');
  expect(words.at(-1)).toBe('demoted');
  expect(words.indexOf('warned')).toBeLessThanOrEqual(words.indexOf('demoted'));
  expect([warnAt, demoteAt]).toEqual([1_000, 5_000]);
});

test('folding in two runs, the state stored between them, equals folding in one; it stays a number', () => {
  const scores = [1, 0.4, 0, 1, 0.95, 0, 0, 0.2];
  const fold = (from: ReturnType<typeof freshDrift>, xs: number[]) => xs.reduce((s, x) => foldCanary(s, x, 0.9), from);
  const stored = JSON.parse(JSON.stringify(fold(freshDrift(), scores.slice(0, 3)))) as ReturnType<typeof freshDrift>;
  expect(fold(stored, scores.slice(3))).toEqual(fold(freshDrift(), scores));
  const broken = fold(freshDrift(), Array<number>(5_000).fill(0));
  expect(JSON.parse(JSON.stringify(broken))).toEqual(broken);
  expect(Number.isFinite(driftEvidence(broken))).toBe(true);
  for (const x of [-0.1, 1.1, Number.NaN]) expect(() => foldCanary(freshDrift(), x, 0.9)).toThrow(RangeError);
});
