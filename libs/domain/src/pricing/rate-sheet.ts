/**
 * What one route costs while none of its rows begins or ends, with the context bands worked out.
 * A row without a band holds at every input size for which no banded row of its meter takes over.
 */
import type { PriceRow } from '#contracts/price.js';
import type { Meter } from '#contracts/usage.js';
import { wallTimeMs } from '../envelope/zone-calendar.js';
import { bandsOf } from './rate-band.js';

/**
 * Pico-USD for one unit, rounded up where that is no whole number; an absent meter has no known price, which is not a
 * price of zero.
 */
export type Rates = Readonly<Partial<Record<Meter, bigint>>>;

/** The exact price of meters whose unit has no whole one: `ratePicoUsd` for `per` units. */
export type ExactRates = Readonly<Partial<Record<Meter, { ratePicoUsd: bigint; per: number }>>>;

/** Rates of calls whose total input is strictly greater than `inputTokensAbove`, up to the next band. */
export interface RateBand {
  /** -1 for the first band, which begins at no input at all. */
  readonly inputTokensAbove: number;
  readonly rates: Rates;
  /** Absent where every rate is whole. */
  readonly exact?: ExactRates;
}

export interface RateSheet {
  readonly fromMs: number;
  /** Exclusive; Infinity while no end is known. */
  readonly toMs: number;
  /** Ascending, at least one. */
  readonly bands: readonly RateBand[];
  /** Where prices change by the hour: what holds instead, by the minute of the day in this zone. */
  readonly daily?: { readonly zone: string; readonly turns: readonly { fromMinute: number; sheet: RateSheet }[] };
}

/** A price book that says two things about one price, or nothing at all. The book is refused as a whole. */
export class ContradictoryPrices extends Error {
  readonly code = 'contradictory_prices';
  readonly rows: readonly PriceRow[];
  constructor(message: string, rows: readonly PriceRow[]) {
    super(message);
    this.rows = rows;
    this.name = 'ContradictoryPrices';
  }
}

interface DatedRow {
  row: PriceRow;
  fromMs: number;
  toMs: number;
}

const placeOf = (row: PriceRow): string => row.region ?? row.jurisdiction ?? '';

const named = (row: PriceRow) =>
  `${row.venue} ${row.model} ${row.tier} ${row.meter}` +
  (placeOf(row) && ` in ${placeOf(row)}`) +
  (row.contract === undefined ? '' : ' by contract') +
  (row.inputTokensAbove === undefined ? '' : ` above ${row.inputTokensAbove} input tokens`);

const valid = (row: PriceRow) => `${row.validFrom} to ${row.validTo ?? 'open end'} (${row.source})`;

function dated(row: PriceRow): DatedRow {
  const fromMs = Date.parse(row.validFrom);
  const toMs = row.validTo === undefined ? Infinity : Date.parse(row.validTo);
  if (!(fromMs < toMs))
    throw new ContradictoryPrices(`The price of ${named(row)} is never valid: ${valid(row)}.`, [row]);
  return { row, fromMs, toMs };
}

/** Rows of one slot could be asked the same question: they may follow each other, never overlap. */
const slotOf = ({ row }: DatedRow): string =>
  [
    row.meter,
    row.inputTokensAbove ?? '',
    row.contract === undefined ? '' : 'contract',
    placeOf(row),
    row.hours ? `${row.hours.zone} ${row.hours.from} ${row.hours.to}` : '',
  ].join('|');

/** In order of time. Two rows that could both answer one question are refused. */
function timeline(rows: DatedRow[]): DatedRow[] {
  rows.sort((left, right) => left.fromMs - right.fromMs);
  for (let next = 1; next < rows.length; next += 1) {
    const [earlier, later] = [rows[next - 1]!, rows[next]!];
    if (later.fromMs >= earlier.toMs) continue;
    throw overlapping(earlier.row, later.row);
  }
  return rows;
}

const overlapping = (one: PriceRow, other: PriceRow) =>
  new ContradictoryPrices(`Two prices of ${named(other)} overlap: ${valid(one)} and ${valid(other)}.`, [one, other]);

const minuteOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

/** From inclusive, to exclusive; it may run over midnight. */
function holdsAt(row: PriceRow, minute: number): boolean {
  if (!row.hours) return true;
  const [from, to] = [minuteOf(row.hours.from), minuteOf(row.hours.to)];
  return from < to ? from <= minute && minute < to : minute >= from || minute < to;
}

