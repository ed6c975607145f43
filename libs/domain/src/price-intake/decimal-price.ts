/**
 * A written price ("2.5e-07" dollars a token, "0.20" dollars a million) as whole pico-USD for one unit. Nothing here is
 * ever a float; what does not come out whole says so instead of being rounded into the book.
 */
export interface WrittenPrice {
  negative: boolean;
  zero: boolean;
  /** Pico-USD for one unit, rounded half up where `whole` is false. */
  picoUsd: bigint;
  /** The price of one unit is a whole number of pico-USD. */
  whole: boolean;
  /** Digits from the first to the last that is not 0. More than 12 is what a binary float leaves behind. */
  significantDigits: number;
}

const spelling = /^(-?)(\d{1,30})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;

/** `units`: how many units the text is the price of. Null for text that is no decimal number of a sane length. */
export function readPrice(text: string, units: bigint): WrittenPrice | null {
  const match = spelling.exec(text);
  if (!match) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = BigInt(whole + fraction);
  const power = Number(exponent) - fraction.length + 12;
  if (power > 60 || power < -120) return null;
  const numerator = power >= 0 ? digits * 10n ** BigInt(power) : digits;
  const denominator = units * (power >= 0 ? 1n : 10n ** BigInt(-power));
  return {
    negative: sign === '-' && digits !== 0n,
    zero: digits === 0n,
    picoUsd: (2n * numerator + denominator) / (2n * denominator),
    whole: numerator % denominator === 0n,
    significantDigits: digits.toString().replace(/0+$/, '').length,
  };
}
