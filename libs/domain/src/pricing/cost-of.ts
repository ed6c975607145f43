/**
 * What a call cost: quantity × rate, line by line, exact in pico-USD.
 * Usage that nobody knows has no cost here: a caller books the ceiling instead.
 */
import type { CostLine } from '#contracts/call-record.js';
import { type Meter, meters, type Usage, type UsageParts } from '#contracts/usage.js';
import { type PricedRoute, type PriceIndex, sheetAt } from './price-book.js';
import { bandFor, type ExactRates, rateOf, type Rates } from './rate-sheet.js';
import { dividedHalfEven, lineCostOf } from './rounding.js';

export type Cost =
  { priced: true; costPicoUsd: bigint; lines: CostLine[] } | { priced: false; unpricedMeters: Meter[] };

const inputMeters = [
  'input_uncached',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'audio_in',
  'image_in',
  'video_in',
  'cache_read_audio',
  'cache_read_image',
] as const satisfies Meter[];

const picoPerUsd = 10n ** 12n;

/** All tokens that went in, cached or not: what context bands are decided by. */
export function totalInputOf(parts: UsageParts): number {
  let total = 0;
  for (const meter of inputMeters) total += parts[meter] ?? 0;
  return total;
}

/** A router's fee is a share of the other lines. It is one line of one unit, so that quantity × rate is its cost. */
function feeLine(costPicoUsd: bigint, perUsd: bigint): CostLine {
  const fee = dividedHalfEven(costPicoUsd * perUsd, picoPerUsd);
  return { meter: 'router_fee', quantity: 1, ratePicoUsd: fee, costPicoUsd: fee };
}

/** The lines of quantities that are not zero at these rates, or the meters that have no rate. */
export function costAt(parts: UsageParts, rates: Rates, exact?: ExactRates): Cost {
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
    const fraction = exact && (exact[meter] ?? (rates[meter] === undefined ? exact.output_text : undefined));
    const line: CostLine = fraction
      ? { meter, quantity, ...fraction, costPicoUsd: lineCostOf({ quantity, ...fraction }) }
      : { meter, quantity, ratePicoUsd, costPicoUsd: BigInt(quantity) * ratePicoUsd };
    costPicoUsd += line.costPicoUsd;
    lines.push(line);
  }
  if (unpricedMeters.length > 0) return { priced: false, unpricedMeters };
  if (rates.router_fee !== undefined && costPicoUsd > 0n) {
    const fee = feeLine(costPicoUsd, rates.router_fee);
    costPicoUsd += fee.costPicoUsd;
    lines.push(fee);
  }
  return { priced: true, costPicoUsd, lines };
}

/** Of one model's parts, in their own context band. */
function costOfParts(parts: UsageParts, index: PriceIndex, route: PricedRoute, instantMs: number): Cost {
  const sheet = sheetAt(index, route, instantMs);
  const band = sheet && bandFor(sheet, totalInputOf(parts));
  return band ? costAt(parts, band.rates, band.exact) : costAt(parts, {});
}

/**
 * The cost of `usage` at the route that served it, at the instant the call was admitted (the one its ceiling was held
 * at). The context band is chosen by the total input and applies to the whole call. A per-request fee is charged when
 * usage counts `requests`, which `billOf` does once per call. What other models used is priced at theirs.
 * Throws on usage whose basis is `missing` or `quarantined`: that is a bug of the caller.
 */
export function costOf(usage: Usage, index: PriceIndex, route: PricedRoute, instantMs: number): Cost {
  if (usage.basis === 'missing' || usage.basis === 'quarantined')
    throw new Error(`Usage that is ${usage.basis} has no cost; book the ceiling of the call as estimated.`);
  const own = costOfParts(usage.parts, index, route, instantMs);
  if (!usage.others) return own;
  const costs = usage.others.map(({ model, parts }) =>
    costOfParts(parts, index, model === null ? route : { ...route, model }, instantMs),
  );
  const all = [own, ...costs];
  const unpricedMeters = all.flatMap((cost) => (cost.priced ? [] : cost.unpricedMeters));
  if (unpricedMeters.length > 0) return { priced: false, unpricedMeters: [...new Set(unpricedMeters)] };
  const lines = all.flatMap((cost) => (cost.priced ? cost.lines : []));
  return { priced: true, costPicoUsd: lines.reduce((sum, line) => sum + line.costPicoUsd, 0n), lines };
}
