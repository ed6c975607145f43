/**
 * The choice: a pure function of the call's facts, the snapshot and what this proxy saw lately. Every route of the use
 * case is judged; the cheapest that policy, expressiveness, price and proof allow is what enforce would serve.
 * Shadow serves what was asked for and records the choice beside it.
 */
import type { ConsideredRoute, Decision, IneligibleReason, RouteReason } from '#contracts/call-record.js';
import type { RouteId } from '#contracts/names.js';
import type { Refusal } from '#contracts/refusal.js';
import type { Mode, Policy } from '#contracts/use-case.js';
import type { CapacityInHand } from '../pricing/bill-of.js';
import { expectedMarginalOf, unitsOf } from '../pricing/draw-capacity.js';
import { expectedCostOf } from '../pricing/expected-cost.js';
import { type CallNeeds, expressionAgainst, obstacleOf, policyAgainst } from './eligible.js';
import { isFlex, mayTakeFlex, prefersFlex, withFlexTries } from './flex.js';
import { refusedFirst } from './refuse-first.js';
import { type IndexedUseCase, type PlacedRoute, type RoutingIndex, sameOffer } from './routing-index.js';
import { serveAsAsked } from './serve-as-asked.js';
import { permits, type VenueWishes } from './wished-venues.js';

export interface CallFacts {
  needs: CallNeeds;
  requested: PlacedRoute;
  /** The caller asked for this one route and no other, also where it is the baseline. */
  pinned?: boolean;
  /** Undefined: unclassified, which is never enforced. */
  useCase: IndexedUseCase | undefined;
  /** What the caller says of venues. */
  wishes: VenueWishes;
  /** In order: the requested model at further venues the caller named, or the further routes of its lane. */
  others?: readonly PlacedRoute[];
  /** The call builds on an answer that only the requested route's venue keeps. */
  stays?: boolean;
  /** False for calls with side effects: no evidence can be about them, so they stay on the baseline. */
  replayable: boolean;
  /** The key may pin a route that has not proved the floor; this is counted and recorded. */
  mayPin: boolean;
  instantMs: number;
  /** Uniform in [0,1) over sessions, and the same for all calls of one: decides the ramp. */
  draw: number;
}

/** What this proxy knows that the snapshot does not. */
export interface LocalView {
  venueDown(venue: string): boolean;
  /** The route this call's session was served on last. */
  lastRoute: RouteId | null;
  /** An envelope asks for the cheapest eligible route, ramp and session notwithstanding. */
  steer: boolean;
  /** And, from the same envelope's next step on, for a flex tier before any other. */
  flexFirst?: boolean;
  /** Committed capacity as far as it is known; absent: none is. Its use is at list price in a call's view until then. */
  capacityOf?(placed: PlacedRoute): CapacityInHand | null;
}

export interface Hop {
  placed: PlacedRoute;
  reason: RouteReason;
  /** Of a flex route: how long to wait before this try, and the instant standard is due; null: whenever. */
  flex?: { afterMs: number; untilMs: number | null };
}

export type Choice =
  | { refused: Refusal; decision: Decision }
  /** Tried in order, each before its first byte only. Never empty. */
  | { hops: Hop[]; decision: Decision };

interface Judged {
  placed: PlacedRoute;
  ineligible: IneligibleReason | null;
  /** Of `cannot_express`: what of the call the venue's wire format cannot say. */
  obstacle: string | null;
  costPicoUsd: bigint | null;
}

const openPolicy: Policy = { residency: null, retentionAtMost: null, approvedModels: null, appliesIn: 'always' };

export function chooseRoute(facts: CallFacts, index: RoutingIndex, local: LocalView): Choice {
  const judged = judgeRoutes(facts, index, local);
  const compliant = judged.filter((one) => one.ineligible === null).sort(cheapestFirst);
  const requested = judged.find((one) => one.placed === facts.requested);
  const decision = (reason: RouteReason): Decision => ({
    requested: facts.requested.route.id,
    baseline: facts.useCase?.baseline.route.id ?? null,
    considered: judged.map(considered),
    cheapestCompliant: compliant[0]?.placed.route.id ?? null,
    expectedSavingPicoUsd: difference(requested?.costPicoUsd, compliant[0]?.costPicoUsd),
    reason,
  });
  const mode: Mode = facts.useCase?.definition.mode ?? 'off';
  const chosen =
    mode === 'enforce' ? enforced(facts, compliant, index, local) : serveAsAsked(facts, index, local, policyOf(facts));
  if ('refused' in chosen) return { refused: chosen.refused, decision: decision('requested') };
  const barred = refusedFirst(chosen.hops[0]?.placed, facts, policyOf(facts));
  if (barred) return { refused: barred, decision: decision(chosen.hops[0]?.reason ?? 'requested') };
  const hops = chosen.hops.filter(
    ({ placed }, place) =>
      place === 0 || (!policyAgainst(placed, policyOf(facts)) && obstacleOf(placed, facts.needs) === null),
  );
  return { hops: withFlexTries(hops, facts), decision: decision(hops[0]?.reason ?? 'requested') };
}

