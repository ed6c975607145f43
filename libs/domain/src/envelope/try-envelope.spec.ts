import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EnvelopeWindow } from '#contracts/envelope.js';
import { emptyModel, stepModel, type Model } from './model.js';
import { tryEnvelope, type TriedAttempt } from './try-envelope.js';
import { windowSpans } from './window-spans.js';

const noonMs = Date.parse('2026-11-20T12:00:00.000Z');
const secondMs = 1_000;
const dayMs = 86_400_000;
const day: EnvelopeWindow = { unit: 'day', zone: 'UTC' };
/** Admitted at second `from`, ended at second `to`: `[from, to, ceiling, cost]`. */
const attempt = ([from, to, ceiling, cost]: [number, number, number, number], useCase = 'faq'): TriedAttempt => ({
  admittedAtMs: noonMs + from * secondMs,
  endedAtMs: noonMs + to * secondMs,
  ceilingNanoUsd: BigInt(ceiling),
  costNanoUsd: BigInt(cost),
  useCase,
});
const tried = (limit: number, rows: [number, number, number, number][], window = day) =>
  tryEnvelope(
    { id: 'new', limitNanoUsd: BigInt(limit), window },
    rows.map((row) => attempt(row)),
  );

describe('one after the other', () => {
  test.each<[string, number, [number, number, number, number][], Partial<Record<string, number>>]>([
    ['all fit', 100, [[0, 1, 60, 40], [2, 3, 60, 40]], {}],
    ['the second would never be known to fit while the first runs', 100, [[0, 9, 60, 40], [2, 3, 60, 40]], { in_flight: 1 }],
    ['what was spent leaves no room', 100, [[0, 1, 60, 60], [2, 3, 60, 40]], { spent: 1 }],
    ['larger than the limit', 100, [[0, 1, 101, 1]], { never_fits: 1 }],
    ['what was refused makes room for what comes', 100, [[0, 1, 90, 90], [2, 3, 20, 20], [4, 5, 10, 10]], { spent: 1 }],
    ['to the last nano-USD', 100, [[0, 1, 50, 50], [2, 3, 50, 50]], {}],
    ['an ending and an admission at once: the ending first', 100, [[0, 2, 60, 10], [2, 3, 60, 10]], {}],
    ['an ending before its admission', 100, [[3, 0, 100, 1], [4, 5, 99, 1]], {}],
    ['in any order', 100, [[2, 3, 60, 40], [0, 1, 60, 60]], { spent: 1 }],
    ['a limit of nothing', 0, [[0, 1, 1, 1], [1, 2, 0, 0]], { never_fits: 1 }],
  ])('%s', (_name, limit, rows, refused) =>
    expect(tried(limit, rows).refused).toEqual({ in_flight: 0, never_fits: 0, spent: 0, ...refused }),
  ); // prettier-ignore

  test('what it would have saved, when it began, in which window and for whom', () => {
    const attempts = [
      attempt([0, 1, 100, 100]),
      attempt([2, 3, 30, 20], 'search'),
      attempt([4, 5, 30, 20], 'search'),
      attempt([6, 7, 30, 10]),
      attempt([86_400, 86_401, 70, 70]),
    ];
    expect(tryEnvelope({ id: 'new', limitNanoUsd: 100n, window: day }, attempts)).toEqual({
      attempts: 5,
      refused: { in_flight: 0, never_fits: 0, spent: 3 },
      firstRefusedAtMs: noonMs + 2 * secondMs,
      admittedNanoUsd: 170n,
      refusedNanoUsd: 50n,
      windows: [{ window: '2026-11-20', refused: 3, settledNanoUsd: 100n }],
      useCases: [
        { useCase: 'search', refused: 2, refusedNanoUsd: 40n },
        { useCase: 'faq', refused: 1, refusedNanoUsd: 10n },
      ],
    });
  });

  test('a rolling window lets in again what has rolled out', () => {
    const rolling: EnvelopeWindow = { unit: 'rolling', zone: 'UTC', hours: 2 };
    const at = (hours: number): [number, number, number, number] => [hours * 3_600, hours * 3_600, 100, 100];
    expect(tried(100, [at(0), at(1), at(2), at(3)], rolling).refused.spent).toBe(2);
  });
});

test('it refuses what a desk with that limit would have refused', () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(40), fc.nat(10), fc.nat(30), fc.nat(30)), { maxLength: 40 }),
      fc.nat(60),
      fc.constantFrom<EnvelopeWindow>(day, { unit: 'hour', zone: 'UTC' }, { unit: 'rolling', zone: 'UTC', hours: 3 }),
      (rows, limit, window) => {
        const attempts = rows.map(([from, lasts, ceiling, cost]) =>
          // Every quarter of an hour, so that windows pass.
          attempt([from * 900 + 1, (from + lasts) * 900, ceiling, Math.min(cost, ceiling)]),
        );
        const { refused } = tryEnvelope({ id: 'new', limitNanoUsd: BigInt(limit), window }, attempts);
        const sum = refused.in_flight + refused.never_fits + refused.spent;
        expect(sum).toBe(refusedByDesk(BigInt(limit), window, attempts));
      },
    ),
    { numRuns: 300 },
  ));

function refusedByDesk(limitNanoUsd: bigint, window: EnvelopeWindow, attempts: TriedAttempt[]): number {
  const windows = windowSpans(window, noonMs - dayMs, 96);
  const desk = { id: 'new', limitNanoUsd, steerAtPercent: null, windows };
  let model: Model = stepModel(emptyModel, { kind: 'rebuild', state: { envelopes: [desk], balances: [], holds: [], lines: [] } }, 0)[0]; // prettier-ignore
  const events = attempts
    .flatMap((one, n) => [
      { atMs: one.admittedAtMs, ends: false, n },
      { atMs: Math.max(one.admittedAtMs, one.endedAtMs), ends: true, n },
    ])
    .sort((a, b) => a.atMs - b.atMs || Number(b.ends) - Number(a.ends) || a.n - b.n);
  const admitted = new Set<number>();
  let refused = 0;
  for (const { atMs, ends, n } of events) {
    const { ceilingNanoUsd: amountNanoUsd, costNanoUsd } = attempts[n]!;
    if (ends && !admitted.has(n)) continue;
    if (ends) {
      const settlements = [{ holdId: String(n), costNanoUsd, envelopes: [], record: '' }];
      model = stepModel(model, { kind: 'settle', settlements }, atMs)[0];
      continue;
    }
    const request = {
      holdId: String(n),
      callId: '',
      amountNanoUsd,
      envelopes: [{ id: 'new', refuses: true }],
      expiresInMs: 1,
    };
    const [after, answer] = stepModel(model, { kind: 'hold', requests: [request] }, atMs);
    model = after;
    if (answer.kind === 'holds' && answer.answers[0]?.outcome === 'held') admitted.add(n);
    else refused += 1;
    // Ended in the same instant, after its admission.
    if (admitted.has(n) && attempts[n]!.endedAtMs <= attempts[n]!.admittedAtMs) {
      const settlements = [{ holdId: String(n), costNanoUsd, envelopes: [], record: '' }];
      model = stepModel(model, { kind: 'settle', settlements }, atMs)[0];
    }
  }
  return refused;
}
