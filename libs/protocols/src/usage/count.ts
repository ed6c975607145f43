/** Counting in what venues report. Absent and null are 0; anything that is no whole number from 0 poisons the sum. */
import type { Usage, UsageParts } from '#contracts/usage.js';
import type { Meter } from '#contracts/usage.js';

export type Reported = Record<string, unknown>;

export const missingUsage: Usage = { basis: 'missing', parts: {} };
export const quarantined = (raw: unknown): Usage => ({ basis: 'quarantined', parts: {}, raw });

export function isReported(value: unknown): value is Reported {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Says whether a field is there with a value. */
export const has = (object: Reported, name: string): boolean => object[name] !== undefined && object[name] !== null;

/** A count, where absent and null are 0; NaN for anything that is no whole number from 0. */
export function countOf(value: unknown): number {
  if (value === undefined || value === null) return 0;
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : NaN;
}

/** A nested object, or an empty one. */
export function within(object: Reported, ...names: string[]): Reported {
  for (const name of names) {
    const value = object[name];
    if (isReported(value)) return value;
  }
  return {};
}

/**
 * The parts that are not zero, and those of `always` even where they are: an explicit zero is zero. Null where a count
 * is no count, or where a subset is larger than what it is part of (its remainder is negative).
 */
export function partsFrom(counts: Partial<Record<Meter, number>>, always: readonly Meter[]): UsageParts | null {
  const parts: UsageParts = {};
  for (const meter of Object.keys(counts) as Meter[]) {
    const count = counts[meter]!;
    if (!(count >= 0)) return null;
    if (count > 0 || always.includes(meter)) parts[meter] = count;
  }
  return parts;
}

/** Reported usage with these parts, or quarantined where there are none. */
export function reported(raw: unknown, parts: UsageParts | null, venueCostPicoUsd?: bigint | null): Usage {
  if (!parts || venueCostPicoUsd === null) return quarantined(raw);
  const usage: Usage = { basis: 'reported', parts, raw };
  if (venueCostPicoUsd !== undefined) usage.venueCostPicoUsd = venueCostPicoUsd.toString();
  return usage;
}
