/** What callers say about venues: the `provider` object of OpenRouter's and FastRouter's callers, in every wire format. */
import type { Refusal } from '#contracts/refusal.js';
import { isObject, type JsonObject } from './json-value.js';

export const venueSorts = ['price', 'latency', 'throughput'] as const;

export interface VenueWishes {
  /** Null: any. */
  only: readonly string[] | null;
  ignore: readonly string[];
  /** Tried in this order before any other. */
  order: readonly string[];
  /** False: one venue and one tier, and its error where it fails. */
  allowFallbacks: boolean;
  sort: (typeof venueSorts)[number] | null;
}

const noWishes: VenueWishes = { only: null, ignore: [], order: [], allowFallbacks: true, sort: null };

/** Refuses what is there and not of its type. Fields of the object that are about anything else are not read. */
export function venueWishesOf({ provider }: JsonObject): { wishes: VenueWishes } | { refused: Refusal } {
  if (!isObject(provider)) return { wishes: noWishes };
  const { only, ignore, order, allow_fallbacks: fallbacks, sort } = provider;
  for (const [name, value] of Object.entries({ only, ignore, order }))
    if (!isNames(value ?? [])) return wrong(name, 'a list of names of venues');
  if (!isAbsent(fallbacks) && typeof fallbacks !== 'boolean') return wrong('allow_fallbacks', 'true or false');
  const sorted = venueSorts.find((one) => one === sort) ?? null;
  if (!isAbsent(sort) && !sorted) return wrong('sort', `one of ${venueSorts.join(', ')}`);
  return {
    wishes: {
      only: (only as string[] | null | undefined) ?? null,
      ignore: (ignore as string[] | null | undefined) ?? [],
      order: (order as string[] | null | undefined) ?? [],
      allowFallbacks: fallbacks !== false,
      sort: sorted,
    },
  };
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

const isNames = (value: unknown): boolean =>
  Array.isArray(value) && value.length <= 50 && value.every((name) => typeof name === 'string');

const wrong = (name: string, expected: string): { refused: Refusal } => ({
  refused: { code: 'invalid_request', message: `"provider.${name}" must be ${expected}.`, param: `provider.${name}` },
});
