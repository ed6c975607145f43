/** The names a key may put into `model`, and no others; what `GET /v1/models` answers. */
import type { ApiKey } from '#contracts/key.js';
import { laneIds, type LaneTable } from '#contracts/lane.js';
import type { RouteId } from '#contracts/names.js';
import { routeIdOf } from '#contracts/venue.js';
import { policyAgainst } from '../routing/eligible.js';
import { autoModel, laneModel, useCaseModelPrefix } from '../routing/requested-route.js';
import type { PlacedRoute, RoutingIndex } from '../routing/routing-index.js';
import { allowsModel } from './allows-model.js';

/**
 * Aliases and pins, lanes, routes and use cases, each again with `:flex` where its model has that tier: as far as the
 * key's allow-list, its use case and that one's policy go. Sorted.
 */
export function usableModels(key: Pick<ApiKey, 'useCase' | 'modelAllowList' | 'team'>, index: RoutingIndex): string[] {
  const permitted = permittedBy(key, index);
  const inPlan = { modelAllowList: index.accounts.get(teamOf(key, index))?.plan.models ?? null };
  const allowed = (name: string) => allowsModel(key, name) && allowsModel(inPlan, name);
  const names = new Set<string>();
  const add = (name: string, id: RouteId | undefined) => {
    const placed = id === undefined ? undefined : index.routes.get(id);
    if (!placed || !allowed(name)) return;
    if (permitted(placed)) names.add(name);
    const flex = index.routes.get(routeIdOf({ ...placed.route, tier: 'flex' }));
    if (flex && flex !== placed && permitted(flex)) names.add(`${name}:flex`);
  };
  for (const [model, id] of index.models) add(model, id);
  for (const id of index.routes.keys()) add(id, id);
  for (const useCase of key.useCase ? [key.useCase] : index.useCases.keys())
    add(useCaseModelPrefix + useCase, index.useCases.get(useCase)?.baseline.route.id);
  const lanes: Partial<LaneTable['lanes']> = index.snapshot.lanes?.lanes ?? {};
  for (const lane of laneIds) add(laneModel(lane), lanes[lane]?.routes[0]);
  if (allowed(autoModel) && laneIds.some((lane) => lanes[lane])) names.add(autoModel);
  return [...names].sort();
}

const teamOf = ({ useCase, team }: Pick<ApiKey, 'useCase' | 'team'>, index: RoutingIndex): string =>
  (useCase === null ? undefined : index.useCases.get(useCase)?.definition.team) ?? team;

/** By the policy of the use case the key is bound to, where that policy refuses at all. */
function permittedBy({ useCase }: Pick<ApiKey, 'useCase'>, index: RoutingIndex): (placed: PlacedRoute) => boolean {
  const bound = useCase === null ? undefined : index.useCases.get(useCase)?.definition;
  if (!bound || (bound.policy.appliesIn === 'enforce' && bound.mode !== 'enforce')) return () => true;
  return (placed) => policyAgainst(placed, bound.policy) === null;
}
