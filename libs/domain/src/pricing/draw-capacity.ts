/**
 * What a call costs on capacity that is paid for already. Two figures, never one: the marginal cost, which routing
 * compares and envelopes pay, and the fully loaded cost, which statements add up. What nobody used of a period is a
 * charge of its own, not smeared over calls (FOCUS 1.4: the unused part of a commitment is its own row).
 */
import type { CallRecord, CostLine } from '#contracts/call-record.js';
import type { Commitment } from '#contracts/commitment.js';
import type { Meter, Usage, UsageParts } from '#contracts/usage.js';
import { ownedMonthOf } from './committed-capacity.js';
import { dividedBy, fractionOf, picoUsdOf, times, wholeFraction } from './fraction.js';
import { dividedHalfEven } from './rounding.js';

const hourMs = 3_600_000;

/** Capacity bought for a period at one price. */
export interface CapacityPeriod {
  fromMs: number;
  /** Exclusive; what is left then is lost. */
  toMs: number;
  unitsTotal: bigint;
  unitsUsed: bigint;
  /** Of the whole period, used or not. */
  pricePicoUsd: bigint;
}

export interface Draw {
  /** Above 0. */
  units: bigint;
  unitsCovered: bigint;
  /** Taken off the list price: nothing is paid again for what is covered. */
  creditPicoUsd: bigint;
  /** Of the period's price. */
  sharePicoUsd: bigint;
}

/** Owned machines are depreciated straight-line; power, space, support and staff are paid every month. */
export function periodPriceOf({ periodPicoUsd, machines, periodHours }: Commitment): bigint {
  if (periodPicoUsd !== undefined || !machines) return periodPicoUsd ?? 0n;
  const of = (text: string) => fractionOf(text)!;
  const month = ownedMonthOf({
    capex: of(machines.capexUsd),
    residual: of(machines.residualUsd),
    lifeMonths: of(machines.lifeMonths),
    kilowatts: of(machines.kilowatts),
    pue: of(machines.pue),
    usdPerKwh: of(machines.usdPerKwh),
    hoursPerMonth: of(machines.hoursPerMonth),
    colocation: of(machines.colocationUsd),
    support: of(machines.supportUsd),
    staff: of(machines.staffUsd),
  });
  return picoUsdOf(times(dividedBy(month, of(machines.hoursPerMonth)), wholeFraction(BigInt(periodHours))));
}

/** The period an instant lies in, unused; null outside of the commitment. */
export function periodAt(commitment: Commitment, instantMs: number): CapacityPeriod | null {
  const beginMs = Date.parse(commitment.from);
  const endMs = commitment.to === null ? Infinity : Date.parse(commitment.to);
  if (instantMs < beginMs || instantMs >= endMs) return null;
  const lengthMs = commitment.periodHours * hourMs;
  const fromMs = beginMs + Math.floor((instantMs - beginMs) / lengthMs) * lengthMs;
  const unitsTotal = BigInt(commitment.unitsPerPeriod);
  return { fromMs, toMs: fromMs + lengthMs, unitsTotal, unitsUsed: 0n, pricePicoUsd: periodPriceOf(commitment) };
}

/** Reasoning without a weight of its own counts as output, as it does in prices. */
const weightOf = (weights: Commitment['weights'], meter: Meter): number =>
  weights[meter] ?? (meter === 'reasoning' ? (weights.output_text ?? 0) : 0);

/** Units of capacity these quantities use up. */
export function unitsOf(weights: Commitment['weights'], parts: UsageParts): bigint {
  let units = 0n;
  for (const [meter, quantity] of Object.entries(parts) as [Meter, number][])
    units += BigInt(quantity) * BigInt(weightOf(weights, meter));
  return units;
}

/** What is left is drained first, the rest is at list: a call that straddles the end is both. */
export function drawFrom(period: CapacityPeriod, units: bigint, listPicoUsd: bigint): Draw {
  const left = period.unitsUsed < period.unitsTotal ? period.unitsTotal - period.unitsUsed : 0n;
  const unitsCovered = units < left ? units : left;
  return {
    units,
    unitsCovered,
    creditPicoUsd: units === 0n ? 0n : dividedHalfEven(listPicoUsd * unitsCovered, units),
    // Rounded down: the rest of every division is in the idle charge, which so is never below 0.
    sharePicoUsd: (unitsCovered * period.pricePicoUsd) / period.unitsTotal,
  };
}

/** A priced call as far as capacity is concerned. */
export interface PricedCall {
  usage: Usage;
  lines: readonly CostLine[];
  /** Null where the venue does not say. Another tier than the route's is not served from what is committed. */
  servedTier: CallRecord['tier'];
  routeTier: CallRecord['tier'];
}

/**
 * What a call drew: null where nothing of it was served from the commitment, where its usage is not known, and where the
 * venue states the cost, which then has it all.
 */
export function drawOf(call: PricedCall, weights: Commitment['weights'], period: CapacityPeriod): Draw | null {
  const { usage, servedTier, routeTier } = call;
  if (usage.basis !== 'reported' && usage.basis !== 'estimated') return null;
  if (usage.venueCostPicoUsd !== undefined || (servedTier !== null && servedTier !== routeTier)) return null;
  const units = unitsOf(weights, usage.parts);
  const list = call.lines
    .filter(({ meter }) => weightOf(weights, meter) > 0)
    .reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
  return units === 0n ? null : drawFrom(period, units, list);
}

/** A sixtieth of the period: so far a call may run ahead of an even pace, else the first minute of an hour sold nothing. */
const aheadOfPace = 60n;

/** What an even pace would have used by this instant, less what was used. Below 0: ahead of the pace. */
export function unitsBehindPace(period: CapacityPeriod, instantMs: number): bigint {
  const length = BigInt(period.toMs - period.fromMs);
  const elapsed = BigInt(Math.min(Math.max(instantMs, period.fromMs), period.toMs) - period.fromMs);
  return (period.unitsTotal * elapsed) / length - period.unitsUsed;
}

/**
 * What a call of so many units will add to the bill, for ranking: nothing while the commitment is on pace to last,
 * list price beyond. A call ahead of the pace takes units from one that comes later and would then pay the list.
 */
export function expectedMarginalOf(listPicoUsd: bigint, units: bigint, period: CapacityPeriod, nowMs: number): bigint {
  const paced = unitsBehindPace(period, nowMs) + period.unitsTotal / aheadOfPace;
  const left = period.unitsTotal - period.unitsUsed;
  const free = paced < left ? paced : left;
  if (free <= 0n || units === 0n) return listPicoUsd;
  return units <= free ? 0n : listPicoUsd - dividedHalfEven(listPicoUsd * free, units);
}
