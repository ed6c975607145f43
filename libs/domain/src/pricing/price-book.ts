/**
 * Finds prices on the request path: the index is built once per snapshot, a look-up is one map read.
 * A route or an instant without rows gives null, an unknown price, never zero.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { z } from 'zod';
import type { Channel, PriceBook, PriceRow, Tier } from '#contracts/price.js';
import { ContradictoryPrices, type RateSheet, rateSheetsOf, turnAt } from './rate-sheet.js';

/** What a price is looked up by. A `Route` is one; so is what was served: book at the model, tier and place served. */
export interface PricedRoute {
  readonly venue: string;
  readonly model: string;
  readonly tier: Tier;
  readonly channel?: Channel;
  /** The venue's name of the place; where it has no price of its own, that of the jurisdiction or of everywhere holds. */
  readonly region?: string | null;
}

/** The sheets of one model at one tier, everywhere and in places that are priced apart. */
interface PlacedSheets {
  /** In the venue's own jurisdiction, where the index knows it. */
  readonly home: readonly RateSheet[];
  readonly places: ReadonlyMap<string, readonly RateSheet[]>;
}

export interface PriceIndex {
  /** Of the book it was built from, as the book states it. */
  readonly hash: string;
  readonly sheets: ReadonlyMap<string, PlacedSheets>;
  /** Venue, then prefixes from the longest. */
  readonly prefixes: ReadonlyMap<string, readonly { prefix: string; sheets: ReadonlyMap<string, PlacedSheets> }[]>;
  /** Models with rows or an alias of their own, which no prefix prices. */
  readonly named: ReadonlySet<string>;
}

/** Neither a venue nor a tier can hold a bar, so no two routes share a key. */
const keyOf = (venue: string, model: string, terms: string) => `${venue}|${model}|${terms}`;

/** The batch channel of the standard tier is the tier `batch`. */
function termsOf({ tier, channel }: { tier: Tier; channel?: Channel | undefined }): string {
  if (channel !== 'batch' || tier === 'batch') return tier;
  return tier === 'standard' ? 'batch' : `${tier}+batch`;
}

/** Lower-case hex SHA-256 of the RFC 8785 JSON of `rows` as on the wire. Order counts: it is part of what was published. */
export function priceBookHashOf(rows: readonly z.input<typeof PriceRow>[]): string {
  return createHash('sha256').update(canonicalize(rows)!, 'utf8').digest('hex');
}

function placedSheetsOf(rows: readonly PriceRow[], home: string | null): PlacedSheets {
  const placeOf = (row: PriceRow) => row.region ?? row.jurisdiction ?? null;
  const inPlace = (place: string | null) =>
    rateSheetsOf(rows.filter((row) => placeOf(row) === null || placeOf(row) === place));
  const places = new Set(rows.map(placeOf).filter((place) => place !== null));
  return { home: inPlace(home), places: new Map([...places].map((place) => [place, inPlace(place)])) };
}

const byTerms = (rows: readonly PriceRow[], home: string | null) =>
  new Map([...Map.groupBy(rows, termsOf)].map(([terms, own]) => [terms, placedSheetsOf(own, home)]));

/** Which model an alias stands for; one that stands for two is refused. Names with rows of their own are left out. */
function aliasesOf(rows: readonly PriceRow[], own: ReadonlySet<string>): Map<string, string> {
  const aliases = new Map<string, PriceRow>();
  for (const row of rows)
    for (const alias of row.aliases ?? []) {
      const first = aliases.get(alias);
      if (first && first.model !== row.model)
        throw new ContradictoryPrices(`${row.venue} ${alias} is an alias of two models.`, [first, row]);
      if (!own.has(alias)) aliases.set(alias, row);
    }
  return new Map([...aliases].map(([alias, row]) => [alias, row.model]));
}

