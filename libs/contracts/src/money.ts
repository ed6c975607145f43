/**
 * Money on the wire is a decimal string of integers, in memory a bigint; never a float.
 * Rates and entry costs are pico-USD (10⁻¹²), holds and counters nano-USD (10⁻⁹).
 */
import { z } from 'zod';

const integerText = z.string().regex(/^-?(0|[1-9]\d{0,29})$/, 'a whole number as text');
const toBigInt = { decode: (text: string) => BigInt(text), encode: (value: bigint) => value.toString() };

/** 10⁻¹² USD. One million USD is 10¹⁸. */
export const PicoUsd = z.codec(integerText, z.bigint(), toBigInt).meta({ id: 'PicoUsd' });
export type PicoUsd = z.output<typeof PicoUsd>;

/** The largest amount a desk can count exactly: Redis scripts compute in doubles (2⁵³). */
export const nanoUsdMax = 9_007_199_000_000_000n;

/** 10⁻⁹ USD, from 0 to 9,007,199 USD. */
export const NanoUsd = z.codec(integerText, z.bigint().min(0n).max(nanoUsdMax), toBigInt).meta({ id: 'NanoUsd' });
export type NanoUsd = z.output<typeof NanoUsd>;

/** 10⁻⁹ USD, of a difference: either sign. */
export const NanoUsdMore = z.codec(integerText, z.bigint(), toBigInt).meta({ id: 'NanoUsdMore' });

const decimalUsd = z.union(
  [z.string().regex(/^\d{1,12}(\.\d{1,12})?$/, 'US dollars, for example "12.50"'), z.number().int().nonnegative()],
  { error: 'US dollars as text in quotes, for example "12.50"' },
);

function scaled(text: string, decimals: number): bigint | null {
  const [whole = '0', fraction = ''] = text.split('.');
  if (/[^0]/.test(fraction.slice(decimals))) return null;
  return BigInt(whole) * 10n ** BigInt(decimals) + BigInt(fraction.slice(0, decimals).padEnd(decimals, '0'));
}

function spelled(value: bigint, decimals: number): string {
  const digits = value.toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  return fraction ? `${digits.slice(0, -decimals)}.${fraction}` : digits.slice(0, -decimals);
}

function usdCodec(decimals: number, max: bigint) {
  return z.codec(decimalUsd, z.bigint().min(0n).max(max), {
    decode: (input, context) => {
      const value = scaled(String(input), decimals);
      if (value !== null) return value;
      context.issues.push({ code: 'custom', input, message: `at most ${decimals} decimals` });
      return z.NEVER;
    },
    encode: (value) => spelled(value, decimals),
  });
}

/** What people write for a limit ("25", "0.5"); in memory nano-USD. */
export const UsdLimit = usdCodec(9, nanoUsdMax).meta({ id: 'UsdLimit' });
/** What people write for a price of one unit, or of a million; in memory pico-USD. */
export const UsdRate = usdCodec(12, 10n ** 24n).meta({ id: 'UsdRate' });
