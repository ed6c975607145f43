/** Prices of a model as a page shows them: a tab per tier, what is in force now, and apart from it what was and will be. */
import type { PriceTab } from '#contracts/api/catalog-api.js';
import { type PriceRow, type Tier, tiers } from '#contracts/price.js';
import { type Meter, meters } from '#contracts/usage.js';

export interface ShownPrices {
  tabs: PriceTab[];
  otherPrices: PriceRow[];
}

export function shownPrices(rows: readonly PriceRow[], venue: string, model: string, nowMs: number): ShownPrices {
  const own = rows.filter((row) => row.venue === venue && (row.model === model || (row.aliases ?? []).includes(model)));
  const inForce = own.filter((row) => Date.parse(row.validFrom) <= nowMs && nowMs < endOf(row)).sort(byPlace);
  const tabs = tiers.flatMap((tier): PriceTab[] => {
    const tab = inForce.filter((row) => row.tier === tier);
    return tab.length === 0 ? [] : [{ tier, rows: tab, blendedPicoUsd: blendedOf(tab, tier) }];
  });
  const otherPrices = own.filter((row) => !inForce.includes(row));
  return { tabs, otherPrices: otherPrices.sort((left, right) => (left.validFrom < right.validFrom ? -1 : 1)) };
}

/**
 * Pico-USD for one token, three of input to one of output (the weighting of public price pages), rounded to the nearest.
 * Null unless text has a price both ways: a model that is sold by the image has no price of a token, above all not zero.
 */
export function blendedOf(rows: readonly PriceRow[], tier: Tier): bigint | null {
  const rate = (meter: Meter) =>
    rows.find((row) => row.tier === tier && row.meter === meter && isList(row))?.ratePicoUsd;
  const [input, output] = [rate('input_uncached'), rate('output_text')];
  return input === undefined || output === undefined ? null : (3n * input + output + 2n) / 4n;
}

/** The price everybody pays, everywhere, at any hour, for a short call. */
const isList = (row: PriceRow) =>
  !row.inputTokensAbove && !row.contract && !row.region && !row.jurisdiction && !row.hours && (row.per ?? 1) === 1;

const endOf = (row: PriceRow) => (row.validTo === undefined ? Infinity : Date.parse(row.validTo));

const byPlace = (left: PriceRow, right: PriceRow) =>
  meters.indexOf(left.meter) - meters.indexOf(right.meter) ||
  (left.inputTokensAbove ?? 0) - (right.inputTokensAbove ?? 0);
