/**
 * What a call's `model` means: a use case's own name, its baseline's model, a lane, an alias, or a route's id, in this
 * order. A lane is a wish, so an enforced use case answers it with its own choice.
 */
import { type LaneId, laneIds } from '#contracts/lane.js';
import { tiers, type Tier } from '#contracts/price.js';
import type { Refusal } from '#contracts/refusal.js';
import { type ProtocolName, routeIdOf, speaks } from '#contracts/venue.js';
import { classifyCall, type LaneFacts } from '../lanes/classify-call.js';
import { expressionAgainst } from './eligible.js';
import type { IndexedUseCase, PlacedRoute, RoutingIndex } from './routing-index.js';

/** `usecase/<slug>` as a model asks for the use case, and for its baseline. */
export const useCaseModelPrefix = 'usecase/';
/** An alias of this spelling asks for its route and nothing else. */
export const pinPrefix = 'flux-pinned-';
const lanePrefix = 'flux-';
/** Sorted into a lane by the rules of the snapshot. */
export const autoModel = 'flux-auto';
export const laneModel = (lane: LaneId): string => lanePrefix + lane;

export interface AskedRoute {
  model: string;
  tier: Tier;
  /** The venues the caller restricts the call to; null: any. */
  onlyVenues: readonly string[] | null;
  protocol: ProtocolName;
  /** What lanes are chosen by. */
  lane: LaneFacts;
}

export interface RequestedRoute {
  placed: PlacedRoute;
  /** The lane the call came by, named or sorted into. */
  lane: LaneId | null;
  pinned: boolean;
}

/** The route asked for, at the tier and venues asked for, or why there is none. */
export function requestedRoute(
  asked: AskedRoute,
  useCase: IndexedUseCase | undefined,
  index: RoutingIndex,
): RequestedRoute | { refused: Refusal } {
  const lane = laneOf(asked, index);
  const placed = askedTerms(
    asked,
    lane ? laneRoute(lane, asked, useCase, index) : namedRoute(asked.model, useCase, index),
    index,
  );
  return 'refused' in placed ? placed : { placed, lane, pinned: asked.model.startsWith(pinPrefix) };
}

/** The model meant, at the venues and the tier asked for. */
function askedTerms(
  { model, tier, onlyVenues, protocol }: AskedRoute,
  meant: PlacedRoute | undefined,
  index: RoutingIndex,
): PlacedRoute | { refused: Refusal } {
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
  if (!speaks(standard.venue, protocol)) {
    const spoken = [standard.venue.protocol, ...(standard.venue.alsoSpeaks ?? [])].join(', ');
    const message = `${model} speaks ${spoken}, and this endpoint ${protocol}.`;
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

/** Null: the model names no lane, or none is declared by that name. */
function laneOf({ model, lane: facts }: AskedRoute, { snapshot: { lanes: table } }: RoutingIndex): LaneId | null {
  if (!table || !model.startsWith(lanePrefix)) return null;
  const lane = model === autoModel ? classifyCall(facts, table.rules) : laneIds.find((id) => laneModel(id) === model);
  return lane && table.lanes[lane] ? lane : null;
}

/** The first of the lane's routes that can express the call; where none can, the default, which then says why. */
function laneRoute(
  lane: LaneId,
  { protocol, lane: facts }: AskedRoute,
  useCase: IndexedUseCase | undefined,
  index: RoutingIndex,
): PlacedRoute | undefined {
  if (useCase?.definition.mode === 'enforce') return useCase.baseline;
  const routes = (index.snapshot.lanes?.lanes[lane]?.routes ?? []).flatMap((id) => index.routes.get(id) ?? []);
  const needs = {
    protocol,
    capabilities: facts.needs,
    inputTokensExpected: facts.inputTokensExpected,
    maxOutputTokens: facts.maxOutputTokens ?? 0,
  };
  return routes.find((placed) => expressionAgainst(placed, needs) === null) ?? routes[0];
}

function namedRoute(model: string, useCase: IndexedUseCase | undefined, index: RoutingIndex): PlacedRoute | undefined {
  if (
    useCase &&
    (model === `${useCaseModelPrefix}${useCase.definition.slug}` || model === useCase.baseline.route.model)
  ) {
    return useCase.baseline;
  }
  const alias = index.models.get(model);
  return index.routes.get(alias ?? model);
}