/** The one zone of all hours; two zones would make the order of changes depend on the season. */
function zoneOf(rows: readonly PriceRow[]): string | null {
  const timed = rows.filter((row) => row.hours);
  const [first] = timed;
  if (!first) return null;
  const other = timed.find((row) => row.hours!.zone !== first.hours!.zone);
  if (other) throw new ContradictoryPrices(`The hours of ${named(other)} are of two zones.`, [first, other]);
  try {
    wallTimeMs(first.hours!.zone, 0);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ContradictoryPrices(`The hours of ${named(first)} are of an unknown zone.`, [first]);
  }
  return first.hours!.zone;
}

/** Contract over list, then the place's own over everywhere, then these hours over all day: by meter, all its bands. */
const rankOf = (row: PriceRow): number =>
  (row.contract === undefined ? 0 : 4) + (placeOf(row) ? 2 : 0) + (row.hours ? 1 : 0);

function outranking(rows: readonly PriceRow[]): PriceRow[] {
  const best = new Map<Meter, number>();
  for (const row of rows) best.set(row.meter, Math.max(best.get(row.meter) ?? 0, rankOf(row)));
  const left = rows.filter((row) => rankOf(row) === best.get(row.meter));
  const seen = new Map<string, PriceRow>();
  for (const row of left) {
    const key = `${row.meter}|${row.inputTokensAbove ?? ''}`;
    const twice = seen.get(key);
    if (twice) throw overlapping(twice, row);
    seen.set(key, row);
  }
  return left;
}

function sheetOf(live: readonly PriceRow[], fromMs: number, toMs: number): RateSheet {
  const zone = zoneOf(live);
  const at = (minute: number) => bandsOf(outranking(live.filter((row) => holdsAt(row, minute))));
  if (zone === null) return { fromMs, toMs, bands: at(0) };
  const minutes = new Set([0]);
  for (const { hours } of live) if (hours) minutes.add(minuteOf(hours.from)).add(minuteOf(hours.to));
  const turns = [...minutes]
    .sort((left, right) => left - right)
    .map((fromMinute) => ({ fromMinute, sheet: { fromMs, toMs, bands: at(fromMinute) } }));
  return { fromMs, toMs, bands: turns[0]!.sheet.bands, daily: { zone, turns } };
}

/**
 * The sheets of one route, ascending and disjoint; instants without any row have none.
 * Throws `ContradictoryPrices` where rows that answer one question overlap in time or in hours, or one is never valid.
 */
export function rateSheetsOf(rows: readonly PriceRow[]): RateSheet[] {
  const all = rows.map(dated);
  const timelines = [...Map.groupBy(all, slotOf).values()].map(timeline);
  const instants = [...new Set(all.flatMap((one) => [one.fromMs, one.toMs]))].sort((left, right) => left - right);
  const cursors = timelines.map(() => 0);
  const sheets: RateSheet[] = [];
  for (let at = 0; at + 1 < instants.length; at += 1) {
    const [fromMs, toMs] = [instants[at]!, instants[at + 1]!];
    const live = timelines.flatMap((line, which) => {
      while (cursors[which]! < line.length && line[cursors[which]!]!.toMs <= fromMs) cursors[which]! += 1;
      const candidate = line[cursors[which]!];
      return candidate && candidate.fromMs <= fromMs ? [candidate.row] : [];
    });
    if (live.length > 0) sheets.push(sheetOf(live, fromMs, toMs));
  }
  return sheets;
}

const minuteMs = 60_000;
const dayMinutes = 1440;

/** The sheet itself, or its turn of the day at the instant. */
export function turnAt(sheet: RateSheet, instantMs: number): RateSheet {
  if (!sheet.daily) return sheet;
  const { zone, turns } = sheet.daily;
  const wallMs = zone === 'UTC' ? instantMs : wallTimeMs(zone, instantMs);
  const minute = ((Math.floor(wallMs / minuteMs) % dayMinutes) + dayMinutes) % dayMinutes;
  let at = turns.length - 1;
  while (at > 0 && minute < turns[at]!.fromMinute) at -= 1;
  return turns[at]!.sheet;
}

/** The band a call of this total input, cache included, is charged in, as a whole. */
export function bandFor(sheet: RateSheet, inputTokens: number): RateBand {
  let at = sheet.bands.length - 1;
  while (at > 0 && inputTokens <= sheet.bands[at]!.inputTokensAbove) at -= 1;
  return sheet.bands[at]!;
}

/**
 * The rate of a meter. Reasoning without a rate of its own is output: OpenAI (reasoning guide), Anthropic (context
 * windows page), Google and DeepSeek (pricing pages) all bill it so. No other meter borrows a rate.
 */
export function rateOf(rates: Rates, meter: Meter): bigint | undefined {
  return rates[meter] ?? (meter === 'reasoning' ? rates.output_text : undefined);
}
