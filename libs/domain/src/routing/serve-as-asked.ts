/** Off and shadow: what was asked for is served, as long as it can be. */
import { routeIdOf } from '#contracts/venue.js';
import type { Policy } from '#contracts/use-case.js';
import type { CallFacts, Hop, LocalView } from './choose-route.js';
import { expressionAgainst, policyAgainst } from './eligible.js';
import { isFlex } from './flex.js';
import type { PlacedRoute, RoutingIndex } from './routing-index.js';
import { permits } from './wished-venues.js';

/**
 * What was asked for, then the same model at the venues the caller named, then its standard tier, then the further routes
 * of its lane, then the declared fallbacks. A venue that is down is asked first only where the caller left no other.
 */
export function serveAsAsked(facts: CallFacts, index: RoutingIndex, local: LocalView, policy: Policy): { hops: Hop[] } {
  const { requested, wishes, others = [] } = facts;
  const standard = isFlex(requested)
    ? index.routes.get(routeIdOf({ ...requested.route, tier: 'standard' }))
    : undefined;
  const sameModel = ({ route }: PlacedRoute) => route.model === requested.route.model;
  const behind =
    wishes.allowFallbacks && !facts.stays
      ? [...others.filter(sameModel), ...(standard ? [standard] : []), ...others, ...(facts.useCase?.fallbacks ?? [])]
      : [];
  const fallbacks = [...new Set(behind)]
    .filter((placed) => placed !== requested && !local.venueDown(placed.venue.id))
    .filter((placed) => permits(wishes, placed.venue.id) && !expressionAgainst(placed, facts.needs));
  const instead = fallbacks.find((placed) => others.includes(placed) && !policyAgainst(placed, policy));
  if (instead && local.venueDown(requested.venue.id))
    return { hops: [instead, ...fallbacks.filter((one) => one !== instead), requested].map(asFallback) };
  return { hops: [{ placed: requested, reason: 'requested' }, ...fallbacks.map(asFallback)] };
}

const asFallback = (placed: Hop['placed']): Hop => ({ placed, reason: 'fallback' });
