/** What a call's `model` means: a use case's own name, its baseline's model, an alias, or a route's id, in this order. */
import { tiers, type Tier } from '#contracts/price.js';
import type { Refusal } from '#contracts/refusal.js';
import { routeIdOf } from '#contracts/venue.js';
import type { IndexedUseCase, PlacedRoute, RoutingIndex } from './routing-index.js';

/** `usecase/<slug>` as a model asks for the use case, and for its baseline. */
export const useCaseModelPrefix = 'usecase/';

/** The route asked for at the tier asked for, or why there is none. */
export function requestedRoute(
  model: string,
  tier: Tier,
  useCase: IndexedUseCase | undefined,
  index: RoutingIndex,
): PlacedRoute | { refused: Refusal } {
  const standard = standardRoute(model, useCase, index);
  if (!standard)
    return {
      refused: {
        code: 'unknown_model',
        message: `The model ${JSON.stringify(model)} is not known here.`,
        param: 'model',
      },
    };
  if (tier === 'standard' || standard.route.tier === tier) return standard;
  const { venue, model: name } = standard.route;
  const tiered = index.routes.get(routeIdOf({ venue, model: name, tier }));
  if (tiered) return tiered;
  const existing = tiers.filter((one) => index.routes.has(routeIdOf({ venue, model: name, tier: one })));
  const message = `${model} has no ${tier} tier. Tiers it has: ${existing.join(', ')}.`;
  return { refused: { code: 'invalid_request', message, param: 'model' } };
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
