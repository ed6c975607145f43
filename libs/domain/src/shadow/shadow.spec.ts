import { expect, test } from 'vitest';
import { Floor, GateTerms } from '#contracts/use-case.js';
import { Envelope } from '#contracts/envelope.js';
import type { RollUpRow } from '#contracts/roll-up.js';
import { describePlan } from './describe-plan.js';
import { planShadow, type ShadowFacts } from './plan-shadow.js';
import { declaredAllowance, shadowTraffic } from './shadow-traffic.js';
import { isAnotherShare, shareToDraw } from './share-to-draw.js';
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
  allowancePicoUsdPerDay: null,
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

test('an envelope of the use case says what a shadow may cost, instead of five percent', () => {
  const plan = planShadow(facts({ costPerSamplePicoUsd: 5n * 10n ** 10n, allowancePicoUsdPerDay: 10n ** 12n }));
  expect(plan).toMatchObject({ share: 0.02, shareBy: 'spend' });
  const envelope = (purpose: string, unit: string, limit: string, slug = 'triage') =>
    Envelope.parse({
      id: `${purpose}-${unit}`,
      scope: { kind: 'use_case', useCase: slug },
      purpose,
      limitNanoUsd: limit,
      window: { unit },
    });
  const two = [envelope('shadow', 'week', '7'), envelope('judge', 'day', '2')];
  expect(declaredAllowance(two, 'triage')).toBe(3n * 10n ** 12n);
  expect(declaredAllowance([envelope('live', 'day', '1')], 'triage')).toBeNull();
  expect(declaredAllowance(two, 'other')).toBeNull();
});

const row = (day: string, also: Partial<RollUpRow>): RollUpRow => ({
  ...{ day, useCase: 'triage', route: 'north/large', key: null, calls: 0, attempts: 0, costPicoUsd: 0n },
  ...{ chargePicoUsd: 0n, evaluations: 0, evaluationCostPicoUsd: 0n, estimated: 0, unpriced: 0 },
  ...also,
});
const nowMs = Date.parse('2026-11-20T12:00:00Z');
const triage = { slug: 'triage', baseline: 'north/large', candidates: ['south/small', 'west/dull'] };

test('traffic, spend and the price of a sample come from the ledger’s daily sums', () => {
  const rows = [
    row('2026-11-18', { calls: 100, costPicoUsd: 1_000n }),
    row('2026-11-19', { calls: 150, costPicoUsd: 1_500n, evaluations: 9, evaluationCostPicoUsd: 9_000n }),
    row('2026-11-19', { route: 'south/small', evaluations: 10, evaluationCostPicoUsd: 100n }),
    row('2026-11-19', { route: 'west/dull', evaluations: 5, evaluationCostPicoUsd: 50n }),
    row('2026-11-19', { route: 'court/judge', evaluations: 30, evaluationCostPicoUsd: 300n }),
    row('2026-11-19', { useCase: 'other', calls: 1_000, costPicoUsd: 1n }),
  ];
  expect(shadowTraffic(rows, triage, nowMs)).toEqual({
    callsPerDay: 100,
    baselineSpendPicoUsdPerDay: 1_000n,
    costPerSamplePicoUsd: 45n,
  });
  expect(shadowTraffic([], triage, nowMs)).toEqual({
    callsPerDay: null,
    baselineSpendPicoUsdPerDay: 0n,
    costPerSamplePicoUsd: null,
  });
});

test('the bootstrap’s share is drawn until its samples are paid, then the planned one; nobody to replay, nothing drawn', () => {
  const plan = planShadow(facts({ costPerSamplePicoUsd: 5n * 10n ** 10n }));
  expect(shareToDraw({ paidByCandidate: [99, 3], plan })).toEqual({ share: 0.2, shareBy: 'bootstrap' });
  expect(shareToDraw({ paidByCandidate: [100, 0], plan })).toEqual({ share: plan.share, shareBy: 'spend' });
  expect(shareToDraw({ paidByCandidate: [], plan })).toEqual({ share: 0, shareBy: 'nobody' });
  const unknown = planShadow(facts({ callsPerDay: null }));
  expect(shareToDraw({ paidByCandidate: [100], plan: unknown })).toEqual({ share: 0, shareBy: 'unknown' });
});

test('a share is another when it moves by more than a tenth, for another reason, or under another gate', () => {
  const before = { gate: 'a', share: 0.1, shareBy: 'spend' as const };
  expect(isAnotherShare(before, { ...before, share: 0.109 })).toBe(false);
  expect(isAnotherShare(before, { ...before, share: 0.12 })).toBe(true);
  expect(isAnotherShare(before, { ...before, shareBy: 'all_calls' })).toBe(true);
  expect(isAnotherShare(before, { ...before, gate: 'b' })).toBe(true);
  expect(isAnotherShare(undefined, before)).toBe(true);
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
