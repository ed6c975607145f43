import { describe, expect, test } from 'vitest';
import { CanaryTerms } from '#contracts/use-case.js';
import {
  callsPerDayOf,
  canaryLineOf,
  canaryOverridesOf,
  countTraffic,
  drawCanary,
  rampDrawOf,
  scoredShareOf,
  type Traffic,
} from './canary-terms.js';

const usual = CanaryTerms.parse({});
const suite = { kind: 'exact', reference: 'suite', ignoreCase: true } as const;
const besideBaseline = { kind: 'exact', reference: 'baseline', ignoreCase: true } as const;
const hour = 3_600_000;

describe('the share that is graded', () => {
  test.each([
    ['all, while nothing is known', null, false, 1],
    ['all, of fewer than 200 a day', 150, false, 1],
    ['200 a day', 1_000, false, 0.2],
    ['2 %, where that is more', 100_000, false, 0.02],
    ['five times as much while warned', 100_000, true, 0.1],
    ['never more than all', 1_000, true, 1],
  ])('%s', (_, perDay, warned, share) => expect(scoredShareOf(usual, perDay, warned)).toBeCloseTo(share, 12));

  test('without a minimum, the declared share alone', () =>
    expect(scoredShareOf({ ...usual, perDayMin: 0 }, null, false)).toBe(0.02));
});

describe('the draw', () => {
  test.each([
    ['a pair, which is graded too', suite, 0.009, { probability: 0.02, paired: 0.01 }],
    ['graded alone', suite, 0.015, { probability: 0.02, paired: null }],
    ['not drawn', suite, 0.02, null],
    [
      'graded only beside the baseline: every one is a pair',
      besideBaseline,
      0.019,
      { probability: 0.02, paired: 0.02 },
    ],
  ])('%s', (_, grader, uniform, drawn) => expect(drawCanary({ canary: usual, grader }, 0.02, uniform)).toEqual(drawn));

  test('what is logged is how often it happens', () => {
    const canary = { ...usual, pairedShare: 0.3 };
    const draws = Array.from({ length: 10_000 }, (_, at) => drawCanary({ canary, grader: suite }, 0.5, at / 10_000));
    expect(draws.filter((draw) => draw !== null)).toHaveLength(5_000);
    expect(draws.filter((draw) => draw?.paired === 0.3)).toHaveLength(3_000);
  });
});

test('sessions are spread over the ramp as its steps say, and each stays where it is', () => {
  const clusters = Array.from({ length: 4_000 }, (_, at) => canaryLineOf(`session ${at}`));
  const draws = clusters.map(rampDrawOf);
  expect(draws).toEqual(clusters.map(rampDrawOf));
  expect([rampDrawOf('0'.repeat(64)), rampDrawOf('f'.repeat(64)) < 1]).toEqual([0, true]);
  for (const step of [0.05, 0.25])
    expect(draws.filter((draw) => draw < step).length / draws.length).toBeCloseTo(step, 1);
});

test('each proof has a line of its own', () => {
  expect(canaryLineOf('a')).toMatch(/^[0-9a-f]{64}$/);
  expect(canaryLineOf('a')).not.toBe(canaryLineOf('b'));
});

test('traffic is counted by hour, a day back, and concluded from only after ten minutes', () => {
  let traffic: Traffic = [];
  for (let at = 0; at < 30; at++) traffic = countTraffic(traffic, at * hour + 5, 10);
  expect(traffic).toHaveLength(24);
  expect(callsPerDayOf(traffic, 0, 30 * hour)).toBe(240);
  expect(callsPerDayOf([[0, 7]], 0, 600_000 - 1)).toBeNull();
  expect(callsPerDayOf([[0, 7]], 0, 12 * hour)).toBe(14);
});

test('what is weaker than usual is said, what is not is not', () => {
  expect(canaryOverridesOf({ canary: usual, rampShare: null }, usual)).toEqual([]);
  const weaker = { scoredShare: 0.001, perDayMin: 10, pairedShare: 0 };
  expect(canaryOverridesOf({ canary: weaker, rampShare: 1 }, usual)).toEqual([
    'a ramp fixed at 100 % instead of 5 → 25 → 100 %',
    '0.1 % of enforced answers graded instead of 2 %',
    'at least 10 enforced answers graded a day instead of 200',
    'the baseline asked on 0 % of enforced calls instead of 1 %',
  ]);
});
