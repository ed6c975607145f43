/**
 * What a venue says a call cost, as whole pico-USD. It outranks our own figure, so what cannot be read exactly is no
 * statement but a fault of the usage: null, which quarantines it. Absent is undefined.
 */
import { has, isReported, type Reported } from './count.js';

/** A decimal number, as JSON number or text, times `scale`; null for what is negative, no number or not whole then. */
export function scaledDecimal(value: unknown, scale: bigint): bigint | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const match = /^(\d{1,30})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(String(value));
  if (!match) return null;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const power = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction) * scale;
  if (power >= 0) return digits * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return digits % divisor === 0n ? digits / divisor : null;
}

const picoPerUsd = 10n ** 12n;
/** Venues compute costs as doubles: a figure may have more digits than a pico-USD. Rounded up, since money is owed. */
export function usdAsPico(value: unknown): bigint | null {
  const exact = scaledDecimal(value, picoPerUsd * 10n ** 30n);
  return exact === null ? null : (exact + 10n ** 30n - 1n) / 10n ** 30n;
}

/** xAI: 10¹⁰ ticks are one USD (docs.x.ai, cost tracking). */
function ticksAsPico(value: unknown): bigint | null {
  return scaledDecimal(value, 100n);
}

/** BFL: one credit is one cent (docs.bfl.ai, pricing). */
export function creditsAsPico(value: unknown): bigint | null {
  return scaledDecimal(value, 10n ** 10n);
}

/**
 * The statement inside a usage object: xAI's ticks, Perplexity's `cost.total_cost`, or OpenRouter's `cost`, to which a
 * caller's own key adds what the upstream takes (openrouter.ai, usage accounting).
 */
export function statedCostIn(usage: Reported): bigint | null | undefined {
  if (has(usage, 'cost_in_usd_ticks')) return ticksAsPico(usage.cost_in_usd_ticks);
  if (!has(usage, 'cost')) return undefined;
  if (isReported(usage.cost)) return has(usage.cost, 'total_cost') ? usdAsPico(usage.cost.total_cost) : undefined;
  const cost = usdAsPico(usage.cost);
  const details = isReported(usage.cost_details) ? usage.cost_details : {};
  if (cost === null || usage.is_byok === false || !has(details, 'upstream_inference_cost')) return cost;
  const upstream = usdAsPico(details.upstream_inference_cost);
  return upstream === null ? null : cost + upstream;
}
