/**
 * What a call's `model` means: a use case's own name, its baseline's model, a lane, an alias, or a route's id, in this
 * order. A lane is a wish, so an enforced use case answers it with its own choice.
 */
import { type LaneId, laneIds } from '#contracts/lane.js';
import { tiers, type Tier } from '#contracts/price.js';
import type { Refusal, RefusalCode } from '#contracts/refusal.js';
import { type ProtocolName, speaks } from '#contracts/venue.js';
import { classifyCall, type LaneFacts } from '../lanes/classify-call.js';
import { expressionAgainst, namesTier } from './eligible.js';
import type { IndexedUseCase, PlacedRoute, RoutingIndex } from './routing-index.js';
import { permittedOffers, type Ranking, ranked, type VenueWishes } from './wished-venues.js';

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
  wishes: VenueWishes;
  instantMs: number;
  protocol: ProtocolName;
  /** What lanes are chosen by. */
  lane: LaneFacts;
  /** What routes are sorted by where the caller asks for the fastest. */
  throughputOf?: Ranking['throughputOf'];
}

export interface RequestedRoute {
  placed: PlacedRoute;
  /** In order: the same model at further venues the caller named, then the further routes of the lane. */
  others: PlacedRoute[];
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
  const [meant, ...further] = lane
    ? laneRoutes(lane, asked, useCase, index)
    : [namedRoute(asked.model, useCase, index)];
  const found = askedTerms(asked, meant, useCase, index);
  if ('refused' in found) return found;
  const others = [...found.others, ...further.filter((placed) => placed !== undefined)];
  return { placed: found.placed, others, lane, pinned: asked.model.startsWith(pinPrefix) };
}

/** The model meant, at the venues and the tier asked for; and where else the caller named it, in order. */
function askedTerms(
  asked: AskedRoute,
  meant: PlacedRoute | undefined,
  useCase: IndexedUseCase | undefined,
  index: RoutingIndex,
): { placed: PlacedRoute; others: PlacedRoute[] } | { refused: Refusal } {
  const { model, protocol, instantMs, lane } = asked;
  if (!meant) return refused('unknown_model', `The model ${JSON.stringify(model)} is not known here.`);
  const wishes = wishesOf(asked, meant, useCase);
  const offers = permittedOffers(meant, wishes, index);
  if (offers.length === 0)
    return refused('invalid_request', `${model} is not sold at the venues you allow.`, 'provider');
  const tier = asked.tier === 'standard' ? meant.route.tier : asked.tier;
  const { inputTokensExpected } = lane;
  const { throughputOf } = asked;
  const ranking = { meant, wishes, index, instantMs, inputTokensExpected, ...(throughputOf && { throughputOf }) };
  const atTier = ranked(offers, tier, ranking);
  if (atTier.length === 0) {
    const existing = tiers.filter((one) => offers.some(({ route }) => route.tier === one));
    return refused('tier_not_offered', `${model} has no ${tier} tier. Tiers it has: ${existing.join(', ')}.`);
  }
  // A venue that speaks the call's format before one it is translated for; what cannot be translated the choice refuses.
  const spoken = atTier.filter((one) => speaks(one.venue, protocol));
  const [placed, ...others] = [
    ...spoken.filter((one) => namesTier(one, protocol)),
    ...atTier.filter((one) => !spoken.includes(one)),
  ];
  if (placed) return { placed, others: others.filter(({ venue }) => wishes.order.includes(venue.id)) };
  return refused('invalid_request', `${model} has its ${tier} tier, and this endpoint no name for it.`);
}

const refused = (code: RefusalCode, message: string, param = 'model'): { refused: Refusal } => ({
  refused: { code, message, param },
});

/**
 * What the caller says of venues, as far as it may: who asks for one exact route stays there unless it names others
 * itself, and in enforce it is the use case that orders and sorts.
 */
function wishesOf({ model, wishes }: AskedRoute, meant: PlacedRoute, useCase: IndexedUseCase | undefined): VenueWishes {
  const enforced = useCase?.definition.mode === 'enforce';
  const heeded = enforced ? { ...wishes, order: [], sort: null } : wishes;
  const exact = model.startsWith(pinPrefix) || model === meant.route.id || meant === useCase?.baseline;
  const namesVenues = heeded.only !== null || heeded.order.length > 0 || heeded.sort !== null;
  return exact && !namesVenues ? { ...heeded, only: [meant.venue.id] } : heeded;
}

/** Null: the model names no lane, or none is declared by that name. */
function laneOf({ model, lane: facts }: AskedRoute, { snapshot: { lanes: table } }: RoutingIndex): LaneId | null {
  if (!table || !model.startsWith(lanePrefix)) return null;
  const lane = model === autoModel ? classifyCall(facts, table.rules) : laneIds.find((id) => laneModel(id) === model);
  return lane && table.lanes[lane] ? lane : null;
}

/** The routes of the lane that can express the call; where none can, the default, which then says why. */
function laneRoutes(
  lane: LaneId,
  { protocol, lane: facts }: AskedRoute,
  useCase: IndexedUseCase | undefined,
  index: RoutingIndex,
): PlacedRoute[] {
  if (useCase?.definition.mode === 'enforce') return [useCase.baseline];
  const routes = (index.snapshot.lanes?.lanes[lane]?.routes ?? []).flatMap((id) => index.routes.get(id) ?? []);
  const needs = {
    protocol,
    capabilities: facts.needs,
    inputTokensExpected: facts.inputTokensExpected,
    maxOutputTokens: facts.maxOutputTokens ?? 0,
  };
  const able = routes.filter((placed) => expressionAgainst(placed, needs) === null);
  return able.length > 0 ? able : routes.slice(0, 1);
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
