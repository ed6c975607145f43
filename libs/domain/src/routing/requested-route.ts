/** What a call's `model` means: a use case's own name, its baseline's model, an alias, or a route's id, in this order. */
import { tiers, type Tier } from '#contracts/price.js';
import type { Refusal } from '#contracts/refusal.js';
import { type ProtocolName, routeIdOf } from '#contracts/venue.js';
import type { IndexedUseCase, PlacedRoute, RoutingIndex } from './routing-index.js';

/** `usecase/<slug>` as a model asks for the use case, and for its baseline. */
export const useCaseModelPrefix = 'usecase/';

export interface AskedRoute {
  model: string;
  tier: Tier;
  /** The venues the caller restricts the call to; null: any. */
  onlyVenues: readonly string[] | null;
  protocol: ProtocolName;
}

/** The route asked for, at the tier and venues asked for, or why there is none. */
export function requestedRoute(
  { model, tier, onlyVenues, protocol }: AskedRoute,
  useCase: IndexedUseCase | undefined,
  index: RoutingIndex,
): PlacedRoute | { refused: Refusal } {
  const meant = standardRoute(model, useCase, index);
  const standard = meant && onlyVenues ? atVenues(meant, onlyVenues, index) : meant;
  if (meant && !standard) {
    const message = `${model} is not sold at ${onlyVenues?.join(', ')}.`;
    return { refused: { code: 'invalid_request', message, param: 'provider' } };
  }
  if (!standard)
    return {
      refused: {
        code: 'unknown_model',
        message: `The model ${JSON.stringify(model)} is not known here.`,
        param: 'model',
      },
    };
  if (standard.venue.protocol !== protocol) {
    const message = `${model} speaks ${standard.venue.protocol}, and this endpoint ${protocol}.`;
    return { refused: { code: 'invalid_request', message, param: 'model' } };
  }
  if (tier === 'standard' || standard.route.tier === tier) return standard;
  const { venue, model: name } = standard.route;
  const tiered = index.routes.get(routeIdOf({ venue, model: name, tier }));
  if (tiered) return tiered;
  const existing = tiers.filter((one) => index.routes.has(routeIdOf({ venue, model: name, tier: one })));
  const message = `${model} has no ${tier} tier. Tiers it has: ${existing.join(', ')}.`;
  return { refused: { code: 'invalid_request', message, param: 'model' } };
}

/** The same model at the first of the venues that sells it. */
function atVenues(
  { route, venue }: PlacedRoute,
  onlyVenues: readonly string[],
  index: RoutingIndex,
): PlacedRoute | undefined {
  if (onlyVenues.includes(venue.id)) return index.routes.get(route.id);
  const ids = onlyVenues.map((id) => routeIdOf({ venue: id, model: route.model, tier: route.tier }));
  return ids.map((id) => index.routes.get(id)).find((placed) => placed !== undefined);
}

function standardRoute(
  model: string,
  useCase: IndexedUseCase | undefined,
  index: RoutingIndex,
): PlacedRoute | undefined {
  if (
    useCase &&
    (model === `${useCaseModelPrefix}${useCase.definition.slug}` || model === useCase.baseline.route.model)
  ) {
    return useCase.baseline;
  }
  const alias = index.models.get(model);
  return index.routes.get(alias ?? model);
}
