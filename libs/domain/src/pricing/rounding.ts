/** The one place where a cost is rounded: a rate for several units that does not divide. Half to even, to a pico-USD. */
import type { CostLine } from '#contracts/call-record.js';

/** The quotient rounded half to even. `divisor` is above 0, `value` of any sign. */
export function dividedHalfEven(value: bigint, divisor: bigint): bigint {
  const magnitude = value < 0n ? -value : value;
  const [quotient, rest] = [magnitude / divisor, (magnitude % divisor) * 2n];
  const rounded = rest > divisor || (rest === divisor && quotient % 2n === 1n) ? quotient + 1n : quotient;
  return value < 0n ? -rounded : rounded;
}

/** What a line must cost. */
export function lineCostOf(line: Pick<CostLine, 'quantity' | 'ratePicoUsd' | 'per'>): bigint {
  const product = BigInt(line.quantity) * line.ratePicoUsd;
  return line.per === undefined ? product : dividedHalfEven(product, BigInt(line.per));
}