/** The baseline and each candidate, their flex tiers, and the requested route where it is none of them. */
function judgeRoutes(facts: CallFacts, index: RoutingIndex, local: LocalView): Judged[] {
  const ofUseCase = facts.useCase ? [...facts.useCase.routes, ...facts.useCase.flex] : [];
  const all = ofUseCase.includes(facts.requested) ? ofUseCase : [...ofUseCase, facts.requested];
  return all.map((placed) => {
    const costPicoUsd = marginalCostOf(placed, 0, facts, index, local);
    const ineligible = against(placed, costPicoUsd, facts, local);
    const obstacle = ineligible === 'cannot_express' ? obstacleOf(placed, facts.needs) : null;
    return { placed, costPicoUsd, ineligible, obstacle };
  });
}

/** What this call will add to the bill: list price, less what is paid for already and on pace to last. */
function marginalCostOf(
  placed: PlacedRoute,
  cachedTokens: number,
  { needs, instantMs }: CallFacts,
  index: RoutingIndex,
  local: LocalView,
): bigint | null {
  const { inputTokensExpected: inputTokens, maxOutputTokens: outputTokens } = needs;
  const tokens = { inputTokens, cachedTokens, outputTokens };
  const list = expectedCostOf(tokens, index.prices, placed.route, instantMs);
  const capacity = list === null ? null : local.capacityOf?.(placed);
  if (list === null || !capacity) return list;
  const parts = { input_uncached: Math.ceil(inputTokens), output_text: Math.ceil(outputTokens) };
  return expectedMarginalOf(list, unitsOf(capacity.commitment.weights, parts), capacity.period, instantMs);
}

function against(
  placed: PlacedRoute,
  cost: bigint | null,
  facts: CallFacts,
  local: LocalView,
): IneligibleReason | null {
  const stated = policyAgainst(placed, policyOf(facts)) ?? expressionAgainst(placed, facts.needs);
  if (stated) return stated;
  if (facts.stays && placed !== facts.requested) return 'pinned_elsewhere';
  if (!permits(facts.wishes, placed.venue.id)) return 'pinned_elsewhere';
  if (isFlex(placed) && !mayTakeFlex(facts)) return 'not_deferrable';
  if (cost === null) return 'unpriced';
  if (local.venueDown(placed.venue.id)) return 'venue_down';
  const { useCase } = facts;
  if (!useCase || isBaseline(placed, useCase)) return null;
  if (!facts.replayable) return 'not_replayable';
  const cleared = useCase.cleared.get(placed.route.id);
  if (!cleared) return 'floor_not_cleared';
  if (cleared.expiresAtMs <= facts.instantMs) return 'evidence_expired';
  return isBaseline(facts.requested, useCase) ? null : 'pinned_elsewhere';
}

/** Enforce: the cheapest cleared route, then dearer cleared ones, then the baseline. */
function enforced(
  facts: CallFacts,
  compliant: Judged[],
  index: RoutingIndex,
  local: LocalView,
): { hops: Hop[] } | { refused: Refusal } {
  const useCase = facts.useCase as IndexedUseCase;
  const ofBaseline = (one: Judged) => isBaseline(one.placed, useCase);
  if (!isBaseline(facts.requested, useCase)) return pinned(facts, useCase);
  const baseline = (reason: RouteReason) => baselineHops(facts, compliant.filter(ofBaseline), reason, local);
  if (facts.pinned) return baseline('pinned');
  if (!facts.replayable) return baseline('not_comparable');
  if (compliant.every(ofBaseline)) return baseline('nothing_cleared');
  const baselineBarred = policyAgainst(useCase.baseline, policyOf(facts)) !== null;
  const mayServe = (one: Judged) =>
    ofBaseline(one) ||
    local.steer ||
    baselineBarred ||
    facts.draw < (useCase.cleared.get(one.placed.route.id)?.rampShare ?? 0);
  const open = compliant.filter(mayServe);
  if (open.every(ofBaseline)) return baseline('not_ramped');
  const stays = local.steer ? undefined : sessionRoute(facts, open, index, local);
  const first = stays ?? open[0];
  const reason = stays && stays !== open[0] ? 'session' : local.steer ? 'steered' : 'cheapest_cleared';
  const rest = open.filter((one) => one !== first);
  const inOrder = prefersFlex(facts, local) ? flexFirst([first, ...rest]) : [first, ...rest];
  return {
    hops: inOrder
      .filter((one) => one !== undefined)
      .map((one, place) => ({ placed: one.placed, reason: place === 0 ? reasonOf(one, reason, useCase) : 'fallback' })),
  };
}

