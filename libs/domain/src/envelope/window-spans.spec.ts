import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EnvelopeWindow } from '#contracts/envelope.js';
import { bucketsAround, windowSpans } from './window-spans.js';

const hourMs = 3_600_000;
const at = (text: string) => Date.parse(text);
const spans = (unit: EnvelopeWindow['unit'], zone: string, from: string, count: number) =>
  windowSpans({ unit, zone }, at(from), count).map((span) => [
    span.id,
    new Date(span.startsAtMs).toISOString().slice(0, 16),
    ((span.endsAtMs ?? 0) - span.startsAtMs) / hourMs,
  ]);

describe('windows of the calendar', () => {
  test.each([
    ['a plain day', 'day', 'UTC', '2026-11-20T13:00Z', [['2026-11-20', '2026-11-20T00:00', 24]]],
    [
      '23 hours when clocks go forward',
      'day',
      'Europe/Berlin',
      '2026-03-29T12:00Z',
      [['2026-03-29', '2026-03-28T23:00', 23]],
    ],
    [
      '25 hours when they go back',
      'day',
      'Europe/Berlin',
      '2026-10-25T12:00Z',
      [['2026-10-25', '2026-10-24T22:00', 25]],
    ],
    [
      'a day whose midnight does not exist',
      'day',
      'America/Sao_Paulo',
      '2018-11-04T12:00Z',
      [['2018-11-04', '2018-11-04T03:00', 23]],
    ],
    [
      'midnight in the skipped hour, not at its start',
      'day',
      'America/Toronto',
      '1919-03-31T12:00Z',
      [['1919-03-31', '1919-03-31T04:30', 23.5]],
    ],
    ['leap day', 'day', 'Asia/Kathmandu', '2028-02-28T20:00Z', [['2028-02-29', '2028-02-28T18:15', 24]]],
    [
      'a date the zone skipped',
      'day',
      'Pacific/Apia',
      '2011-12-29T20:00Z',
      [
        ['2011-12-29', '2011-12-29T10:00', 24],
        ['2011-12-31', '2011-12-30T10:00', 24],
      ],
    ],
    [
      'month end',
      'month',
      'UTC',
      '2026-01-31T23:59:59.999Z',
      [
        ['2026-01', '2026-01-01T00:00', 744],
        ['2026-02', '2026-02-01T00:00', 672],
      ],
    ],
    ['February of a leap year', 'month', 'UTC', '2028-02-29T00:00Z', [['2028-02', '2028-02-01T00:00', 696]]],
    [
      'month with a change of clocks',
      'month',
      'America/New_York',
      '2026-11-20T00:00Z',
      [['2026-11', '2026-11-01T04:00', 721]],
    ],
    [
      'a week begins on Monday',
      'week',
      'UTC',
      '2026-11-22T23:00Z',
      [
        ['2026-W47', '2026-11-16T00:00', 168],
        ['2026-W48', '2026-11-23T00:00', 168],
      ],
    ],
    [
      'a week of the year before',
      'week',
      'UTC',
      '2027-01-02T00:00Z',
      [
        ['2026-W53', '2026-12-28T00:00', 168],
        ['2027-W01', '2027-01-04T00:00', 168],
      ],
    ],
    ['a week of the year after', 'week', 'UTC', '2024-12-30T00:00Z', [['2025-W01', '2024-12-30T00:00', 168]]],
    [
      'hours of a half-hour zone',
      'hour',
      'Asia/Kolkata',
      '2026-11-20T13:10Z',
      [['2026-11-20T18+05:30', '2026-11-20T12:30', 1]],
    ],
    [
      'the repeated hour',
      'hour',
      'Europe/Berlin',
      '2026-10-25T00:10Z',
      [
        ['2026-10-25T02+02:00', '2026-10-25T00:00', 1],
        ['2026-10-25T02+01:00', '2026-10-25T01:00', 1],
        ['2026-10-25T03+01:00', '2026-10-25T02:00', 1],
      ],
    ],
    [
      'the skipped hour',
      'hour',
      'Europe/Berlin',
      '2026-03-29T00:59Z',
      [
        ['2026-03-29T01+01:00', '2026-03-29T00:00', 1],
        ['2026-03-29T03+02:00', '2026-03-29T01:00', 1],
      ],
    ],
    [
      'half an hour repeated',
      'hour',
      'Australia/Lord_Howe',
      '2026-04-04T14:50Z',
      [
        ['2026-04-05T01+11:00', '2026-04-04T14:00', 1],
        ['2026-04-05T01+10:30', '2026-04-04T15:00', 0.5],
        ['2026-04-05T02+10:30', '2026-04-04T15:30', 1],
      ],
    ],
    [
      'half an hour skipped',
      'hour',
      'Australia/Lord_Howe',
      '2026-10-03T15:10Z',
      [
        ['2026-10-04T01+10:30', '2026-10-03T14:30', 1],
        ['2026-10-04T02+11:00', '2026-10-03T15:30', 0.5],
        ['2026-10-04T03+11:00', '2026-10-03T16:00', 1],
      ],
    ],
  ] as const)('%s', (_name, unit, zone, from, expected) =>
    expect(spans(unit, zone, from, expected.length)).toEqual(expected),
  );

  test.each([
    [undefined, '2026-11-20T12:00Z', 'quarter-2026-10', '2026-09-30T22:00', '2026-12-31T23:00'],
    [4, '2027-02-10T12:00Z', 'quarter-2027-01', '2026-12-31T23:00', '2027-03-31T22:00'],
    [2, '2026-11-20T12:00Z', 'quarter-2026-11', '2026-10-31T23:00', '2027-01-31T23:00'],
    [12, '2026-11-30T22:59Z', 'quarter-2026-09', '2026-08-31T22:00', '2026-11-30T23:00'],
  ] as const)('the fiscal year begins in month %s', (yearStartsMonth, from, id, starts, ends) => {
    const [span] = windowSpans({ unit: 'quarter', zone: 'Europe/Berlin', yearStartsMonth }, at(from), 1);
    expect(span).toEqual({ id, startsAtMs: at(`${starts}Z`), endsAtMs: at(`${ends}Z`) });
  });

  test.each([
    [1, 1, 1],
    [24, 1, 24],
    [25, 2, 13],
    [720, 30, 24],
    [8_784, 366, 24],
  ])('rolling %i hours: buckets of %i, %i of them counted with the one that is filling', (hours, bucket, before) => {
    const spans = windowSpans({ unit: 'rolling', zone: 'UTC', hours }, at('2026-11-20T13:37Z'), 2);
    expect(spans[1]?.startsAtMs).toBe(spans[0]?.endsAtMs);
    for (const { startsAtMs, endsAtMs, also } of spans) {
      expect((endsAtMs! - startsAtMs) / hourMs).toBe(bucket);
      expect(also).toHaveLength(before);
      // What was spent in the first instant of the bucket before the oldest counted one is older than it says.
      expect(before * bucket).toBeGreaterThanOrEqual(hours);
    }
    expect(spans[1]?.also?.[0]).toBe(spans[0]?.id);
    expect(spans[1]?.also?.slice(1)).toEqual(spans[0]?.also?.slice(0, -1));
  });

  test('a bucket names its length, so that a window of another length begins anew', () => {
    const [span] = windowSpans({ unit: 'rolling', zone: 'UTC', hours: 2 }, at('2026-11-20T00:10Z'), 1);
    expect([span?.id, span?.also]).toEqual(['2h-2026-11-20T00Z', ['2h-2026-11-19T23Z', '2h-2026-11-19T22Z']]);
  });

  test('total never ends', () =>
    expect(windowSpans({ unit: 'total', zone: 'UTC' }, at('2026-11-20T13:00Z'), 9)).toEqual([
      { id: 'total', startsAtMs: 0, endsAtMs: null },
    ]));

  test('an unknown zone and a wrong count are refused', () => {
    expect(() => windowSpans({ unit: 'day', zone: 'Mars/Olympus' }, 0, 1)).toThrow(/Mars\/Olympus/);
    expect(() => windowSpans({ unit: 'day', zone: 'UTC' }, 0, 0)).toThrow(/count of windows/);
  });
});

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'America/St_Johns', 'America/Havana', 'America/Santiago', 'Africa/Cairo', 'Asia/Beirut', 'Asia/Kathmandu', 'Asia/Tehran', 'Australia/Lord_Howe', 'Pacific/Apia', 'Pacific/Chatham', 'Pacific/Kiritimati', 'Africa/Casablanca']; // prettier-ignore
const units = ['hour', 'day', 'week', 'month', 'quarter'] as const;
const anyWindow = fc
  .record({ unit: fc.constantFrom(...units), zone: fc.constantFrom(...zones), first: fc.integer({ min: 1, max: 12 }) })
  .map(({ unit, zone, first }) => ({ unit, zone, ...(unit === 'quarter' && { yearStartsMonth: first }) }));
