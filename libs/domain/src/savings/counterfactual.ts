/**
 * What the same usage would have cost on another route, on the same day. A model, not a bill: the other route would
 * have written another answer, so whatever is claimed from this is corrected by calls that really were replayed.
 */
import type { Usage, UsageParts } from '#contracts/usage.js';
import { costAt, totalInputOf } from '../pricing/cost-of.js';
import { type PricedRoute, type PriceIndex, sheetAt } from '../pricing/price-book.js';
import { bandFor, type Rates } from '../pricing/rate-sheet.js';

const cacheMeters = ['cache_read', 'cache_write_5m', 'cache_write_1h'] as const;

/** The parts as the other route would count them: what it does not sell as cache it reads plainly. */
function translated(parts: UsageParts, rates: Rates): UsageParts {
  const other: UsageParts = { ...parts, requests: rates.requests === undefined ? 0 : 1 };
  for (const meter of cacheMeters) {
    if (rates[meter] !== undefined) continue;
    other.input_uncached = (other.input_uncached ?? 0) + (parts[meter] ?? 0);
    other[meter] = 0;
  }
  return other;
}

/**
 * Pico-USD at the rates of `route` at the instant, its own fee per request included; null where something that was used
 * has no price there. The usage must be reported: a ceiling says nothing of what another route would have cost.
 */
export function counterfactualOf(
  usage: Usage,
  index: PriceIndex,
  route: PricedRoute,
  instantMs: number,
): bigint | null {
  if (usage.basis !== 'reported') throw new Error(`Usage that is ${usage.basis} has no counterfactual.`);
  const sheet = sheetAt(index, route, instantMs);
  if (!sheet) return null;
  const { rates, exact } = bandFor(sheet, totalInputOf(usage.parts));
  const cost = costAt(translated(usage.parts, rates), rates, exact);
  return cost.priced ? cost.costPicoUsd : null;
}
