/** Money as people read it: decimal USD text, exact, without trailing zeros and without a float on the way. */

/** Pico-USD (10⁻¹² USD) as decimal USD text: 412_000_000n is "0.000412". */
export function decimalUsd(picoUsd: bigint): string {
  const digits = (picoUsd < 0n ? -picoUsd : picoUsd).toString().padStart(13, '0');
  const fraction = digits.slice(-12).replace(/0+$/, '');
  return `${picoUsd < 0n ? '-' : ''}${digits.slice(0, -12)}${fraction ? `.${fraction}` : ''}`;
}
