/**
 * Numbers as people and models write them, kept as exact fractions: 0.1 + 0.2 is 0.3 here, and 1e400 is not Infinity.
 * Units, currency signs, percent signs and thousands commas are ignored, never converted.
 */

/** numerator ÷ denominator, denominator > 0, not reduced. */
export interface ExactNumber {
  numerator: bigint;
  denominator: bigint;
}

/** Sign, digits with an optional fraction, exponent, and a divisor where the number is written as a fraction. */
const written = /(-?)(\d+(?:\.\d+)?|\.\d+)(?:e([+-]?\d{1,3})(?!\d))?(?:\s*\/\s*(\d+(?:\.\d+)?))?/gi;

/** Longer than this is no answer anyone meant, and exact arithmetic on it would be slow. */
const lengthMax = 400;

/** Every number of the text in order; the unreadable ones (too long, divided by zero) as null. */
export function numbersIn(text: string): (ExactNumber | null)[] {
  const plain = text
    .normalize('NFKC')
    .replace(/[$€£¥,]/gu, '')
    .replace(/\u2212/gu, '-');
  return [...plain.matchAll(written)].map(([whole, sign, digits, exponent, divisor]) =>
    whole.length > lengthMax ? null : fractionOf(sign === '-', digits ?? '', Number(exponent ?? 0), divisor ?? '1'),
  );
}

export const equalNumbers = (a: ExactNumber, b: ExactNumber): boolean =>
  a.numerator * b.denominator === b.numerator * a.denominator;

function fractionOf(negative: boolean, digits: string, exponent: number, divisor: string): ExactNumber | null {
  const above = decimalOf(digits);
  const below = decimalOf(divisor);
  if (below.numerator === 0n) return null;
  const scale = 10n ** BigInt(Math.abs(exponent));
  const numerator = above.numerator * below.denominator * (exponent > 0 ? scale : 1n);
  return {
    numerator: negative ? -numerator : numerator,
    denominator: above.denominator * below.numerator * (exponent < 0 ? scale : 1n),
  };
}

function decimalOf(digits: string): ExactNumber {
  const [whole = '', fraction = ''] = digits.split('.');
  return { numerator: BigInt(whole + fraction), denominator: 10n ** BigInt(fraction.length) };
}
