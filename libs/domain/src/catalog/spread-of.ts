/**
 * Dearest ÷ cheapest compliant route of a use case, for the same work. Compliant: the policy allows it, and it is the
 * baseline or has cleared this use case's floor. What cannot be compared has no spread: null, never a number from elsewhere.
 */
import type { Spread } from '#contracts/api/catalog-api.js';
import type { CallRecord } from '#contracts/call-record.js';
import type { PriceRow } from '#contracts/price.js';
import type { UsageParts } from '#contracts/usage.js';
import { costOf } from '../pricing/cost-of.js';
import type { PriceIndex } from '../pricing/price-book.js';
import { policyAgainst } from '../routing/eligible.js';
import type { IndexedUseCase, PlacedRoute } from '../routing/routing-index.js';
import { blendedOf, shownPrices } from './price-tabs.js';

export type WorkedCall = Pick<CallRecord, 'useCase' | 'usage'>;

type SpreadRoute = Spread['compliant'][number];

export interface SpreadInput {
  useCase: IndexedUseCase;
  /** Of this use case, of the period; those whose usage is not known are left out. */
  calls: readonly WorkedCall[];
  prices: PriceIndex;
  rows: readonly PriceRow[];
  nowMs: number;
}

export function spreadOf({ useCase, calls, prices, rows, nowMs }: SpreadInput): Spread {
  const { definition, baseline, routes, cleared } = useCase;
  const work = calls.filter(({ usage }) => usage.basis === 'reported').map(({ usage }) => uncached(usage.parts));
  const compliant = routes.flatMap((placed): SpreadRoute[] => {
    const { route } = placed;
    const role = route.id === baseline.route.id ? 'baseline' : 'cleared';
    if (role === 'cleared' && !((cleared.get(route.id)?.expiresAtMs ?? 0) > nowMs)) return [];
    if (policyAgainst(placed, definition.policy) !== null) return [];
    return [{ route: route.id, role, costPicoUsd: costThere(placed, work, prices, rows, nowMs) }];
  });
  const priced = compliant
    .filter((one): one is SpreadRoute & { costPicoUsd: bigint } => one.costPicoUsd !== null && one.costPicoUsd > 0n)
    .sort((left, right) => (left.costPicoUsd < right.costPicoUsd ? -1 : left.costPicoUsd > right.costPicoUsd ? 1 : 0));
  const [cheapest, dearest] = priced.length < 2 ? [] : [priced[0], priced.at(-1)];
  const ratio = cheapest && dearest ? (1_000n * dearest.costPicoUsd) / cheapest.costPicoUsd : null;
  return {
    useCase: definition.slug,
    basis: work.length > 0 ? 'calls' : 'blended',
    calls: work.length,
    compliant,
    dearest: dearest?.route ?? null,
    cheapest: cheapest?.route ?? null,
    ratioThousandths: ratio?.toString() ?? null,
  };
}

/** The sum over the work; null as soon as a part of it has no price there. */
function costThere(
  { route }: PlacedRoute,
  work: readonly UsageParts[],
  prices: PriceIndex,
  rows: readonly PriceRow[],
  nowMs: number,
): bigint | null {
  if (work.length === 0) {
    const tab = shownPrices(rows, route.venue, route.model, nowMs).tabs.find(({ tier }) => tier === route.tier);
    return tab ? blendedOf(tab.rows, route.tier) : null;
  }
  let sum = 0n;
  for (const parts of work) {
    const cost = costOf({ basis: 'reported', parts }, prices, route, nowMs);
    if (!cost.priced) return null;
    sum += cost.costPicoUsd;
  }
  return sum;
}

/** Caches are a venue's own affair: routes are compared on the tokens they would all have to read. */
function uncached({ cache_read, cache_write_5m, cache_write_1h, input_uncached, ...parts }: UsageParts): UsageParts {
  const input = (input_uncached ?? 0) + (cache_read ?? 0) + (cache_write_5m ?? 0) + (cache_write_1h ?? 0);
  return input > 0 ? { ...parts, input_uncached: input } : parts;
}
