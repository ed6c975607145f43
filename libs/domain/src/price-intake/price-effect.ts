/**
 * What a change of prices would have made of calls that were made: the same usage at the prices in force and at the
 * proposed ones. Calls that a side cannot price are counted, never taken for free.
 */
import type { PriceEffect } from '#contracts/api/price-intake-api.js';
import type { CallRecord } from '#contracts/call-record.js';
import { costOf } from '../pricing/cost-of.js';
import type { PriceIndex } from '../pricing/price-book.js';

export interface PricedMoment {
  index: PriceIndex;
  instantMs: number;
}

export interface EffectFrame {
  from: string;
  to: string;
  capped: boolean;
}

export type RepricedCall = Pick<CallRecord, 'usage' | 'route' | 'venue' | 'tier' | 'servedModel'>;

type RouteEffect = PriceEffect['routes'][number];

export function effectOf(
  records: Iterable<RepricedCall>,
  before: PricedMoment,
  after: PricedMoment,
  frame: EffectFrame,
): PriceEffect {
  const effect: PriceEffect = {
    ...frame,
    ...{ calls: 0, beforePicoUsd: 0n, afterPicoUsd: 0n, differencePicoUsd: 0n },
    ...{ newlyPriced: 0, newlyUnpriced: 0, unpriced: 0, routes: [] },
  };
  const routes = new Map<string, RouteEffect>();
  for (const record of records) {
    if (record.usage.basis !== 'reported' || record.route === null) continue;
    effect.calls += 1;
    const [was, becomes] = [costThen(record, before), costThen(record, after)];
    if (was === null || becomes === null) {
      if (was === becomes) effect.unpriced += 1;
      else if (was === null) effect.newlyPriced += 1;
      else effect.newlyUnpriced += 1;
      continue;
    }
    effect.beforePicoUsd += was;
    effect.afterPicoUsd += becomes;
    const route = routes.get(record.route) ?? { route: record.route, calls: 0, beforePicoUsd: 0n, afterPicoUsd: 0n };
    routes.set(record.route, route);
    route.calls += 1;
    route.beforePicoUsd += was;
    route.afterPicoUsd += becomes;
  }
  effect.differencePicoUsd = effect.afterPicoUsd - effect.beforePicoUsd;
  effect.routes = [...routes.values()].filter((route) => route.beforePicoUsd !== route.afterPicoUsd);
  return effect;
}

/** At the model and tier served where the book knows them, else at the route's, as calls are booked. */
function costThen(
  { usage, route, venue, tier, servedModel }: RepricedCall,
  { index, instantMs }: PricedMoment,
): bigint | null {
  if (route === null || venue === null) return null;
  const model = route.slice(venue.length + 1).replace(/:(flex|batch|priority)$/, '');
  for (const name of servedModel && servedModel !== model ? [servedModel, model] : [model]) {
    const cost = costOf(usage, index, { venue, model: name, tier: tier ?? 'standard' }, instantMs);
    if (cost.priced) return cost.costPicoUsd;
  }
  return null;
}
