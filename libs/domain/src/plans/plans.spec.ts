import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CallRecord } from '#contracts/call-record.js';
import { Plan, type Subscription } from '#contracts/plan.js';
import { sampleCall } from '../../../../test/support/sample-entries.js';
import { planAgainst, planCodeOf } from './admit-by-plan.js';
import { BillDraft } from './draft-bill.js';
import { closedSpend, planEnvelopes, spendCeilingOf } from './plan-envelopes.js';
import { admitRate, type Due } from './request-rate.js';

const usd = 1_000_000_000n;
const since = '2026-01-01T00:00:00.000Z';
const on = (change: Partial<Subscription> = {}): Subscription => ({
  team: 'care',
  plan: 'any',
  since,
  paymentMethod: false,
  onHold: false,
  ...change,
});
const free = Plan.parse({ id: 'free', name: 'Free', includedCredit: '1', hardStop: true, charged: 'cost' });
const scale = Plan.parse({
  id: 'scale',
  name: 'Scale',
  includedCredit: '25',
  hourlyLimit: '5',
  paidLanes: ['reasoning'],
  models: ['flux-*', 'gpt-5'],
  spendCeiling: [{ limit: '100' }, { limit: '500', afterDays: 30, afterSpend: '50' }, { limit: '300', afterDays: 60 }],
});

test.each([
  ['a hard stop at nothing', { hardStop: true, charged: 'cost' }],
  ['a hard stop charged by lanes', { hardStop: true, includedCredit: '1' }],
  ['no hard stop and no ceiling', { includedCredit: '1' }],
  ['a first step that does not hold yet', { spendCeiling: [{ limit: '1', afterDays: 1 }] }],
])('%s is no plan', (_what, terms) => {
  expect(Plan.safeParse({ id: 'x', name: 'x', ...terms }).success).toBe(false);
});

describe('envelopes', () => {
  const at = (days: number, spentNanoUsd = 0n) => ({ nowMs: Date.parse(since) + days * 86_400_000, spentNanoUsd });
  test('a hard stop is the credit; other plans have a ceiling by the month and a limit by the hour', () => {
    expect(planEnvelopes(free, on(), at(0)).map(({ id, limitNanoUsd }) => [id, limitNanoUsd])).toEqual([
      ['plan.care.month', usd],
    ]);
    expect(
      planEnvelopes(scale, on(), at(0)).map(({ id, limitNanoUsd, window }) => [id, limitNanoUsd, window.unit]),
    ).toEqual([
      ['plan.care.month', 100n * usd, 'month'],
      ['plan.care.hour', 5n * usd, 'hour'],
    ]);
  });
  test.each<[number, bigint, bigint]>([
    [0, 0n, 100n],
    [29, 1_000n, 100n],
    [30, 49n, 100n],
    [30, 50n, 500n],
    [60, 0n, 300n],
    [60, 50n, 500n],
  ])('after %i days and %i USD the ceiling is %i USD', (days, spent, ceiling) => {
    expect(spendCeilingOf(scale.spendCeiling, since, at(days, spent * usd))).toBe(ceiling * usd);
  });
  test('what a running month spends raises nothing yet', () => {
    const windows = ['2025-12', '2026-01', '2026-02'].map((window) => ({ window, nanoUsd: 10n }));
    expect(closedSpend(windows, Date.parse('2026-02-28T23:59:59.999Z'))).toBe(20n);
    expect(closedSpend(windows, Date.parse('2026-03-01T00:00:00.000Z'))).toBe(30n);
  });
  test('it never falls', () => {
    const step = fc.record({ limit: fc.bigInt(0n, 99n), afterDays: fc.nat(90), afterSpend: fc.bigInt(0n, 99n) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), fc.nat(99), fc.nat(99), (steps, days, more) => {
        const [earlier, later] = [at(days, BigInt(days)), at(days + more, BigInt(days + more))];
        expect(spendCeilingOf(steps, since, later)).toBeGreaterThanOrEqual(spendCeilingOf(steps, since, earlier));
      }),
    );
  });
});

test.each([
  [{ onHold: true }, 'flux-fast', 'fast', 'account_on_hold'],
  [{}, 'gpt-4', null, 'model_not_in_plan'],
  [{}, 'gpt-5', null, undefined],
  [{}, 'flux-auto', 'reasoning', 'payment_method_required'],
  [{ paymentMethod: true }, 'flux-auto', 'reasoning', undefined],
  [{}, 'flux-auto', 'fast', undefined],
] as const)('%j asking for %s on lane %s: %s', (change, model, lane, code) => {
  expect(planAgainst({ plan: scale, subscription: on(change) }, model, lane)?.code).toBe(code);
});

test.each([
  [free, {}, 'plan.care.month', 'free_allowance_used_up'],
  [free, { paymentMethod: true }, 'plan.care.month', 'credit_used_up'],
  [scale, {}, 'plan.care.month', 'spend_ceiling_reached'],
  [scale, {}, 'plan.care.hour', 'hourly_limit_reached'],
  [scale, {}, 'plan.other.month', null],
  [scale, {}, 'everything', null],
] as const)('%#: a spent envelope says which limit it is', (plan, change, envelope, code) => {
  expect(planCodeOf({ plan, subscription: on(change) }, envelope)).toBe(code);
});

