/**
 * The rows that answer one question, one after the other. A new row takes its interval; what was there before and after
 * stays as it was, so an announced price survives the import of a list that knows nothing of it.
 */
import type { PriceRow } from '#contracts/price.js';
import { endOf, rowKeyOf, samePrice, startOf } from './price-claim.js';

export type Timelines = Map<string, PriceRow[]>;

export const timelinesOf = (rows: readonly PriceRow[]): Timelines => Map.groupBy(rows, rowKeyOf);

/** The row in force at the instant (milliseconds since 1970). */
export function rowAt(timeline: readonly PriceRow[], instantMs: number): PriceRow | null {
  return timeline.find((row) => startOf(row) <= instantMs && instantMs < endOf(row)) ?? null;
}

/** A price without an end of its own ends where the next one that is already known begins. */
export function boundedBy(timeline: readonly PriceRow[], row: PriceRow): PriceRow {
  if (row.validTo !== undefined) return row;
  const next = timeline
    .filter((other) => startOf(other) > startOf(row))
    .sort((left, right) => startOf(left) - startOf(right))[0];
  return next ? { ...row, validTo: next.validFrom } : row;
}

/** Whether the timeline says this price already, for the whole of the row's interval. */
export const alreadySays = (timeline: readonly PriceRow[], row: PriceRow): boolean =>
  timeline.some((other) => samePrice(other, row) && startOf(other) <= startOf(row) && endOf(other) >= endOf(row));

/** The timeline with this row in it. */
export function withRow(timeline: readonly PriceRow[], row: PriceRow): PriceRow[] {
  const kept = timeline.flatMap((other): PriceRow[] => {
    if (endOf(other) <= startOf(row) || startOf(other) >= endOf(row)) return [other];
    const before = startOf(other) < startOf(row) ? [{ ...other, validTo: row.validFrom }] : [];
    const after = row.validTo !== undefined && endOf(other) > endOf(row) ? [{ ...other, validFrom: row.validTo }] : [];
    return [...before, ...after];
  });
  return [...kept, row].sort((left, right) => startOf(left) - startOf(right));
}

/** The book with these rows in it: questions keep their order, new ones come last. */
export function bookWith(rows: readonly PriceRow[], accepted: readonly PriceRow[]): PriceRow[] {
  const timelines = timelinesOf(rows);
  for (const row of accepted) timelines.set(rowKeyOf(row), withRow(timelines.get(rowKeyOf(row)) ?? [], row));
  return [...timelines.values()].flat();
}
