import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeskEnvelope, DeskState, HoldRequest, Settlement } from '#contracts/envelope-desk.js';
import { emptyModel, stepModel, type Model, type ModelOperation } from './model.js';

const ids = ['e1', 'e2', 'e3'];
const envelopeOf = (id: string, limitNanoUsd: bigint): DeskEnvelope => {
  return { id, limitNanoUsd, steerAtPercent: null, windows: [{ id: 'w', startsAtMs: 0, endsAtMs: null }] };
};
const built = (limit: bigint): Model => {
  const state: DeskState = { envelopes: ids.map((id) => envelopeOf(id, limit)), balances: [], holds: [], lines: [] };
  return stepModel(emptyModel, { kind: 'rebuild', state }, 0)[0];
};

const holdId = fc.constantFrom(...Array.from({ length: 30 }, (_, n) => `h${n}`));
const request: fc.Arbitrary<HoldRequest> = fc.record({
  holdId,
  callId: fc.constant('call'),
  amountNanoUsd: fc.bigInt(0n, 8n),
  envelopes: fc.subarray(ids).map((chosen) => chosen.map((id) => ({ id, refuses: true }))),
  expiresInMs: fc.constant(1_000),
  line: fc.constantFrom(undefined, 'x', 'y'),
});
/** Costs never above the least a hold may be would say little: 0 to 3. */
const settlement: fc.Arbitrary<Settlement> = fc.record({
  holdId,
  costNanoUsd: fc.bigInt(0n, 3n),
  envelopes: fc.constant([]),
  record: fc.string(),
});
const operation: fc.Arbitrary<ModelOperation> = fc.oneof(
  fc.record({ kind: fc.constant('hold' as const), requests: fc.array(request, { maxLength: 5 }) }),
  fc.record({ kind: fc.constant('settle' as const), settlements: fc.array(settlement, { maxLength: 4 }) }),
);
const operations = fc.array(operation, { maxLength: 40 });

function run(model: Model, list: ModelOperation[]): Model {
  return list.reduce((before, each, n) => stepModel(before, each, n)[0], model);
}

test('what is held is the sum of open holds, and no admission takes an envelope beyond its limit', () =>
  fc.assert(
    fc.property(operations, fc.bigInt(0n, 40n), (list, limit) => {
      let model = built(limit);
      for (const [n, each] of list.entries()) {
        const [after, answer] = stepModel(model, each, n);
        for (const balance of after.balances.values()) {
          const open = [...after.holds.values()].filter(
            ({ state, answer: held }) =>
              state === 'open' && held.envelopes.some((place) => place.envelope === balance.envelope),
          );
          expect(balance.heldNanoUsd).toBe(open.reduce((sum, hold) => sum + hold.amountNanoUsd, 0n));
          const before = model.balances.get(`${balance.envelope} w`)?.heldNanoUsd ?? 0n;
          if (answer.kind === 'holds' && balance.heldNanoUsd > before)
            expect(balance.settledNanoUsd + balance.heldNanoUsd).toBeLessThanOrEqual(limit);
        }
        model = after;
      }
    }),
  ));

test('every ending appends one record, and positions of a line have no gaps', () =>
  fc.assert(
    fc.property(operations, (list) => {
      const model = run(built(25n), list);
      expect(model.records).toHaveLength([...model.holds.values()].filter(({ state }) => state === 'settled').length);
      for (const line of ['x', 'y']) {
        const places = [...model.holds].flatMap(([id, hold]) => {
          const asked = list
            .flatMap((each) => (each.kind === 'hold' ? each.requests : []))
            .filter((r) => r.holdId === id);
          return hold.answer.position !== null && asked.some((r) => r.line === line) ? [hold.answer.position] : [];
        });
        const last = (model.lines.get(line) ?? 1) - 1;
        for (let position = 1; position <= last; position += 1) expect(places).toContain(position);
      }
    }),
  ));

test('one list of operations equals the same list cut in two', () =>
  fc.assert(
    fc.property(operations, fc.nat(40), (list, cut) => {
      const whole = run(built(25n), list);
      const half = run(built(25n), list.slice(0, cut));
      const kept = structuredClone([...half.balances]);
      const resumed = list.slice(cut).reduce((before, each, n) => stepModel(before, each, cut + n)[0], half);
      expect([...resumed.balances]).toEqual([...whole.balances]);
      expect([...half.balances]).toEqual(kept);
    }),
  ));
