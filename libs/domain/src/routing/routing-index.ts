/**
 * A snapshot arranged for choosing: built once when a snapshot is loaded, so that a call costs the same with ten use
 * cases or a thousand. Everything in it is read-only.
 */
import type { LadderStep } from '#contracts/envelope.js';
import type { Commitment } from '#contracts/commitment.js';
import type { RouteId } from '#contracts/names.js';
import type { PublishedUseCase, Snapshot } from '#contracts/snapshot.js';
import { type Route, routeIdOf, type Venue } from '#contracts/venue.js';
import type { Clearance } from '#contracts/verdict.js';
import { coveringEnvelopes, type CoveringEnvelopes, ladderTops } from '../envelope/covering-envelopes.js';
import { canaryLineOf, rampSteps, scoredShareOf } from '../gate/canary-terms.js';
import type { Account } from '../plans/admit-by-plan.js';
import { type PriceIndex, priceIndexOf } from '../pricing/price-book.js';

export interface PlacedRoute {
  route: Route;
  venue: Venue;
}

export interface Cleared {
  verdict: string;
  /** Of the proof, or of its freshness where that ends sooner. */
  expiresAtMs: number;
  /** Under which the desk numbers the canaries of this proof. */
  canaryLine: string;
  /** How much of enforced traffic may take it: what an operator set, else what its canaries have earned. */
  rampShare: number;
  /** Share of its calls whose answers are graded. */
  scoredShare: number;
}

export interface IndexedUseCase {
  definition: PublishedUseCase;
  baseline: PlacedRoute;
  /** Baseline first, then the candidates as declared. */
  routes: PlacedRoute[];
  fallbacks: PlacedRoute[];
  /** The flex tiers of its routes that are not among them: the same model revision at the same venue. */
  flex: PlacedRoute[];
  /** By candidate route and its flex tier, only for the baseline and revision the evidence is about. */
  cleared: Map<RouteId, Cleared>;
}

export interface RoutingIndex {
  snapshot: Snapshot;
  routes: Map<RouteId, PlacedRoute>;
  /** By the name venues know the model by, all tiers. */
  byModel: Map<string, PlacedRoute[]>;
  models: Map<string, RouteId>;
  useCases: Map<string, IndexedUseCase>;
  /** By team; who is on no plan is not in it. */
  accounts: Map<string, Account>;
  /** By the shape of calls that name none. */
  shapes: Map<string, IndexedUseCase>;
  prices: PriceIndex;
  envelopes: CoveringEnvelopes;
  /** The furthest step of an envelope's ladder; null where it has none. */
  ladderTop: (envelope: string) => LadderStep | null;
  /** By route that draws from it. */
  commitments: Map<RouteId, Commitment>;
}

/** Requires a snapshot that passed its contract (every name it uses exists). */
export function routingIndexOf(snapshot: Snapshot): RoutingIndex {
  const venues = new Map(snapshot.venues.map((venue) => [venue.id, venue]));
  const routes = new Map<RouteId, PlacedRoute>();
  for (const route of snapshot.routes) {
    const venue = venues.get(route.venue);
    if (venue) routes.set(route.id, { route, venue });
  }
  const placed = (id: RouteId): PlacedRoute => {
    const found = routes.get(id);
    if (!found) throw new Error(`The snapshot names the unknown route ${id}.`);
    return found;
  };
  const clearances = Map.groupBy(snapshot.clearances, ({ useCase }) => useCase);
  const useCases = new Map(
    snapshot.useCases.map((definition) => {
      const ofUseCase = [...new Set([definition.baseline, ...definition.candidates])].map(placed);
      const baseline = placed(definition.baseline);
      const fallbacks = definition.fallbacks.map(placed);
      const cleared = clearedRoutes(clearances.get(definition.slug) ?? [], definition, routes);
      const flex = flexTiers(ofUseCase, routes);
      return [definition.slug, { definition, baseline, routes: ofUseCase, fallbacks, flex, cleared }];
    }),
  );
  return {
    snapshot,
    routes,
    byModel: Map.groupBy(routes.values(), ({ route }) => route.model),
    models: new Map(Object.entries(snapshot.models)),
    useCases,
    accounts: accountsOf(snapshot),
    shapes: new Map(
      [...useCases.values()].flatMap((useCase) =>
        (useCase.definition.shapes ?? []).map((shape) => [shape, useCase] as const),
      ),
    ),
    prices: priceIndexOf(snapshot.prices, (venue) => venues.get(venue)?.jurisdiction ?? null),
    envelopes: coveringEnvelopes(snapshot.envelopes),
    ladderTop: ladderTops(snapshot.envelopes),
    commitments: new Map(
      (snapshot.commitments ?? []).flatMap((commitment) => commitment.routes.map((route) => [route, commitment])),
    ),
  };
}

/** A clearance counts only for the baseline it compared with and the revision it judged. */
function clearedRoutes(
  clearances: Clearance[],
  useCase: PublishedUseCase,
  routes: Map<RouteId, PlacedRoute>,
): Map<RouteId, Cleared> {
  const cleared = new Map<RouteId, Cleared>();
  for (const clearance of clearances) {
    if (clearance.baseline !== useCase.baseline) continue;
    if (!useCase.candidates.includes(clearance.candidate)) continue;
    if (routes.get(clearance.candidate)?.route.revision !== clearance.revision) continue;
    const { verdict, enforcement } = clearance;
    const proof = {
      verdict,
      expiresAtMs: Math.min(Date.parse(clearance.expiresAt), Date.parse(clearance.freshUntil ?? clearance.expiresAt)),
      canaryLine: canaryLineOf(verdict),
      rampShare: useCase.rampShare ?? enforcement?.rampShare ?? rampSteps[0],
      scoredShare: enforcement?.scoredShare ?? scoredShareOf(useCase.canary, null, false),
    };
    cleared.set(clearance.candidate, proof);
    const twin = flexTierOf(routes.get(clearance.candidate), routes);
    if (twin && !cleared.has(twin.route.id)) cleared.set(twin.route.id, proof);
  }
  return cleared;
}

function accountsOf({ plans = [], subscriptions = [] }: Snapshot): Map<string, Account> {
  const byId = new Map(plans.map((plan) => [plan.id, plan]));
  return new Map(
    subscriptions.flatMap((subscription) => {
      const plan = byId.get(subscription.plan);
      return plan ? [[subscription.team, { plan, subscription }] as const] : [];
    }),
  );
}

/** Tiers of one revision at one venue are the same model: they share the evidence of its quality. */
export const sameOffer = (one: PlacedRoute, other: PlacedRoute): boolean =>
  one.venue === other.venue && one.route.model === other.route.model && one.route.revision === other.route.revision;

function flexTierOf(placed: PlacedRoute | undefined, routes: Map<RouteId, PlacedRoute>): PlacedRoute | undefined {
  if (!placed || placed.route.tier === 'flex') return undefined;
  const twin = routes.get(routeIdOf({ ...placed.route, tier: 'flex' }));
  return twin && sameOffer(twin, placed) ? twin : undefined;
}

const flexTiers = (ofUseCase: PlacedRoute[], routes: Map<RouteId, PlacedRoute>): PlacedRoute[] =>
  ofUseCase.flatMap((placed) => flexTierOf(placed, routes) ?? []).filter((twin) => !ofUseCase.includes(twin));
