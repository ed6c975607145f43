import { expect, test } from 'vitest';
import { CallRecord, type CallRecordWire } from '#contracts/call-record.js';
import { sampleCall } from '../../../../test/support/sample-entries.js';
import { clockSkewMs, EnvelopeReplay } from './envelope-replay.js';

const noonMs = Date.parse('2026-11-20T12:00:00.000Z');
const at = (hours: number) => new Date(noonMs + hours * 3_600_000).toISOString();
const put = (limitNanoUsd: string, scope: unknown = { kind: 'organisation' }, unit = 'month') => ({
  name: 'e',
  action: 'put' as const,
  before: null,
  after: { id: 'e', limitNanoUsd, scope, purpose: 'live', window: { unit, zone: 'UTC' } },
});
/** An attempt of so many nano-USD. */
const attempt = (nano: number, changes: Partial<CallRecordWire> = {}) =>
  CallRecord.parse(
    sampleCall(1, {
      costPicoUsd: `${nano}000`,
      heldNanoUsd: String(nano),
      envelopes: [{ envelope: 'e', window: '2026-11' }],
      admittedAt: at(0),
      mode: 'enforce',
      ...changes,
    }),
  );
const above = (sum: number, limit: number) => [
  `envelope e stands at ${sum} nano-USD in 2026-11, above its limit of ${limit}`,
];

test('up to the limit and not one nano-USD beyond, each window for itself', () => {
  const replay = new EnvelopeReplay();
  replay.change(put('0.0000001'), noonMs);
  expect(replay.settle(attempt(60))).toEqual([]);
  expect(replay.settle(attempt(40))).toEqual([]);
  expect(replay.settle(attempt(90, { envelopes: [{ envelope: 'e', window: '2026-12' }] }))).toEqual([]);
  expect(replay.settle(attempt(1))).toEqual(above(101, 100));
  expect(replay.checks).toBe(4);
});

test('a limit lowered below what was admitted breaks nothing; one admitted after it does', () => {
  const replay = new EnvelopeReplay();
  replay.change(put('0.0000001'), noonMs);
  replay.settle(attempt(80));
  replay.change(put('0.00000005'), noonMs + 10 * clockSkewMs);
  expect(replay.settle(attempt(10))).toEqual([]);
  expect(replay.settle(attempt(1, { admittedAt: at(24) }))).toEqual(above(91, 50));
});

test('a raised limit lets more in, also by a clock that is an hour behind', () => {
  const replay = new EnvelopeReplay();
  replay.change(put('0.0000001'), noonMs - 100 * clockSkewMs);
  replay.settle(attempt(100, { admittedAt: at(-50) }));
  replay.change(put('0.0000002'), noonMs);
  expect(replay.settle(attempt(50, { admittedAt: at(-1) }))).toEqual([]);
});

test('an envelope of a use case that is not enforced accounts, and refuses nobody', () => {
  const replay = new EnvelopeReplay();
  replay.change(put('0.0000001', { kind: 'use_case', useCase: 'support' }), noonMs);
  expect(replay.settle(attempt(500, { mode: 'shadow' }))).toEqual([]);
  expect(replay.settle(attempt(500, { wouldRefuse: ['e'] }))).toEqual([]);
  expect(replay.checks).toBe(0);
  expect(replay.settle(attempt(1, { admittedAt: at(1) }))).toEqual(above(1_001, 100));
});

test('an envelope in shadow refuses nobody, and what it let pass is not held against it later', () => {
  const replay = new EnvelopeReplay();
  const tried = put('0.0000001');
  replay.change({ ...tried, after: { ...tried.after, mode: 'shadow' } }, noonMs - 10 * clockSkewMs);
  expect(replay.settle(attempt(500, { admittedAt: at(-1) }))).toEqual([]);
  replay.change(tried, noonMs);
  expect(replay.settle(attempt(1, { admittedAt: at(1) }))).toEqual([]);
  expect(replay.checks).toBe(0);
  expect(replay.settle(attempt(1, { admittedAt: at(24) }))).toEqual(above(502, 100));
});

test('a correction makes room', () => {
  const replay = new EnvelopeReplay();
  replay.change(put('0.0000001'), noonMs);
  replay.settle(attempt(100, { costBasis: 'estimated' }));
  replay.adjust([{ envelope: 'e', window: '2026-11' }], -70n);
  expect(replay.settle(attempt(70))).toEqual([]);
  expect(replay.settle(attempt(1))).toEqual(above(101, 100));
});

const rolling = (nano: number, window: string, hours: number) =>
  attempt(nano, { envelopes: [{ envelope: 'e', window }], admittedAt: at(hours) });

test('a bucket of a rolling window is held with those it counts, and not with older ones', () => {
  const replay = new EnvelopeReplay();
  replay.change(put('0.0000001', { kind: 'organisation' }, 'rolling'), noonMs - 100 * clockSkewMs);
  expect(replay.settle(rolling(60, '2h-2026-11-20T09Z', -3))).toEqual([]);
  expect(replay.settle(rolling(40, '2h-2026-11-20T11Z', -1))).toEqual([]); // with 09
  expect(replay.settle(rolling(60, '2h-2026-11-20T12Z', 0))).toEqual([]); // without 09
  expect(replay.settle(rolling(1, '2h-2026-11-20T13Z', 1))).toEqual([
    'envelope e stands at 101 nano-USD in 2h-2026-11-20T13Z, above its limit of 100',
  ]);
  expect(replay.checks).toBe(4);
});

test('what ends late in an early bucket counts in the later ones that look back on it', () => {
  const replay = new EnvelopeReplay();
  replay.change(put('0.0000001', { kind: 'organisation' }, 'rolling'), noonMs - 100 * clockSkewMs);
  expect(replay.settle(rolling(60, '48h-2026-11-20T12Z', 0))).toEqual([]);
  expect(replay.settle(rolling(41, '48h-2026-11-20T10Z', -2))).toEqual([
    'envelope e stands at 101 nano-USD in 48h-2026-11-20T12Z, above its limit of 100',
  ]);
});

test.each([
  ['whose limit no line tells', null],
  ['that was deleted', { ...put('1'), action: 'delete' as const, after: null }],
  ['whose window nobody here knows', put('0.0000001', { kind: 'organisation' }, 'fortnight')],
])('an envelope %s is counted and not judged', (_, change) => {
  const replay = new EnvelopeReplay();
  if (change) replay.change(change, noonMs);
  expect(replay.settle(attempt(1_000_000))).toEqual([]);
  expect([...replay.unchecked]).toEqual([['e', 1]]);
});
