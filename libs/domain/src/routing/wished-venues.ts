/** Where a caller wants its model bought: which of the routes of one model it may be sent to, and in which order. */
import type { RouteId } from '#contracts/names.js';
import type { Tier } from '#contracts/price.js';
import { expectedCostOf } from '../pricing/expected-cost.js';
import type { PlacedRoute, RoutingIndex } from './routing-index.js';

export interface VenueWishes {
  /** Null: any. */
  only: readonly string[] | null;
  ignore: readonly string[];
  /** Tried in this order before any other. */
  order: readonly string[];
  /** False: one venue and one tier, and its error where it fails. */
  allowFallbacks: boolean;
  sort: 'price' | 'latency' | 'throughput' | null;
}

export const noWishes: VenueWishes = { only: null, ignore: [], order: [], allowFallbacks: true, sort: null };

export const permits = ({ only, ignore }: VenueWishes, venue: string): boolean =>
  (only === null || only.includes(venue)) && !ignore.includes(venue);

/** The routes of the same model, at every tier, that the wishes permit. */
export const permittedOffers = (meant: PlacedRoute, wishes: VenueWishes, index: RoutingIndex): PlacedRoute[] =>
  (index.byModel.get(meant.route.model) ?? [meant]).filter(({ venue }) => permits(wishes, venue.id));

export interface Ranking {
  /** Stands first where nothing else is asked for. */
  meant: PlacedRoute;
  wishes: VenueWishes;
  index: RoutingIndex;
  instantMs: number;
  inputTokensExpected: number;
  /** Output tokens a second, as lately seen; null: nobody has looked. */
  throughputOf?: (route: RouteId) => number | null;
}

/** Of this tier: the caller's order, then its sort, then the venue that was meant, then `only`'s own order, then the id. */
export function ranked(offers: readonly PlacedRoute[], tier: Tier, ranking: Ranking): PlacedRoute[] {
  const { order, only, sort } = ranking.wishes;
  const placeIn = (list: readonly string[] | null, venue: string) => {
    const at = list?.indexOf(venue) ?? -1;
    return at < 0 ? Number.MAX_SAFE_INTEGER : at;
  };
  const keys = (placed: PlacedRoute): (number | bigint)[] => [
    placeIn(order, placed.venue.id),
    sort === null ? 0 : sortKey(sort, placed, ranking),
    placed.venue === ranking.meant.venue ? 0 : 1,
    placeIn(only, placed.venue.id),
  ];
  return offers
    .filter(({ route }) => route.tier === tier)
    .map((placed) => ({ placed, keys: keys(placed) }))
    .sort((one, other) => {
      const at = one.keys.findIndex((key, place) => key !== other.keys[place]);
      if (at >= 0) return one.keys[at]! < other.keys[at]! ? -1 : 1;
      return one.placed.route.id < other.placed.route.id ? -1 : 1;
    })
    .map(({ placed }) => placed);
}

const unknownLast = Number.MAX_SAFE_INTEGER;
/** What a price is compared by: so much out for each token in. */
const outputPerInput = 0.25;

/** What is not known comes last: a price that is not there is no bargain. */
function sortKey(sort: NonNullable<VenueWishes['sort']>, { route }: PlacedRoute, ranking: Ranking): number | bigint {
  if (sort === 'latency') return route.latencyMsP50 ?? unknownLast;
  if (sort === 'throughput') {
    const tokensPerSecond = ranking.throughputOf?.(route.id) ?? null;
    return tokensPerSecond === null ? unknownLast : -tokensPerSecond;
  }
  const inputTokens = ranking.inputTokensExpected;
  const tokens = { inputTokens, outputTokens: Math.max(1, Math.ceil(inputTokens * outputPerInput)) };
  return expectedCostOf(tokens, ranking.index.prices, route, ranking.instantMs) ?? unknownLast;
}
