/** Lists of random operations, run on the desk and on the model of libs/domain: every answer and every balance must agree. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeskEnvelope, EnvelopeDesk, HoldRequest, PendingRecord, Settlement } from '#contracts/envelope-desk.js';
import { nanoUsdMax } from '#contracts/money.js';
import { emptyModel, stepModel, type ModelAnswer, type ModelOperation } from '#domain/envelope/model.js';
import { DeskNotBuilt } from '#contracts/envelope-desk.js';
import { hourMs, newOrganisation, windowAround } from './desk-fixtures.js';
import type { MakeDesk } from './envelope-desk.js';

const envelopeIds = ['e1', 'e2', 'e3'];
const windows = {
  now: [windowAround('now')],
  endless: [windowAround('over', 5, -1), windowAround('endless', 1, null), windowAround('later', -1, 2)],
  /** Counts what was spent before it was put too. */
  rolling: [{ ...windowAround('now'), also: ['endless', 'long-ago', 'unused'] }],
  none: [windowAround('over', 5, -1)],
};

/** `acknowledge` names places in the list drained last, since cursors are the desk's own. */
type Step = Exclude<ModelOperation, { kind: 'acknowledge' }> | { kind: 'acknowledge'; places: number[] };

const amount = fc.oneof(
  { weight: 12, arbitrary: fc.bigInt(0n, 12n) },
  { weight: 1, arbitrary: fc.constantFrom(nanoUsdMax, nanoUsdMax - 1n, nanoUsdMax * 9n) },
);
const cost = fc.oneof(
  { weight: 12, arbitrary: fc.bigInt(0n, 15n) },
  { weight: 1, arbitrary: fc.constant(nanoUsdMax / 2n) },
);
const holdId = fc.constantFrom(...Array.from({ length: 10 }, (_, n) => `h${n}`));
const place = fc.record({
  envelope: fc.constantFrom(...envelopeIds),
  window: fc.constantFrom('now', 'endless', 'long-ago'),
});
const places = fc.uniqueArray(place, { maxLength: 3, selector: ({ envelope }) => envelope });

const envelopeArbitrary: fc.Arbitrary<DeskEnvelope> = fc.record({
  id: fc.constantFrom(...envelopeIds),
  limitNanoUsd: fc.oneof(
    { weight: 9, arbitrary: fc.bigInt(0n, 30n) },
    { weight: 1, arbitrary: fc.constant(nanoUsdMax) },
  ),
  steerAtPercent: fc.option(fc.integer({ min: 1, max: 100 })),
  ladder: fc.record({
    flex: fc.option(fc.integer({ min: 1, max: 100 })),
    shrink: fc.option(fc.integer({ min: 1, max: 100 })),
    cap: fc.option(fc.integer({ min: 1, max: 100 })),
  }),
  windows: fc.constantFrom(windows.now, windows.now, windows.endless, windows.rolling, windows.none),
});
const envelopes = fc.uniqueArray(envelopeArbitrary, { maxLength: 3, selector: ({ id }) => id });

const requestArbitrary: fc.Arbitrary<HoldRequest> = fc.record({
  holdId,
  callId: fc.constantFrom('call 1', 'call 2'),
  amountNanoUsd: amount,
  envelopes: fc.uniqueArray(fc.record({ id: fc.constantFrom(...envelopeIds), refuses: fc.boolean() }), {
    maxLength: 3,
    selector: ({ id }) => id,
  }),
  expiresInMs: fc.constantFrom(0, hourMs),
  line: fc.constantFrom(undefined, 'x', 'y'),
});
const settlementArbitrary: fc.Arbitrary<Settlement> = fc.record({
  holdId,
  costNanoUsd: cost,
  envelopes: places,
  record: fc.string(),
});

const rebuildArbitrary = fc.record({
  envelopes,
  balances: places.chain((listed) =>
    fc.tuple(
      ...listed.map((each) =>
        fc.record({ settledNanoUsd: cost, heldNanoUsd: fc.bigInt(0n, 9n) }).map((sums) => ({ ...each, ...sums })),
      ),
    ),
  ),
  holds: fc.uniqueArray(
    fc.record({
      holdId,
      callId: fc.constant('rebuilt'),
      amountNanoUsd: fc.bigInt(0n, 9n),
      envelopes: places,
      expiresAtMs: fc.constantFrom(1, 2_000_000_000_000),
    }),
    { maxLength: 3, selector: (hold) => hold.holdId },
  ),
  lines: fc.uniqueArray(fc.record({ line: fc.constantFrom('x', 'y'), nextPosition: fc.integer({ min: 1, max: 9 }) }), {
    selector: ({ line }) => line,
  }),
  epoch: fc.integer({ min: 1, max: 9 }),
  ended: fc.uniqueArray(holdId, { maxLength: 3 }),
});

