import { expect, test } from 'vitest';
import { Floor, GateTerms } from '#contracts/use-case.js';
import { describePlan } from './describe-plan.js';
import { planShadow, type ShadowFacts } from './plan-shadow.js';
import { samplesToNotice } from './samples-to-notice.js';

/** Measured medians of the e-SR mixture: floor 0.95, drop to the given mean, alarm at A. */
test.each([
  [0.93, 1_000, 304],
  [0.9, 1_000, 108],
  [0.85, 1_000, 47],
  [0.75, 1_000, 19],
  [0.93, 5_000, 669],
  [0.9, 5_000, 199],
  [0.85, 5_000, 68],
  [0.75, 5_000, 24],
])('a drop to %s at A = %s is noticed about when it was measured', (mean, alarmAt, median) => {
  const planned = samplesToNotice(0.95, 0.95 - mean, alarmAt);
  expect(planned).toBeGreaterThan(median * 0.9);
  expect(planned).toBeLessThan(median * 1.25);
});

const facts = (also: Partial<ShadowFacts> = {}): ShadowFacts => ({
  callsPerDay: 1_000,
  baselineSpendPicoUsdPerDay: 10n * 10n ** 12n,
  costPerSamplePicoUsd: 10n ** 9n,
  floor: Floor.parse({ absolute: 0.95 }),
  terms: GateTerms.parse({ slots: 1 }),
  assumedMean: 0.98,
  drop: 0.05,
  share: null,
  ...also,
});

test('1 % of 1,000 calls a day notices a 5-point drop in about 20 days', () => {
  const plan = planShadow(facts({ share: 0.01 }));
  expect(Math.round(plan.daysToNotice ?? 0)).toBe(20);
  expect(plan).toMatchObject({ shareBy: 'asked', costPicoUsdPerDay: 10n * 10n ** 9n });
  expect(describePlan(plan, 1_000, 0.05)).toContain(
    '1 % of 1,000 calls a day notices a 5-point drop in about 20 days.',
  );
});

test('the bootstrap is paid once, for the least number of samples', () =>
  expect(planShadow(facts()).bootstrap).toEqual({ share: 0.2, samples: 100, costPicoUsd: 100n * 10n ** 9n }));

test.each([
  ['a verdict in seven days', {}, 'verdict_in_7_days'],
  ['five percent of the baseline, when that is less', { costPerSamplePicoUsd: 5n * 10n ** 10n }, 'spend'],
  ['all calls, when there are few', { callsPerDay: 20 }, 'all_calls'],
  ['nothing, while there are no calls', { callsPerDay: null }, 'unknown'],
  ['nothing, while the judge has no price', { costPerSamplePicoUsd: null }, 'unknown'],
] as const)('the share is set by %s', (_, also, shareBy) => expect(planShadow(facts(also))).toMatchObject({ shareBy }));

test('a dear shadow never costs more than five percent of the baseline', () => {
  const plan = planShadow(facts({ costPerSamplePicoUsd: 5n * 10n ** 10n }));
  expect(plan.share).toBeCloseTo(0.01, 12);
  expect(plan.costPicoUsdPerDay).toBe(5n * 10n ** 11n);
});

test('what is not known stays unknown', () =>
  expect(planShadow(facts({ callsPerDay: null, costPerSamplePicoUsd: null }))).toMatchObject({
    share: null,
    daysToVerdict: null,
    daysToNotice: null,
    costPicoUsdPerDay: null,
    bootstrap: { costPicoUsd: null },
  }));

test('a verdict takes at least the declared span, and longer the nearer the floor', () => {
  expect(planShadow(facts({ callsPerDay: 1_000_000 })).daysToVerdict).toBeGreaterThanOrEqual(3);
  expect(planShadow(facts({ assumedMean: 0.96 })).samplesToVerdict).toBeGreaterThan(
    planShadow(facts()).samplesToVerdict,
  );
  expect(() => planShadow(facts({ assumedMean: 0.95 }))).toThrow(/never clears/);
});
