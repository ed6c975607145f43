/**
 * About what a call will cost at a route: for ranking only, never for a hold or a bill.
 * Called for every route of every call, so it reads rates that were worked out when the index was built.
 */
import { type PricedRoute, type PriceIndex, sheetAt } from './price-book.js';
import { bandFor } from './rate-sheet.js';

export interface ExpectedTokens {
  /** All of it, what the cache is expected to hold included. */
  inputTokens: number;
  /** How much of the input this route is expected to have cached; absent: nothing. */
  cachedTokens?: number;
  /** Of all choices, reasoning included. */
  outputTokens: number;
}

/**
 * Pico-USD, or null when plain input or output that is expected has no price. Fractions of a token count as whole ones.
 * A route that sells no cache reads is taken not to cache: then the cached part is plain input. Fees per request are
 * included.
 */
export function expectedCostOf(
  { inputTokens, cachedTokens = 0, outputTokens }: ExpectedTokens,
  index: PriceIndex,
  route: PricedRoute,
  instantMs: number,
): bigint | null {
  const sheet = sheetAt(index, route, instantMs);
  if (!sheet) return null;
  const { rates } = bandFor(sheet, inputTokens);
  const cached = rates.cache_read === undefined ? 0 : Math.ceil(Math.min(cachedTokens, inputTokens));
  const uncached = Math.ceil(inputTokens) - cached;
  const output = Math.ceil(outputTokens);
  if (uncached > 0 && rates.input_uncached === undefined) return null;
  if (output > 0 && rates.output_text === undefined) return null;
  let cost = rates.requests ?? 0n;
  if (uncached > 0) cost += BigInt(uncached) * rates.input_uncached!;
  if (cached > 0) cost += BigInt(cached) * rates.cache_read!;
  if (output > 0) cost += BigInt(output) * rates.output_text!;
  return cost;
}
