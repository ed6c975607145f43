/** A shadow plan in sentences: what somebody should have read before committing to it. */
import { decimalUsd } from '../pricing/decimal-usd.js';
import type { ShadowPlan } from './plan-shadow.js';

export function describePlan(plan: ShadowPlan, callsPerDay: number | null, drop: number): string[] {
  const { bootstrap, share, shareBy, costPicoUsdPerDay, daysToVerdict, daysToNotice } = plan;
  const first =
    bootstrap.costPicoUsd === null
      ? `The first ${bootstrap.samples} samples cost what is not known yet.`
      : `The first ${bootstrap.samples} samples cost ${decimalUsd(bootstrap.costPicoUsd)} USD, once.`;
  if (share === null || callsPerDay === null)
    return [first, 'How long anything takes is not known: too little was seen, or a price is missing.'];
  const why = {
    verdict_in_7_days: 'enough for a verdict in 7 days',
    spend: 'as much as 5 % of what the baseline costs will pay for',
    all_calls: 'all there are',
    asked: 'as asked',
    unknown: 'unknown',
  }[shareBy];
  return [
    first,
    `Then ${percent(share)} of calls, ${why}${costPicoUsdPerDay === null ? '' : `: ${decimalUsd(costPicoUsdPerDay)} USD a day`}.`,
    daysToVerdict === null ? 'No verdict can be expected.' : `A verdict takes about ${days(daysToVerdict)}.`,
    ...(daysToNotice === null
      ? []
      : [
          `${percent(share)} of ${grouped(callsPerDay)} calls a day notices a ${points(drop)}-point drop in about ${days(daysToNotice)}.`,
        ]),
  ];
}

const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
const percent = (share: number): string => `${rounded(share * 100, share < 0.01 ? 3 : 1)} %`;
const points = (drop: number): string => String(rounded(drop * 100, 1));
const days = (count: number): string => {
  const whole = Math.max(1, Math.round(count));
  return `${grouped(whole)} ${whole === 1 ? 'day' : 'days'}`;
};
const grouped = (count: number): string => String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/gu, ',');
