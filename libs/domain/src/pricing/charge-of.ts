/**
 * What the caller is billed, beside what the venue bills us. They are equal unless the call came by a lane with a floor:
 * then the charge is at least what the same tokens are at the floor's rates.
 */
import type { Lane } from '#contracts/lane.js';
import type { UsageParts } from '#contracts/usage.js';
import type { Bill } from './bill-of.js';
import { totalInputOf } from './cost-of.js';

/** Pico-USD per million tokens; null: no floor. */
export type ChargeFloor = Lane['floor'];

const perMillion = 1_000_000n;

/**
 * Exact, in pico-USD, and never below the cost. What was not counted (estimated, unpriced, nothing bought) is charged as
 * it is booked; true-up corrects both.
 */
export function chargeOf(bill: Pick<Bill, 'basis' | 'costPicoUsd'>, parts: UsageParts, floor: ChargeFloor): bigint {
  if (floor === null || bill.basis !== 'reported') return bill.costPicoUsd;
  const input = BigInt(totalInputOf(parts)) * (floor.input / perMillion);
  const output = BigInt((parts.output_text ?? 0) + (parts.reasoning ?? 0)) * (floor.output / perMillion);
  const least = input + output;
  return bill.costPicoUsd > least ? bill.costPicoUsd : least;
}
