import { describe, expect, test } from 'vitest';
import { burningPairs, burnRateOf, exhaustsAtMs, lookBacksMinutes, windowLengthMs } from './burn-rate.js';
import { alertsOf, type EnvelopeNow } from './envelope-alerts.js';
import { windowSpans } from './window-spans.js';

const hourMs = 3_600_000;
const noonMs = Date.parse('2026-11-20T12:00:00.000Z');
const monthMs = 30 * 24 * hourMs;
const limit = 720_000n; // 1,000 an hour for 30 days
const [november] = windowSpans({ unit: 'month', zone: 'UTC' }, noonMs, 1);

/** As if so much were spent in every hour of the last three days, or only since so many minutes. */
const steady = (perHour: number, sinceMinutes = Infinity) =>
  new Map(
    lookBacksMinutes.map((minutes) => [minutes, BigInt(Math.round((perHour * Math.min(minutes, sinceMinutes)) / 60))]),
  );

describe('burn rates', () => {
  test('1 spends the limit exactly in its window', () => {
    expect(burnRateOf(1_000n, 60, limit, monthMs)).toBe(1);
    expect(burnRateOf(14_400n, 60, limit, monthMs)).toBeCloseTo(14.4);
    expect(burnRateOf(500n, 30, limit, monthMs)).toBe(1);
  });

  test.each([
    ['nothing', 0, Infinity, []],
    ['just below the steady rate', 999, Infinity, []],
    ['the steady rate, for three days', 1_000, Infinity, [1]],
    ['six times', 6_000, Infinity, [6, 1]],
    ['14.4 times', 14_400, Infinity, [14.4, 6, 1]],
    ['14.4 times for five minutes only: no look-back of an hour sees it', 14_400, 5, []],
    ['14.4 times for an hour', 14_400, 60, [14.4]],
    ['ten times for six hours', 10_000, 360, [6]],
  ])('%s', (_name, perHour, sinceMinutes, factors) =>
    expect(burningPairs(steady(perHour, sinceMinutes), limit, monthMs).burning.map(({ factor }) => factor)).toEqual(
      factors,
    ),
  );

  test('what has stopped five minutes ago is over, although the hour is still dear', () => {
    const stopped = new Map(steady(20_000, 60)).set(5, 0n);
    const { burning, fallen } = burningPairs(stopped, limit, monthMs);
    expect(burning).toEqual([]);
    expect(fallen.map(({ factor }) => factor)).toContain(14.4);
  });

  test('a pair that looks back further than the window lasts is silent', () => {
    const { burning } = burningPairs(steady(1_000_000), 24_000n, 24 * hourMs);
    expect(burning.map(({ factor }) => factor)).toEqual([14.4, 6]);
  });

  test('without an end, or without a limit, there is no rate', () => {
    expect(burningPairs(steady(1_000_000), limit, null).burning).toEqual([]);
    expect(burningPairs(steady(1_000_000), 0n, monthMs).burning).toEqual([]);
  });

  test('a rolling window lasts as long as it looks back', () => {
    const [day] = windowSpans({ unit: 'rolling', zone: 'UTC', hours: 24 }, noonMs, 1);
    expect(windowLengthMs(day!)).toBe(24 * hourMs);
    expect(windowLengthMs(november!)).toBe(monthMs);
  });
});

describe('time to exhaustion', () => {
  const balance = (settledNanoUsd: bigint) => ({ limitNanoUsd: limit, settledNanoUsd });
  test.each([
    ['half of it in ten hours', 36_000n, limit / 2n, null, 10],
    ['not within the window', 36_000n, limit / 2n, noonMs + 9 * hourMs, null],
    ['nothing was spent lately', 0n, limit / 2n, null, null],
    ['nothing is left', 0n, limit, null, 0],
    ['more was spent than there is', 5n, limit + 1n, null, 0],
    ['later than any date', 1n, 0n, null, null],
  ])('%s', (_name, perHour, settled, endsAtMs, hours) => {
    const dear =
      hours === null && endsAtMs === null && perHour === 1n
        ? { limitNanoUsd: 10n ** 18n, settledNanoUsd: 0n }
        : balance(settled);
    const atMs = exhaustsAtMs(perHour, dear, endsAtMs, noonMs);
    expect(atMs === null ? null : (atMs - noonMs) / hourMs).toBe(hours);
  });
});

describe('alerts', () => {
  const now = (also: Partial<EnvelopeNow> = {}): EnvelopeNow => ({
    envelope: { id: 'plan', limitNanoUsd: limit },
    span: november!,
    settledNanoUsd: 0n,
    spent: new Map(),
    refusedAsSpent: false,
    nowMs: noonMs,
    ...also,
  });
  const keys = (also: Partial<EnvelopeNow>) => alertsOf(now(also)).raised.map(({ onceKey }) => onceKey);

  test.each([
    [limit / 2n - 1n, []],
    [limit / 2n, [50]],
    [(limit * 9n) / 10n, [50, 75, 90]],
    [limit + 5n, [50, 75, 90, 100]],
  ])('%s nano-USD', (settledNanoUsd, percents) =>
    expect(keys({ settledNanoUsd })).toEqual(percents.map((percent) => `threshold plan ${percent} 2026-11`)),
  );

  test('a refusal for want of money is the hundredth percent', () =>
    expect(keys({ refusedAsSpent: true })).toEqual(['threshold plan 100 2026-11']));

  test('another window is other news; of a rolling one, another stretch', () => {
    const [december] = windowSpans({ unit: 'month', zone: 'UTC' }, noonMs + 15 * 24 * hourMs, 1);
    expect(keys({ settledNanoUsd: limit / 2n, span: december! })).toEqual(['threshold plan 50 2026-12']);
    const rolling = (atMs: number) => {
      const [span] = windowSpans({ unit: 'rolling', zone: 'UTC', hours: 24 }, atMs, 1);
      return keys({ settledNanoUsd: limit / 2n, span: span!, nowMs: atMs });
    };
    expect(rolling(noonMs + hourMs)).toEqual(rolling(noonMs));
    expect(rolling(noonMs + 24 * hourMs)).not.toEqual(rolling(noonMs));
  });

  test('a burn rate is raised while it lasts, with the time that is left, and ended when it falls', () => {
    const { raised, ended } = alertsOf(now({ settledNanoUsd: limit / 4n, spent: steady(7_200, 360) }));
    expect(raised.map(({ onceKey }) => onceKey)).toEqual(['burn_rate plan 6']);
    expect(raised[0]?.body).toMatchObject({
      longMinutes: 360,
      shortMinutes: 30,
      exhaustsAt: '2026-11-23T15:00:00.000Z',
    });
    expect(ended).toEqual(['burn_rate plan 14.4']);
    expect(alertsOf(now()).ended).toEqual(['burn_rate plan 14.4', 'burn_rate plan 6', 'burn_rate plan 1']);
  });
});