describe('rate', () => {
  const play = (perSecond: number, arrivals: number[]) => {
    let due: Due;
    return arrivals.map((nowMs) => {
      const outcome = admitRate(due, perSecond, nowMs);
      if (outcome.admitted) due = outcome.due;
      return outcome.admitted ? 0 : outcome.retryAfterMs;
    });
  };
  test.each([
    [1, [0, 1, 999, 1_000, 1_000, 5_000], [0, 999, 1, 0, 1_000, 0]],
    [4, [0, 0, 0, 0, 0, 250, 250], [0, 0, 0, 0, 250, 0, 250]],
    [0.5, [0, 1_000, 2_000], [0, 1_000, 0]],
  ])('%i a second', (perSecond, arrivals, waits) => expect(play(perSecond, arrivals)).toEqual(waits));
  test('whoever waits as told is admitted, and no second has more than a burst and its share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.nat(400), { maxLength: 200 }), (perSecond, gaps) => {
        let [nowMs, due, wait] = [0, undefined as Due, 0];
        const admitted: number[] = [];
        for (const gap of gaps) {
          nowMs += Math.max(gap, wait > 0 && gap % 2 === 0 ? wait : 0);
          const outcome = admitRate(due, perSecond, nowMs);
          if (wait > 0 && gap % 2 === 0) expect(outcome.admitted).toBe(true);
          wait = outcome.admitted ? 0 : outcome.retryAfterMs;
          if (outcome.admitted) [due] = [outcome.due, admitted.push(nowMs)];
        }
        for (const from of admitted)
          expect(admitted.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(2 * perSecond);
      }),
    );
  });
});

test('what venues report later is in the cost of a bill and in its charge, and then there is one estimate less', () => {
  const draft = new BillDraft();
  const estimated = { ...CallRecord.parse(sampleCall(1)), costBasis: 'estimated' as const };
  const by = { lines: 1, differenceNanoUsd: 0n, shareDifferencePicoUsd: 0n };
  const priced = { ...estimated, costPicoUsd: 90n, chargePicoUsd: 90n };
  draft.add(priced, { ...by, differencePicoUsd: -40n, chargeDifferencePicoUsd: -30n, reported: true });
  draft.add(priced, { ...by, differencePicoUsd: -1n, chargeDifferencePicoUsd: 0n, reported: false });
  draft.add(priced);
  expect(draft.bill('2026-11', null, null)).toMatchObject({
    ...{ costPicoUsd: 229n, chargePicoUsd: 240n, estimatedAttempts: 2 },
  });
});

test('a bill sums what the ledger charges, lane by lane, and takes off what is included', () => {
  const draft = new BillDraft();
  const call = (change: Partial<CallRecord>) => draft.add({ ...CallRecord.parse(sampleCall(1)), ...change });
  const parts = { input_uncached: 100, output_text: 10 };
  const usage = { basis: 'reported' as const, parts };
  call({ lane: 'fast', usage, costPicoUsd: 5n, chargePicoUsd: 20_000_000_000_000n });
  call({ lane: 'fast', usage, costPicoUsd: 5n, chargePicoUsd: 10_000_000_000_000n });
  call({ pinned: true, usage, costPicoUsd: 7n, chargePicoUsd: 7n });
  call({
    outcome: 'refused',
    costBasis: 'none',
    costPicoUsd: 0n,
    chargePicoUsd: 0n,
    usage: { basis: 'missing', parts: {} },
  });
  call({ kind: 'shadow_replay', costPicoUsd: 99n, chargePicoUsd: 99n });
  call({
    kind: 'hold_expiry',
    costBasis: 'estimated',
    costPicoUsd: 1n,
    chargePicoUsd: 1n,
    usage: { basis: 'missing', parts: {} },
  });
  const bill = draft.bill('2026-11', 'care', scale);
  expect(bill.lines).toEqual([
    {
      lane: 'fast',
      calls: 2,
      pinnedCalls: 0,
      inputTokens: 200,
      outputTokens: 20,
      costPicoUsd: 10n,
      chargePicoUsd: 30_000_000_000_000n,
    },
    { lane: null, calls: 1, pinnedCalls: 1, inputTokens: 100, outputTokens: 10, costPicoUsd: 8n, chargePicoUsd: 8n },
  ]);
  expect(bill).toMatchObject({
    costPicoUsd: 18n,
    chargePicoUsd: 30_000_000_000_008n,
    creditUsedPicoUsd: 25_000_000_000_000n,
    overagePicoUsd: 5_000_000_000_008n,
    waivedPicoUsd: 0n,
    estimatedAttempts: 1,
  });
  expect(draft.bill('2026-11', 'care', free)).toMatchObject({ overagePicoUsd: 0n, waivedPicoUsd: 29_000_000_000_008n });
  expect(draft.bill('2026-11', null, null)).toMatchObject({
    creditUsedPicoUsd: 0n,
    overagePicoUsd: 30_000_000_000_008n,
  });
});
