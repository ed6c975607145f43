/** Exact fractions, for shares of an hour and of a month's invoice. Money leaves them once, rounded half to even. */
import { dividedHalfEven } from './rounding.js';

export interface Fraction {
  readonly over: bigint;
  /** Above 0. */
  readonly under: bigint;
}

export const wholeFraction = (value: bigint): Fraction => ({ over: value, under: 1n });

/** "0.75", "3/8000", 1e-7 or 2: the number as it is written. Null for anything else, and for a fraction over 0. */
export function fractionOf(value: unknown): Fraction | null {
  if (typeof value === 'bigint') return wholeFraction(value);
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const parts = String(value).split('/');
  if (parts.length === 2) {
    const [over, under] = [fractionOf(parts[0]), fractionOf(parts[1])];
    return over && under && under.over !== 0n ? dividedBy(over, under) : null;
  }
  const match = /^(-?)(\d{1,30})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(String(value));
  if (!match) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const power = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction) * (sign ? -1n : 1n);
  return power >= 0 ? wholeFraction(digits * 10n ** BigInt(power)) : { over: digits, under: 10n ** BigInt(-power) };
}

export const times = (one: Fraction, other: Fraction): Fraction => ({
  over: one.over * other.over,
  under: one.under * other.under,
});

export const plus = (one: Fraction, other: Fraction): Fraction => ({
  over: one.over * other.under + other.over * one.under,
  under: one.under * other.under,
});

export const minus = (one: Fraction, other: Fraction): Fraction => plus(one, { over: -other.over, under: other.under });

/** Throws on a division by zero: that is a bug of the caller. */
export function dividedBy(one: Fraction, other: Fraction): Fraction {
  if (other.over === 0n) throw new Error('A division by zero.');
  const sign = other.over < 0n ? -1n : 1n;
  return { over: one.over * other.under * sign, under: one.under * other.over * sign };
}

/** Below 0, 0 or above 0, as `one` is to `other`. */
export function compared(one: Fraction, other: Fraction): -1 | 0 | 1 {
  const difference = one.over * other.under - other.over * one.under;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The nearest whole number, half to even. */
export const rounded = (value: Fraction): bigint => dividedHalfEven(value.over, value.under);

/** A fraction of USD in pico-USD. */
export const picoUsdOf = (usd: Fraction): bigint => rounded(times(usd, wholeFraction(10n ** 12n)));
