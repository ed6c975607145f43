/**
 * BFL: the submit answer states the cost in credits, which is the bill. The megapixels are ours: a picture is
 * width × height / 1,048,576, rounded up, at least one; the first is priced apart from the further ones.
 */
import type { Usage, UsageParts } from '#contracts/usage.js';
import { has, isReported, missingUsage, quarantined, type Reported, reported } from './count.js';
import { creditsAsPico, scaledDecimal } from './venue-cost.js';

const pixelsPerMegapixel = 1_048_576n;

/** Null for a size that is no picture. */
function megapixelsOf(width: unknown, height: unknown): number | null {
  if (!Number.isSafeInteger(width) || !Number.isSafeInteger(height)) return null;
  if ((width as number) <= 0 || (height as number) <= 0) return null;
  const pixels = BigInt(width as number) * BigInt(height as number);
  return Number((pixels + pixelsPerMegapixel - 1n) / pixelsPerMegapixel);
}

const parts = (out: number, input: number): UsageParts => ({
  megapixels_first: 1,
  ...(out > 1 ? { megapixels_further: out - 1 } : {}),
  ...(input > 0 ? { megapixels_in: input } : {}),
});

/** Pixels of the call: input pictures are rounded up each, as BFL publishes no rule for them. */
export function fluxParts(width: unknown, height: unknown, inputs: unknown): UsageParts | null {
  const out = megapixelsOf(width, height);
  if (out === null || (inputs !== undefined && inputs !== null && !Array.isArray(inputs))) return null;
  let input = 0;
  for (const size of (inputs ?? []) as unknown[]) {
    const one = Array.isArray(size) ? megapixelsOf(size[0], size[1]) : null;
    if (one === null) return null;
    input += one;
  }
  return parts(out, input);
}

const ceilOf = (value: unknown): number | null => {
  const hundredths = scaledDecimal(value, 100n);
  return hundredths === null ? null : Number((hundredths + 99n) / 100n);
};

/** The venue's own megapixels, of two decimals. */
function statedParts(raw: Reported): UsageParts | null {
  const [out, input] = [ceilOf(raw.output_mp), has(raw, 'input_mp') ? ceilOf(raw.input_mp) : 0];
  return out === null || input === null ? null : parts(Math.max(1, out), input);
}

/** Takes the submit answer; where it counts no megapixels, the size asked for gives `estimated` ones. */
export function readBflUsage(raw: unknown): Usage {
  if (raw === undefined || raw === null) return missingUsage;
  if (!isReported(raw)) return quarantined(raw);
  const cost = has(raw, 'cost') ? creditsAsPico(raw.cost) : undefined;
  if (has(raw, 'output_mp')) return reported(raw, statedParts(raw), cost);
  if (has(raw, 'width')) {
    const usage = reported(raw, fluxParts(raw.width, raw.height, raw.inputImages), cost);
    return usage.basis === 'reported' && cost === undefined ? { ...usage, basis: 'estimated' } : usage;
  }
  return cost === undefined ? missingUsage : reported(raw, {}, cost);
}
