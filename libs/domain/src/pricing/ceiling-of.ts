/**
 * The most a call can cost: what is held before it is sent. A ceiling below the later cost overruns an envelope,
 * so every doubt is settled upwards.
 */
import type { Meter } from '#contracts/usage.js';
import type { Capability } from '#contracts/venue.js';
import { type PricedRoute, type PriceIndex, sheetAt } from './price-book.js';
import { rateOf, type Rates } from './rate-sheet.js';

/** No venue can count more than this for the call. Whole numbers; `choices` is at least 1. */
export interface CallBound {
  inputTokensMax: number;
  /** Of each choice, reasoning included. */
  outputTokensMax: number;
  choices: number;
  /** What the call needs besides text; its tokens are bounded by the same two numbers, at their own rates. */
  needs?: readonly Capability[];
}

/** Quantities that no number of tokens bounds. */
const unboundedMeters = [
  'images',
  'megapixels_first',
  'megapixels_further',
  'megapixels_in',
  'video_frames',
  'seconds',
] as const satisfies Meter[];

function metersOf(needs: readonly Capability[]): { input: Meter[]; output: Meter[] } {
  const input: Meter[] = ['input_uncached', 'cache_read', 'cache_write_5m', 'cache_write_1h'];
  const output: Meter[] = ['output_text', 'reasoning'];
  if (needs.includes('vision')) input.push('image_in');
  if (needs.includes('images')) output.push('image_out');
  if (needs.includes('audio')) {
    input.push('audio_in');
    output.push('audio_out');
  }
  return { input, output };
}

/** Null when tokens are bought and their plain meter, the first one, has no price. */
function mostFor(tokens: number, meters: Meter[], rates: Rates): bigint | null {
  if (tokens === 0) return 0n;
  if (rateOf(rates, meters[0]!) === undefined) return null;
  let dearest = 0n;
  for (const meter of meters) {
    const rate = rateOf(rates, meter) ?? 0n;
    if (rate > dearest) dearest = rate;
  }
  return BigInt(tokens) * dearest;
}

/**
 * Pico-USD, or null when the price is unknown: no rows, no rate of plain input or output, or a fee by the image, pixel,
 * frame or second, which tokens do not bound. At least `costOf` of any usage within the bound that has a price at the
 * same instant. Every context band the bound can reach counts, since a higher band may also be the cheaper one.
 */
export function ceilingOf(bound: CallBound, index: PriceIndex, route: PricedRoute, instantMs: number): bigint | null {
  const sheet = sheetAt(index, route, instantMs);
  if (!sheet) return null;
  const { input, output } = metersOf(bound.needs ?? []);
  let ceiling = 0n;
  for (const [at, { inputTokensAbove, rates }] of sheet.bands.entries()) {
    if (bound.inputTokensMax <= inputTokensAbove) break;
    if (unboundedMeters.some((meter) => (rates[meter] ?? 0n) > 0n)) return null;
    const inputMost = Math.min(bound.inputTokensMax, sheet.bands[at + 1]?.inputTokensAbove ?? Infinity);
    const inputCost = mostFor(inputMost, input, rates);
    const outputCost = mostFor(bound.outputTokensMax, output, rates);
    if (inputCost === null || outputCost === null) return null;
    const total = inputCost + outputCost * BigInt(bound.choices) + (rates.requests ?? 0n);
    if (total > ceiling) ceiling = total;
  }
  return ceiling;
}

/** Pico-USD as nano-USD, rounded up, as holds and settlements are counted. */
export function nanoCeil(picoUsd: bigint): bigint {
  return picoUsd > 0n ? (picoUsd + 999n) / 1000n : picoUsd / 1000n;
}
