/**
 * What an hour of committed capacity is worth, in exact fractions of USD: to check bills of provisioned hours and to know
 * what machines of one's own cost. What a single call draws is in draw-capacity.
 */
import { dividedBy, type Fraction, minus, plus, times, wholeFraction } from './fraction.js';

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

/** What is paid for a node every month, used or not. Money in USD, by the month unless it says otherwise. */
export interface NodeMonth {
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
}

export interface OwnedNode extends NodeMonth {
  gpus: Fraction;
  /** Share of installed hours that calls really use. */
  utilisation: Fraction;
}

/** Straight-line depreciation, power at the meter, and everything else that is paid every month. */
export function ownedMonthOf(node: NodeMonth): Fraction {
  const depreciation = dividedBy(minus(node.capex, node.residual), node.lifeMonths);
  const power = [node.pue, node.usdPerKwh, node.hoursPerMonth].reduce(times, node.kilowatts);
  return [power, node.colocation, node.support, node.staff].reduce(plus, depreciation);
}

/** USD for an hour of one GPU that did work. Idle hours are in it, which is why utilisation decides. */
export function deliveredHourOf(node: OwnedNode): Fraction {
  const delivered = [node.hoursPerMonth, node.utilisation].reduce(times, node.gpus);
  return dividedBy(ownedMonthOf(node), delivered);
}