const anyInstant = fc.integer({ min: at('1972-01-01T00:00Z'), max: at('2045-01-01T00:00Z') });

describe('whatever the zone', () => {
  test('windows tile time, hold the instant asked for, and never share an id', () =>
    fc.assert(
      fc.property(anyWindow, anyInstant, fc.integer({ min: 1, max: 60 }), (window, fromMs, count) => {
        const tiles = windowSpans(window, fromMs, count);
        expect(tiles).toHaveLength(count);
        expect(tiles[0]?.startsAtMs).toBeLessThanOrEqual(fromMs);
        expect(tiles[0]?.endsAtMs).toBeGreaterThan(fromMs);
        tiles.slice(1).forEach((tile, index) => expect(tile.startsAtMs).toBe(tiles[index]?.endsAtMs));
        tiles.forEach((tile) => expect(tile.endsAtMs).toBeGreaterThan(tile.startsAtMs));
        expect(new Set(tiles.map((tile) => tile.id)).size).toBe(count);
      }),
      { numRuns: 400 },
    ));

  test('a window is the same from whichever of its instants it is asked for', () =>
    fc.assert(
      fc.property(anyWindow, anyInstant, fc.double({ min: 0, max: 1, noNaN: true }), (window, fromMs, share) => {
        const [tile] = windowSpans(window, fromMs, 1);
        if (!tile || tile.endsAtMs === null) throw new Error('no window');
        const insideMs = Math.min(
          tile.endsAtMs - 1,
          tile.startsAtMs + Math.floor(share * (tile.endsAtMs - tile.startsAtMs)),
        );
        expect(windowSpans(window, insideMs, 1)[0]).toEqual(tile);
        expect(windowSpans(window, tile.startsAtMs, 1)[0]).toEqual(tile);
        expect(windowSpans(window, tile.endsAtMs - 1, 1)[0]).toEqual(tile);
      }),
      { numRuns: 400 },
    ));
});

test('the id of a bucket tells which it counts and which count it', () => {
  for (const hours of [1, 24, 25, 720]) {
    const spans = windowSpans({ unit: 'rolling', zone: 'UTC', hours }, Date.parse('2026-11-20T13:30:00Z'), 40);
    const first = spans[0]!;
    expect(bucketsAround(first.id)?.counts).toEqual([first.id, ...(first.also ?? [])]);
    const countIt = spans.filter(({ id, also = [] }) => id === first.id || also.includes(first.id));
    expect(bucketsAround(first.id)?.countedBy).toEqual(countIt.map(({ id }) => id));
  }
  for (const id of ['2026-11', '2026-11-20T13+01:00', 'total', 'quarter-2026-10']) expect(bucketsAround(id)).toBeNull();
});
