/**
 * What one route costs while none of its rows begins or ends, with the context bands worked out.
 * A row without a band holds at every input size for which no banded row of its meter takes over.
 */
import type { PriceRow } from '#contracts/price.js';
import type { Meter } from '#contracts/usage.js';

/** Pico-USD for one unit; an absent meter has no known price, which is not a price of zero. */
export type Rates = Readonly<Partial<Record<Meter, bigint>>>;

/** Rates of calls whose total input is strictly greater than `inputTokensAbove`, up to the next band. */
export interface RateBand {
  /** -1 for the first band, which begins at no input at all. */
  readonly inputTokensAbove: number;
  readonly rates: Rates;
}

export interface RateSheet {
  readonly fromMs: number;
  /** Exclusive; Infinity while no end is known. */
  readonly toMs: number;
  /** Ascending, at least one. */
  readonly bands: readonly RateBand[];
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
  above: number;
}

const named = (row: PriceRow) =>
  `${row.venue} ${row.model} ${row.tier} ${row.meter}` +
  (row.inputTokensAbove === undefined ? '' : ` above ${row.inputTokensAbove} input tokens`);

const valid = (row: PriceRow) => `${row.validFrom} to ${row.validTo ?? 'open end'} (${row.source})`;

function dated(row: PriceRow): DatedRow {
  const fromMs = Date.parse(row.validFrom);
  const toMs = row.validTo === undefined ? Infinity : Date.parse(row.validTo);
  if (!(fromMs < toMs))
    throw new ContradictoryPrices(`The price of ${named(row)} is never valid: ${valid(row)}.`, [row]);
  return { row, fromMs, toMs, above: row.inputTokensAbove ?? -1 };
}

/** Rows that could be asked the same question, in order of time. Two that could both answer it are refused. */
function timeline(rows: DatedRow[]): DatedRow[] {
  rows.sort((left, right) => left.fromMs - right.fromMs);
  for (let next = 1; next < rows.length; next += 1) {
    const [earlier, later] = [rows[next - 1]!, rows[next]!];
    if (later.fromMs >= earlier.toMs) continue;
    const message = `Two prices of ${named(later.row)} overlap: ${valid(earlier.row)} and ${valid(later.row)}.`;
    throw new ContradictoryPrices(message, [earlier.row, later.row]);
  }
  return rows;
}

function bandsOf(live: DatedRow[]): RateBand[] {
  const thresholds = [...new Set([-1, ...live.map((one) => one.above)])].sort((left, right) => left - right);
  let rates: Rates = {};
  return thresholds.map((inputTokensAbove) => {
    const own = live.filter((one) => one.above === inputTokensAbove);
    rates = { ...rates, ...Object.fromEntries(own.map(({ row }) => [row.meter, row.ratePicoUsd])) };
    return { inputTokensAbove, rates };
  });
}

/**
 * The sheets of one route, ascending and disjoint; instants without any row have none.
 * Throws `ContradictoryPrices` where rows of one meter and band overlap in time, or a row is never valid.
 */
export function rateSheetsOf(rows: readonly PriceRow[]): RateSheet[] {
  const all = rows.map(dated);
  const timelines = [...Map.groupBy(all, (one) => `${one.row.meter}|${one.above}`).values()].map(timeline);
  const instants = [...new Set(all.flatMap((one) => [one.fromMs, one.toMs]))].sort((left, right) => left - right);
  const cursors = timelines.map(() => 0);
  const sheets: RateSheet[] = [];
  for (let at = 0; at + 1 < instants.length; at += 1) {
    const [fromMs, toMs] = [instants[at]!, instants[at + 1]!];
    const live = timelines.flatMap((line, which) => {
      while (cursors[which]! < line.length && line[cursors[which]!]!.toMs <= fromMs) cursors[which]! += 1;
      const candidate = line[cursors[which]!];
      return candidate && candidate.fromMs <= fromMs ? [candidate] : [];
    });
    if (live.length > 0) sheets.push({ fromMs, toMs, bands: bandsOf(live) });
  }
  return sheets;
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