/**
 * Throws `ContradictoryPrices`, naming the rows, when the book answers one question twice. Does not check the hash.
 * `jurisdictionOf` says where a venue processes data, so that prices of that jurisdiction hold there.
 */
export function priceIndexOf(book: PriceBook, jurisdictionOf?: (venue: string) => string | null): PriceIndex {
  const sheets = new Map<string, PlacedSheets>();
  const prefixes = new Map<string, { prefix: string; sheets: ReadonlyMap<string, PlacedSheets> }[]>();
  const named = new Set<string>();
  for (const [venue, rows] of Map.groupBy(book.rows, (row) => row.venue)) {
    const home = jurisdictionOf?.(venue) ?? null;
    const models = Map.groupBy(rows, (row) => row.model);
    const add = (name: string, own: ReadonlyMap<string, PlacedSheets>) => {
      named.add(`${venue}|${name}`);
      for (const [terms, placed] of own) sheets.set(keyOf(venue, name, terms), placed);
    };
    const ownOf = new Map([...models].map(([model, all]) => [model, byTerms(all, home)]));
    for (const [model, own] of ownOf) add(model, own);
    for (const [alias, model] of aliasesOf(rows, new Set(models.keys()))) add(alias, ownOf.get(model)!);
    const open = [...models].map(([prefix, all]) => [prefix, all.filter((row) => row.match === 'prefix')] as const);
    const found = open.filter(([, all]) => all.length > 0).sort(([left], [right]) => right.length - left.length);
    if (found.length > 0)
      prefixes.set(
        venue,
        found.map(([prefix, all]) => ({ prefix, sheets: byTerms(all, home) })),
      );
  }
  return { hash: book.hash, sheets, prefixes, named };
}

/** A prefix ends where a word does: "gpt-4o" begins "gpt-4o-2024-08-06", not "gpt-4omni". */
const begins = (model: string, prefix: string): boolean =>
  model.startsWith(prefix) && (/[^a-zA-Z0-9]$/.test(prefix) || /^[^a-zA-Z0-9]/.test(model.slice(prefix.length)));

/** Exact names and aliases first, then the longest declared prefix. */
function placedSheets(index: PriceIndex, route: PricedRoute): PlacedSheets | undefined {
  const terms = termsOf(route);
  const exact = index.sheets.get(keyOf(route.venue, route.model, terms));
  if (exact || index.prefixes.size === 0 || index.named.has(`${route.venue}|${route.model}`)) return exact;
  return index.prefixes
    .get(route.venue)
    ?.find(({ prefix }) => begins(route.model, prefix))
    ?.sheets.get(terms);
}

function sheetIn(sheets: readonly RateSheet[], instantMs: number): RateSheet | null {
  let low = 0;
  let high = sheets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sheets[middle]!.fromMs <= instantMs) low = middle;
    else high = middle - 1;
  }
  const sheet = sheets[low];
  return sheet && sheet.fromMs <= instantMs && instantMs < sheet.toMs ? turnAt(sheet, instantMs) : null;
}

/** The rates of a route at an instant (milliseconds since 1970), from inclusive, to exclusive. */
export function sheetAt(index: PriceIndex, route: PricedRoute, instantMs: number): RateSheet | null {
  const placed = placedSheets(index, route);
  if (!placed) return null;
  const place = route.region ? placed.places.get(route.region) : undefined;
  return sheetIn(place ?? placed.home, instantMs);
}

/** All that could hold: where a call will be served is not known before, so its ceiling looks at every place. */
export function sheetsAt(index: PriceIndex, route: PricedRoute, instantMs: number): RateSheet[] {
  const placed = placedSheets(index, route);
  if (!placed) return [];
  if (route.region || placed.places.size === 0) {
    const one = sheetAt(index, route, instantMs);
    return one ? [one] : [];
  }
  const all = [placed.home, ...placed.places.values()].map((sheets) => sheetIn(sheets, instantMs));
  return all.filter((sheet) => sheet !== null);
}
