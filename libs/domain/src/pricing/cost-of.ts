/**
 * What a call cost: quantity × rate, line by line, exact in pico-USD and never rounded.
 * Usage that nobody knows has no cost here: a caller books the ceiling instead.
 */
import type { CostLine } from '#contracts/call-record.js';
import { type Meter, meters, type Usage, type UsageParts } from '#contracts/usage.js';
import { type PricedRoute, type PriceIndex, sheetAt } from './price-book.js';
import { bandFor, rateOf, type Rates } from './rate-sheet.js';

export type Cost =
  { priced: true; costPicoUsd: bigint; lines: CostLine[] } | { priced: false; unpricedMeters: Meter[] };

const inputMeters = [
  'input_uncached',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'audio_in',
  'image_in',
] as const satisfies Meter[];

/** All tokens that went in, cached or not: what context bands are decided by. */
export function totalInputOf(parts: UsageParts): number {
  let total = 0;
  for (const meter of inputMeters) total += parts[meter] ?? 0;
  return total;
}

/** The lines of quantities that are not zero at these rates, or the meters that have no rate. */
export function costAt(parts: UsageParts, rates: Rates): Cost {
  const lines: CostLine[] = [];
  const unpricedMeters: Meter[] = [];
  let costPicoUsd = 0n;
  for (const meter of meters) {
    const quantity = parts[meter] ?? 0;
    if (quantity === 0) continue;
    const ratePicoUsd = rateOf(rates, meter);
    if (ratePicoUsd === undefined) {
      unpricedMeters.push(meter);
      continue;
    }
    const line = { meter, quantity, ratePicoUsd, costPicoUsd: BigInt(quantity) * ratePicoUsd };
    costPicoUsd += line.costPicoUsd;
    lines.push(line);
  }
  return unpricedMeters.length === 0 ? { priced: true, costPicoUsd, lines } : { priced: false, unpricedMeters };
}

/**
 * The cost of `usage` at the route that served it, at the instant the call was admitted (the one its ceiling was held
 * at). The context band is chosen by the total input and applies to the whole call. A per-request fee is charged when
 * usage counts `requests`. Throws on usage whose basis is `missing` or `quarantined`: that is a bug of the caller.
 */
export function costOf(usage: Usage, index: PriceIndex, route: PricedRoute, instantMs: number): Cost {
  if (usage.basis === 'missing' || usage.basis === 'quarantined')
    throw new Error(`Usage that is ${usage.basis} has no cost; book the ceiling of the call as estimated.`);
  const sheet = sheetAt(index, route, instantMs);
  return costAt(usage.parts, sheet ? bandFor(sheet, totalInputOf(usage.parts)).rates : {});
}
