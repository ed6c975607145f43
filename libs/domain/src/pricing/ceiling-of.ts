/**
 * The most a call can cost: what is held before it is sent. A ceiling below the later cost overruns an envelope,
 * so every doubt is settled upwards.
 */
import { type Meter, meters, type UsageParts } from '#contracts/usage.js';
import type { Capability } from '#contracts/venue.js';
import { type PricedRoute, type PriceIndex, sheetsAt } from './price-book.js';
import { rateOf, type RateSheet, type Rates } from './rate-sheet.js';

/** No venue can count more than this for the call. Whole numbers; `choices` is at least 1. */
export interface CallBound {
  inputTokensMax: number;
  /** Of each choice, reasoning included. */
  outputTokensMax: number;
  choices: number;
  /** What the call needs besides text; its tokens are bounded by the same two numbers, at their own rates. */
  needs?: readonly Capability[];
  /** Tokens of a predicted output, billed as output where the answer differs (OpenAI, predicted outputs). */
  predictedTokens?: number;
  /** Pictures, and the most tokens of all of them together; they are sold by the one or by the other. */
  pictures?: { count: number; tokensMax: number };
  /** The most of everything that tokens do not bound: pictures, megapixels, steps, seconds, uses of the venue's tools. */
  quantitiesMax?: UsageParts;
}

/** Quantities that no number of tokens bounds and that a call may always use, so each needs a bound of its own. */
const unboundedMeters = [
  'images',
  'megapixels_first',
  'megapixels_further',
  'megapixels_in',
  'video_frames',
  'video_seconds',
  'seconds',
  'steps',
  'characters',
  'pages',
  'search_units',
  'citation',
] as const satisfies Meter[];

/** Which of them a venue charges depends on how much it searches. */
const requestFees = ['requests', 'requests_low', 'requests_medium', 'requests_high'] as const satisfies Meter[];

const picoPerUsd = 10n ** 12n;

function metersOf(needs: readonly Capability[]): { input: Meter[]; output: Meter[] } {
  const input: Meter[] = ['input_uncached', 'cache_read', 'cache_write_5m', 'cache_write_1h'];
  const output: Meter[] = ['output_text', 'reasoning'];
  if (needs.includes('vision')) input.push('image_in', 'cache_read_image', 'video_in');
  if (needs.includes('images')) output.push('image_out');
  if (needs.includes('audio')) {
    input.push('audio_in', 'cache_read_audio');
    output.push('audio_out');
  }
  return { input, output };
}

/** Null when tokens are bought and their plain meter, the first one, has no price. */
function mostFor(tokens: number, of: Meter[], rates: Rates): bigint | null {
  if (tokens === 0) return 0n;
  if (rateOf(rates, of[0]!) === undefined) return null;
  let dearest = 0n;
  for (const meter of of) {
    const rate = rateOf(rates, meter) ?? 0n;
    if (rate > dearest) dearest = rate;
  }
  return BigInt(tokens) * dearest;
}

/** Everything but tokens. Null where it has no bound, or no price. */
function mostBeside({ quantitiesMax: quantities, pictures }: CallBound, rates: Rates): bigint | null {
  for (const meter of unboundedMeters)
    if (meter !== 'images' || pictures === undefined)
      if ((rates[meter] ?? 0n) > 0n && quantities?.[meter] === undefined) return null;
  let most = 0n;
  for (const fee of requestFees) if ((rates[fee] ?? 0n) > most) most = rates[fee]!;
  if (!quantities) return most;
  for (const meter of meters) {
    const quantity = quantities[meter] ?? 0;
    if (quantity === 0) continue;
    const rate = rateOf(rates, meter);
    if (rate === undefined) return null;
    most += BigInt(quantity) * rate;
  }
  return most;
}

/** A model sold by the picture alone has no price of its words, because they cost nothing. */
const soldByPiece = ({ pictures }: CallBound, rates: Rates): boolean =>
  pictures !== undefined && rates.images !== undefined && rates.input_uncached === undefined;

/** The dearer of what is priced; null where neither is. */
function mostForPictures({ pictures }: CallBound, { images, image_out: token }: Rates): bigint | null {
  if (pictures === undefined) return 0n;
  if (images === undefined && token === undefined) return null;
  const [byPiece, byToken] = [BigInt(pictures.count) * (images ?? 0n), BigInt(pictures.tokensMax) * (token ?? 0n)];
  return byPiece > byToken ? byPiece : byToken;
}

function ceilingAt(bound: CallBound, sheet: RateSheet): bigint | null {
  const { input, output } = metersOf(bound.needs ?? []);
  const outputTokens = bound.outputTokensMax + (bound.predictedTokens ?? 0);
  let ceiling = 0n;
  for (const [at, { inputTokensAbove, rates }] of sheet.bands.entries()) {
    if (bound.inputTokensMax <= inputTokensAbove) break;
    const inputMost = Math.min(bound.inputTokensMax, sheet.bands[at + 1]?.inputTokensAbove ?? Infinity);
    const inputCost = mostFor(soldByPiece(bound, rates) ? 0 : inputMost, input, rates);
    const outputCost = mostFor(outputTokens, output, rates);
    const beside = mostBeside(bound, rates);
    const pictures = mostForPictures(bound, rates);
    if (inputCost === null || outputCost === null || beside === null || pictures === null) return null;
    const plain = pictures + inputCost + outputCost * BigInt(bound.choices) + beside;
    const total = plain + (plain * (rates.router_fee ?? 0n) + picoPerUsd - 1n) / picoPerUsd;
    if (total > ceiling) ceiling = total;
  }
  return ceiling;
}

/**
 * Pico-USD, or null when the price is unknown: no rows, no rate of plain input or output, or a fee by the image, pixel,
 * frame or second whose quantity has no bound. At least `costOf` of any usage within the bound that has a price at the
 * same instant, wherever it is served. Every context band the bound can reach counts, since a higher band may also be
 * the cheaper one.
 */
export function ceilingOf(bound: CallBound, index: PriceIndex, route: PricedRoute, instantMs: number): bigint | null {
  let ceiling: bigint | null = null;
  for (const sheet of sheetsAt(index, route, instantMs)) {
    const most = ceilingAt(bound, sheet);
    if (most === null) return null;
    if (ceiling === null || most > ceiling) ceiling = most;
  }
  return ceiling;
}

/** Pico-USD as nano-USD, rounded up, as holds and settlements are counted. */
export function nanoCeil(picoUsd: bigint): bigint {
  return picoUsd > 0n ? (picoUsd + 999n) / 1000n : picoUsd / 1000n;
}