/** The baseline; before it its own flex tier, where that is eligible and cheaper or asked for. Quality is the same. */
function baselineHops(facts: CallFacts, offers: Judged[], reason: RouteReason, local: LocalView): { hops: Hop[] } {
  const { baseline } = facts.useCase as IndexedUseCase;
  const inOrder = prefersFlex(facts, local) ? flexFirst(offers) : offers;
  const at = inOrder.findIndex(({ placed }) => placed === baseline);
  const flex = inOrder.slice(0, at < 0 ? undefined : at);
  if (flex.length === 0) return { hops: [{ placed: baseline, reason }] };
  const standard: Hop[] = facts.wishes.allowFallbacks ? [{ placed: baseline, reason: 'fallback' }] : [];
  return { hops: [...flex.map(({ placed }): Hop => ({ placed, reason: 'flex' })), ...standard] };
}

/** The baseline, or its flex tier: tiers of one offer have one quality. Who asks for its priority tier pins it. */
const isBaseline = (placed: PlacedRoute, { baseline }: IndexedUseCase): boolean =>
  placed === baseline || (isFlex(placed) && sameOffer(placed, baseline));

/** Each part keeps its order: among flex tiers, and among the others, the cheapest stays first. */
function flexFirst<One extends Judged | undefined>(routes: One[]): One[] {
  const isFlex = (one: One) => one?.placed.route.tier === 'flex';
  return [...routes.filter(isFlex), ...routes.filter((one) => !isFlex(one))];
}

const reasonOf = ({ placed }: Judged, reason: RouteReason, { baseline }: IndexedUseCase): RouteReason => {
  if (reason !== 'cheapest_cleared' || !sameOffer(placed, baseline)) return reason;
  return placed === baseline ? 'baseline' : 'flex';
};

/** A caller who names another model than the baseline keeps it if it has proved itself, or if the key may pin. */
function pinned(facts: CallFacts, useCase: IndexedUseCase): { hops: Hop[] } | { refused: Refusal } {
  const proof = useCase.cleared.get(facts.requested.route.id);
  const proved = proof !== undefined && proof.expiresAtMs > facts.instantMs;
  if (proved || facts.mayPin || sameOffer(facts.requested, useCase.baseline))
    return { hops: [{ placed: facts.requested, reason: 'pinned' }] };
  const message = `${facts.requested.route.id} has not cleared the floor of ${useCase.definition.slug}.`;
  return { refused: { code: 'floor_not_cleared', message, param: 'model' } };
}

/** A move must save at least this share, else routes of about the same price would swap with the length of each turn. */
const gainPercentMin = 5n;

/**
 * A session stays on its route while moving it would cost more (its prompt cache is written anew) than it saves, and
 * while it would save next to nothing.
 */
function sessionRoute(
  facts: CallFacts,
  compliant: Judged[],
  index: RoutingIndex,
  local: LocalView,
): Judged | undefined {
  const last = compliant.find((one) => one.placed.route.id === local.lastRoute);
  const cheapest = compliant[0];
  if (!last || !cheapest || last === cheapest) return undefined;
  const staying = marginalCostOf(last.placed, facts.needs.inputTokensExpected, facts, index, local);
  if (staying === null || cheapest.costPicoUsd === null) return undefined;
  return staying * (100n - gainPercentMin) <= cheapest.costPicoUsd * 100n ? last : undefined;
}

const policyOf = (facts: CallFacts): Policy => facts.useCase?.definition.policy ?? openPolicy;

const considered = (one: Judged): ConsideredRoute => ({
  route: one.placed.route.id,
  ineligible: one.ineligible,
  ...(one.obstacle === null ? {} : { obstacle: one.obstacle }),
  expectedCostPicoUsd: one.costPicoUsd,
});

const difference = (from: bigint | null | undefined, what: bigint | null | undefined): bigint | null =>
  from == null || what == null ? null : from - what;

/** Expected cost, then measured latency (unknown last), then id: a total order, so equal calls choose equally. */
function cheapestFirst(one: Judged, other: Judged): number {
  if (one.costPicoUsd !== other.costPicoUsd) return (one.costPicoUsd ?? 0n) < (other.costPicoUsd ?? 0n) ? -1 : 1;
  const latency = (judged: Judged) => judged.placed.route.latencyMsP50 ?? Number.MAX_SAFE_INTEGER;
  if (latency(one) !== latency(other)) return latency(one) - latency(other);
  return one.placed.route.id < other.placed.route.id ? -1 : 1;
}
