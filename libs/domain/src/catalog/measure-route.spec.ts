import { expect, test } from 'vitest';
import { measureRoutes, type TimedCall } from './measure-route.js';

const nowMs = Date.parse('2026-11-20T12:00:00.000Z');
const sinceMs = nowMs - 30 * 86_400_000;
const call = (change: Partial<TimedCall> = {}): TimedCall => ({
  ...{ route: 'a/m', venue: 'a', outcome: 'served', admittedAt: '2026-11-20T11:00:00.000Z', stream: true },
  ...{ latencyMs: 1_100, firstByteMs: 100, usage: { basis: 'reported', parts: { output_text: 50 } } },
  ...change,
});
const measured = (calls: TimedCall[]) => measureRoutes(calls, sinceMs, nowMs).get('a/m');

test('the median is one that was measured, and throughput counts from the first byte', () => {
  expect(
    measured([
      call({ latencyMs: 300 }),
      call({ latencyMs: 1_100 }),
      call({ latencyMs: 9_100 }),
      call({ latencyMs: 9_200 }),
    ]),
  ).toMatchObject({
    calls: 4,
    latencyMsP50: 1_100,
    firstByteMsP50: 100,
  });
  expect(measured([call()])?.throughputP50).toBe(50);
  expect(measured([call({ stream: false, latencyMs: 500 })])?.throughputP50).toBe(100);
});

test('uptime is of the last day: faults count against it, refusals of ours do not, older ones neither', () => {
  const old = call({ outcome: 'fault', admittedAt: '2026-11-18T11:00:00.000Z' });
  const calls = [
    call(),
    call(),
    call({ outcome: 'client_gone' }),
    call({ outcome: 'fault' }),
    call({ outcome: 'refused' }),
    old,
  ];
  expect(measured(calls)).toMatchObject({ uptime24h: 0.75, attempts24h: 4, calls: 2 });
  expect(measured([old])).toMatchObject({ uptime24h: null, attempts24h: 0, latencyMsP50: null });
});

test('what was not measured is null: no tokens, no time, no report', () => {
  const nothing = { usage: { basis: 'missing' as const, parts: {} } };
  expect(measured([call(nothing)])?.throughputP50).toBeNull();
  expect(measured([call({ latencyMs: null, firstByteMs: null })])).toMatchObject({
    latencyMsP50: null,
    throughputP50: null,
  });
  expect(measured([call({ usage: { basis: 'reported', parts: { images: 1 } } })])?.throughputP50).toBeNull();
  expect(measured([])).toBeUndefined();
});
