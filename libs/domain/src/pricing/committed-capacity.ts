/**
 * What a call costs on capacity that is already paid for. Two figures, never one: the marginal cost, which routing
 * compares, and the fully loaded cost, which statements add up. Hours nobody used are charges of their own, not smeared
 * over calls (FOCUS 1.4: the unused part of a commitment is its own row).
 */
import { dividedBy, type Fraction, minus, plus, times, wholeFraction } from './fraction.js';
import { dividedHalfEven } from './rounding.js';

/** Bought for a period at one price: Bedrock model units, Azure PTUs, a reserved number of tokens. */
export interface Commitment {
  /** Units of use the period holds, and how many are left. */
  unitsTotal: bigint;
  unitsLeft: bigint;
  /** Of the whole period, used or not. */
  pricePicoUsd: bigint;
  fromMs: number;
  /** Exclusive; what is left then is lost. */
  toMs: number;
}

export interface CommittedCost {
  /** What the call adds to the bill: nothing while units are left, list price beyond. */
  marginalPicoUsd: bigint;
  /** Its share of the period's price, and list price beyond. */
  fullyLoadedPicoUsd: bigint;
  unitsFromCommitment: bigint;
  unitsAtList: bigint;
}

const isOpen = (commitment: Commitment, instantMs: number) =>
  commitment.fromMs <= instantMs && instantMs < commitment.toMs;

/** Units left are drained first, and the rest is at list: a call that straddles the end is both. */
export function costOnCommitment(
  units: bigint,
  listPicoUsdPerUnit: bigint,
  commitment: Commitment,
  instantMs: number,
): CommittedCost {
  const left = isOpen(commitment, instantMs) ? commitment.unitsLeft : 0n;
  const unitsFromCommitment = units < left ? units : left;
  const unitsAtList = units - unitsFromCommitment;
  const marginalPicoUsd = unitsAtList * listPicoUsdPerUnit;
  const share = dividedHalfEven(unitsFromCommitment * commitment.pricePicoUsd, commitment.unitsTotal);
  return { marginalPicoUsd, fullyLoadedPicoUsd: marginalPicoUsd + share, unitsFromCommitment, unitsAtList };
}

/**
 * Units that may be used now without running dry before the end: what an even pace would have used by this instant, less
 * what was used. Negative: ahead of the pace, and a call that could go elsewhere should; positive: units that would
 * otherwise be lost.
 */
export function unitsBehindPace(commitment: Commitment, instantMs: number): bigint {
  const period = BigInt(commitment.toMs - commitment.fromMs);
  const elapsed = BigInt(Math.min(Math.max(instantMs, commitment.fromMs), commitment.toMs) - commitment.fromMs);
  const used = commitment.unitsTotal - commitment.unitsLeft;
  return (commitment.unitsTotal * elapsed) / period - used;
}

/** At the end of its period, what nobody used: a standing charge, assigned to the owner of the commitment. */
export function idleChargeOf(commitment: Commitment): bigint {
  return dividedHalfEven(commitment.unitsLeft * commitment.pricePicoUsd, commitment.unitsTotal);
}

/** One hour of provisioned capacity, in USD. Weights are tokens counted as the venue drains capacity. */
export interface CapacityHour {
  hourUsd: Fraction;
  /** 0 to 1. */
  usedShare: Fraction;
  hourWeight: Fraction;
}

/** A call carries its share of the used part of the hour. `hourWeight` must not be 0 where a call was made. */
export const callShareOf = (hour: CapacityHour, callWeight: Fraction): Fraction =>
  times(hour.usedShare, dividedBy(callWeight, hour.hourWeight));

export const callCostOf = (hour: CapacityHour, callWeight: Fraction): Fraction =>
  times(hour.hourUsd, callShareOf(hour, callWeight));

export const idleCostOf = (hour: Pick<CapacityHour, 'hourUsd' | 'usedShare'>): Fraction =>
  times(hour.hourUsd, minus(wholeFraction(1n), hour.usedShare));

/** A node the organisation owns. Money in USD, by the month unless it says otherwise. */
export interface OwnedNode {
  capex: Fraction;
  residual: Fraction;
  lifeMonths: Fraction;
  kilowatts: Fraction;
  /** Power of the building per power of the machine. */
  pue: Fraction;
  usdPerKwh: Fraction;
  hoursPerMonth: Fraction;
  colocation: Fraction;
  support: Fraction;
  staff: Fraction;
  gpus: Fraction;
  /** Share of installed hours that calls really use. */
  utilisation: Fraction;
}

/** Straight-line depreciation, power at the meter, and everything else that is paid every month. */
export function ownedMonthOf(node: OwnedNode): Fraction {
  const depreciation = dividedBy(minus(node.capex, node.residual), node.lifeMonths);
  const power = [node.pue, node.usdPerKwh, node.hoursPerMonth].reduce(times, node.kilowatts);
  return [power, node.colocation, node.support, node.staff].reduce(plus, depreciation);
}

/** USD for an hour of one GPU that did work. Idle hours are in it, which is why utilisation decides. */
export function deliveredHourOf(node: OwnedNode): Fraction {
  const delivered = [node.hoursPerMonth, node.utilisation].reduce(times, node.gpus);
  return dividedBy(ownedMonthOf(node), delivered);
}
