import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import { nanoCeil } from '../pricing/ceiling-of.js';
import { reversalOf, type TruedUp, trueUpOf } from './true-up.js';

const booked = (costPicoUsd: bigint, costBasis: CallRecord['costBasis'] = 'estimated') => ({
  kind: 'call' as const,
  attemptId: 'a',
  callId: 'c',
  useCase: 'faq',
  envelopes: [{ envelope: 'plan', window: '2026-11' }],
  costPicoUsd,
  chargePicoUsd: costPicoUsd,
  heldNanoUsd: 10n,
  costBasis,
});

test.each([
  ['an estimate that was too high', booked(10_000n), null, 2_500n, { revision: 1, differencePicoUsd: -7_500n, differenceNanoUsd: -7n }],
  ['one that was right is none any more', booked(10_000n), null, 10_000n, { revision: 1, differencePicoUsd: 0n, differenceNanoUsd: 0n }],
  ['one the venue charged nothing for', booked(10_000n), null, 0n, { differencePicoUsd: -10_000n, differenceNanoUsd: -10n }],
  ['more than was held', booked(10_000n), null, 12_000n, { differenceNanoUsd: 2n, heldNanoUsd: 10n }],
  ['the same again', booked(10_000n), { revision: 1, costPicoUsd: 2_500n, reported: true }, 2_500n, null],
  ['another report', booked(10_000n), { revision: 1, costPicoUsd: 2_500n, reported: true }, 2_000n, { revision: 2, differencePicoUsd: -500n, differenceNanoUsd: -1n }],
  ['what was reported and agrees', booked(7n, 'reported'), null, 7n, null],
  ['what was reported and does not', booked(7n, 'reported'), null, 9n, { revision: 1, differencePicoUsd: 2n, differenceNanoUsd: 0n }],
  ['what o10 thought was never bought', booked(0n, 'none'), null, 1n, { differencePicoUsd: 1n, differenceNanoUsd: 1n }],
] as const)('%s', (_name, record, before, reported, expected) => {
  const found = trueUpOf(record, before, reported);
  if (expected === null) expect(found).toBeNull();
  else expect(found).toMatchObject(expected);
}); // prettier-ignore

test.each([
  ['charged at cost, it is charged what it costs', 10n, 10n, 4n, -6n],
  ['charged at a floor, it still is', 10n, 25n, 4n, 0n],
  ['unless it costs more than that', 10n, 25n, 30n, 5n],
] as const)('%s', (_name, costPicoUsd, chargePicoUsd, reported, moved) => {
  const record = { ...booked(costPicoUsd, 'reported'), chargePicoUsd };
  const found = trueUpOf(record, null, reported)!;
  expect(found.chargeDifferencePicoUsd).toBe(moved);
  const again = trueUpOf(record, { ...found, reported: true }, costPicoUsd)!;
  expect(again.chargeDifferencePicoUsd).toBe(-moved);
});

test('however many reports there are, desk and ledger count what the last one says', () =>
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 7n), fc.array(fc.bigInt(0n, 10n ** 7n)), (cost, reports) => {
      let before: TruedUp | null = null;
      let [pico, nano] = [cost, nanoCeil(cost)];
      for (const reported of reports) {
        const found = trueUpOf(booked(cost), before, reported);
        if (!found) continue;
        pico += found.differencePicoUsd;
        nano += found.differenceNanoUsd;
        before = { ...found, reported: true };
      }
      expect(pico).toBe(reports.at(-1) ?? cost);
      expect(nano).toBe(nanoCeil(reports.at(-1) ?? cost));
    }),
  ));

test('a reversal leaves what was there before, and an estimate is one again', () =>
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 7n), fc.bigInt(0n, 10n ** 7n), (cost, reported) => {
      const correction = trueUpOf(booked(cost), null, reported)!;
      const back = reversalOf(correction, 2);
      expect(back.differencePicoUsd + correction.differencePicoUsd).toBe(0n);
      expect(back.differenceNanoUsd + correction.differenceNanoUsd).toBe(0n);
      expect(back.chargeDifferencePicoUsd + correction.chargeDifferencePicoUsd).toBe(0n);
      expect(back.costPicoUsd).toBe(cost);
      const again = trueUpOf(booked(cost), { ...back, reported: false }, reported);
      expect(again).toMatchObject({ revision: 3, differencePicoUsd: reported - cost });
    }),
  ));
