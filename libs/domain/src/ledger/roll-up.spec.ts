import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CallRecordWire } from '#contracts/call-record.js';
import { sampleEntry, samplePrices } from '../../../../test/support/sample-entries.js';
import { checksumsByDay, RollUp } from './roll-up.js';

const adjustment = (useCase: string, differencePicoUsd: string) => ({
  kind: 'adjustment',
  occurredAt: '2026-11-21T00:00:01.000Z',
  body: {
    ...{ attemptId: sampleEntry(1).id, callId: sampleEntry(1).id, useCase, differencePicoUsd },
    ...{ envelopes: [], differenceNanoUsd: '-1', reason: 'the venue reported less' },
  },
});

test('by day, use case, route and key; corrections on their own day; lines without money nowhere', () => {
  const sums = new RollUp();
  const late = { endedAt: '2026-11-21T00:00:00.000Z', key: null, route: null, venue: null };
  sums.addEntry(samplePrices());
  for (const entry of [sampleEntry(1), sampleEntry(3), sampleEntry(5, late), adjustment('search', '-7')])
    sums.addEntry(entry);
  expect(sums.rows()).toMatchObject([
    { day: '2026-11-20', useCase: 'search', route: 'openai/gpt-4o', key: 'abcdefghijkl', calls: 2 },
    { day: '2026-11-21', useCase: 'search', route: null, key: null, calls: 1, costPicoUsd: 2_550_000_000n - 7n },
  ]);
});

test('a correction of what o10 spent on evidence is no caller\u2019s cost', () => {
  const sums = new RollUp();
  const { body, ...line } = adjustment('search', '-7');
  sums.addEntry(sampleEntry(1, { kind: 'shadow_replay' }));
  sums.addEntry({ ...line, body: { ...body, evaluation: true, chargeDifferencePicoUsd: '-7' } });
  expect(sums.totals()['search']).toMatchObject({
    costPicoUsd: '0',
    chargePicoUsd: '0',
    evaluationCostPicoUsd: '2509999993',
  });
});

const lines = fc.array(
  fc.record({
    n: fc.nat(9),
    day: fc.constantFrom('2026-11-20', '2026-11-21'),
    key: fc.constantFrom(null, 'abcdefghijkl'),
  }),
  { maxLength: 30 },
);
const entries = (of: { n: number; day: string; key: string | null }[]) =>
  of.map(({ n, day, key }) => sampleEntry(n, { endedAt: `${day}T10:00:00.000Z`, key }));
const rowsOf = (of: { kind: string; occurredAt: string; body: object }[]) => {
  const sums = new RollUp();
  for (const entry of of) sums.addEntry(entry as Parameters<RollUp['addEntry']>[0]);
  return sums.rows();
};

test('however the lines are cut into turns, the checksums are those of one turn', () => {
  fc.assert(
    fc.property(lines, fc.nat(30), (all, cut) => {
      const turns = new RollUp(rowsOf(entries(all.slice(0, cut))));
      turns.merge(rowsOf(entries(all.slice(cut))));
      expect(checksumsByDay(turns.rows().toReversed())).toEqual(checksumsByDay(rowsOf(entries(all))));
    }),
  );
});

test.each<[string, Partial<CallRecordWire>]>([
  ['a pico-dollar', { costPicoUsd: '2530000001' }],
  ['whose it was', { useCase: 'support' }],
  ['a route', { route: null }],
  ['a doubt', { costBasis: 'estimated' }],
])('another checksum for %s', (_, changes) => {
  const [before] = checksumsByDay(rowsOf([sampleEntry(3)])).values();
  expect([...checksumsByDay(rowsOf([sampleEntry(3, changes)])).values()]).not.toEqual([before]);
});