const reholdArbitrary = fc.record({
  holdId,
  callId: fc.constant('presented'),
  amountNanoUsd: fc.bigInt(0n, 9n),
  envelopes: places,
  expiresInMs: fc.constantFrom(0, hourMs),
  line: fc.constantFrom(undefined, { line: 'x', position: 4 }, { line: 'y', position: 2 }),
});
const adjustmentArbitrary = fc.record({
  adjustmentId: fc.constantFrom('adjust 1', 'adjust 2', 'adjust 3'),
  differenceNanoUsd: fc.bigInt(-9n, 9n),
  envelopes: places,
  record: fc.string(),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('hold' as const),
      requests: fc.array(requestArbitrary, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      settlements: fc.array(settlementArbitrary, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('putEnvelopes' as const),
      envelopes: envelopes.filter((list) => list.length > 0),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drain' as const), count: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), places: fc.uniqueArray(fc.nat(8)) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expired' as const), count: fc.constant(99) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('attempts' as const), holdIds: fc.array(holdId) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('rehold' as const),
      holds: fc.uniqueArray(reholdArbitrary, { maxLength: 3, selector: (hold) => hold.holdId }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('adjust' as const),
      adjustments: fc.array(adjustmentArbitrary, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('epoch' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('openHolds' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rebuild' as const), state: rebuildArbitrary }) },
);
const steps = fc
  .tuple(
    fc.boolean(),
    fc.record({ kind: fc.constant('rebuild' as const), state: rebuildArbitrary }),
    fc.array(step, { maxLength: 25 }),
  )
  .map(([built, first, rest]): Step[] => (built ? [first, ...rest] : rest));

/** Without what only one side can know: cursors, and instants read off a clock. */
function comparable(answer: ModelAnswer): unknown {
  if (answer.kind === 'records') return answer.records.map(({ record }) => record);
  if (answer.kind === 'open') return new Set(answer.holds.map(({ expiresAtMs: _expiresAtMs, ...hold }) => hold));
  return answer;
}

const pick = (drained: PendingRecord[], chosen: number[]) => chosen.flatMap((n) => drained[n]?.cursor ?? []);

async function onDesk(desk: EnvelopeDesk, operation: ModelOperation): Promise<ModelAnswer> {
  switch (operation.kind) {
    case 'putEnvelopes':
      return desk.putEnvelopes(operation.envelopes).then(
        () => ({ kind: 'done' }),
        (error: unknown) => {
          if (error instanceof DeskNotBuilt) return { kind: 'not_built' };
          throw error;
        },
      );
    case 'hold':
      return { kind: 'holds', answers: await desk.hold(operation.requests) };
    case 'settle':
      return { kind: 'settlements', answers: await desk.settle(operation.settlements) };
    case 'drain':
      return { kind: 'records', records: await desk.drain(operation.count) };
    case 'acknowledge':
      return desk.acknowledge(operation.cursors).then(() => ({ kind: 'done' }));
    case 'expired':
      return { kind: 'open', holds: await desk.expired(operation.count) };
    case 'balances':
      return { kind: 'balances', balances: await desk.balances(operation.envelopes) };
    case 'attempts':
      return { kind: 'states', states: await desk.attempts(operation.holdIds) };
    case 'rehold':
      return desk.rehold(operation.holds).then(() => ({ kind: 'done' }));
    case 'openHolds':
      return { kind: 'open', holds: await desk.openHolds() };
    case 'adjust':
      return { kind: 'settlements', answers: await desk.adjust(operation.adjustments) };
    case 'books':
      return { kind: 'books', books: await desk.books(operation.envelopes) };
    case 'epoch':
      return { kind: 'epoch', epoch: await desk.epoch() };
    case 'rebuild':
      return desk.rebuild(operation.state).then(() => ({ kind: 'done' }));
  }
}

async function agree(desk: EnvelopeDesk, list: Step[]): Promise<void> {
  let model = emptyModel;
  let drainedHere: PendingRecord[] = [];
  let drainedThere: PendingRecord[] = [];
  const ask = async (here: ModelOperation, there = here) => {
    const [after, expected] = stepModel(model, here, Date.now());
    model = after;
    const answer = await onDesk(desk, there);
    expect(comparable(answer)).toEqual(comparable(expected));
    if (expected.kind === 'records' && answer.kind === 'records')
      [drainedHere, drainedThere] = [expected.records, answer.records];
  };
  for (const each of list) {
    if (each.kind !== 'acknowledge') await ask(each);
    else
      await ask(
        { kind: 'acknowledge', cursors: pick(drainedHere, each.places) },
        { kind: 'acknowledge', cursors: pick(drainedThere, each.places) },
      );
    await ask({ kind: 'books', envelopes: ['e3', 'e1', 'e2'] });
  }
  await ask({ kind: 'balances', envelopes: ['e3', 'e1', 'e2'] });
  await ask({ kind: 'drain', count: 999 });
  await ask({ kind: 'expired', count: 999 });
}

export function describeDeskAgainstModel(makeDesk: MakeDesk): void {
  describe('against the model', () => {
    test('300 lists of random operations', { timeout: 120_000 }, async () => {
      const property = fc.asyncProperty(steps, async (list) => {
        const desk = makeDesk(newOrganisation());
        await agree(desk, list);
        await desk.close();
      });
      await expect(fc.assert(property, { numRuns: 300, seed: 20261120 })).resolves.toBeUndefined();
    });
  });
}
