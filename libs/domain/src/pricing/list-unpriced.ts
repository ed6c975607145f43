/** What was bought at a price nobody knows, with the calls it touched: such a call is never booked as free. */
import type { Unpriced } from '#contracts/api/price-api.js';
import type { CallRecord } from '#contracts/call-record.js';
import type { Meter } from '#contracts/usage.js';

type BoughtCall = Pick<
  CallRecord,
  'route' | 'servedModel' | 'tier' | 'useCase' | 'callId' | 'costBasis' | 'usage' | 'endedAt'
>;

/** Of each kind the latest calls are named. */
export const callsNamed = 20;

/** Most calls first. Takes calls of any cost, newest first or not. */
export function listUnpriced(calls: Iterable<BoughtCall>): Unpriced[] {
  const unknown = [...calls].filter(({ costBasis, route }) => costBasis === 'unpriced' && route !== null);
  const kinds = Map.groupBy(unknown, ({ route, servedModel, tier }) => `${route} ${tier} ${servedModel}`);
  return [...kinds.values()]
    .map((own): Unpriced => {
      const latest = own.toSorted((left, right) => (left.endedAt < right.endedAt ? 1 : -1));
      const [{ route, servedModel, tier, endedAt }] = latest as [BoughtCall];
      const used = own.flatMap(({ usage }) => Object.entries(usage.parts) as [Meter, number][]);
      return {
        ...{ route: route!, servedModel, tier, calls: own.length, latestAt: endedAt },
        useCases: [...new Set(own.map(({ useCase }) => useCase))].sort(),
        meters: [...new Set(used.flatMap(([meter, quantity]) => (quantity > 0 ? [meter] : [])))].sort(),
        callIds: latest.slice(0, callsNamed).map(({ callId }) => callId),
      };
    })
    .sort((left, right) => right.calls - left.calls || (left.route < right.route ? -1 : 1));
}
