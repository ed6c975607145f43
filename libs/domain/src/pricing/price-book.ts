/**
 * Finds prices on the request path: the index is built once per snapshot, a look-up is one map read.
 * A route or an instant without rows gives null, an unknown price, never zero.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { z } from 'zod';
import type { PriceBook, PriceRow, Tier } from '#contracts/price.js';
import { type RateSheet, rateSheetsOf } from './rate-sheet.js';

/** What a price is looked up by. A `Route` is one; so is what was served: book at the model and tier served. */
export interface PricedRoute {
  readonly venue: string;
  readonly model: string;
  readonly tier: Tier;
}

export interface PriceIndex {
  /** Of the book it was built from, as the book states it. */
  readonly hash: string;
  readonly sheets: ReadonlyMap<string, readonly RateSheet[]>;
}

/** Neither a venue nor a tier can hold a bar, so no two routes share a key. */
const keyOf = (route: PricedRoute) => `${route.venue}|${route.model}|${route.tier}`;

/** Lower-case hex SHA-256 of the RFC 8785 JSON of `rows` as on the wire. Order counts: it is part of what was published. */
export function priceBookHashOf(rows: readonly z.input<typeof PriceRow>[]): string {
  return createHash('sha256').update(canonicalize(rows)!, 'utf8').digest('hex');
}

/** Throws `ContradictoryPrices`, naming the rows, when the book answers one question twice. Does not check the hash. */
export function priceIndexOf(book: PriceBook): PriceIndex {
  const sheets = new Map<string, RateSheet[]>();
  for (const [key, rows] of Map.groupBy(book.rows, keyOf)) sheets.set(key, rateSheetsOf(rows));
  return { hash: book.hash, sheets };
}

/** The rates of a route at an instant (milliseconds since 1970), from inclusive, to exclusive. */
export function sheetAt(index: PriceIndex, route: PricedRoute, instantMs: number): RateSheet | null {
  const sheets = index.sheets.get(keyOf(route));
  if (!sheets) return null;
  let low = 0;
  let high = sheets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sheets[middle]!.fromMs <= instantMs) low = middle;
    else high = middle - 1;
  }
  const sheet = sheets[low];
  return sheet && sheet.fromMs <= instantMs && instantMs < sheet.toMs ? sheet : null;
}
