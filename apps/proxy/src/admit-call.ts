/** Who is calling, for which use case, asking for which route. The key is checked before a byte of the body is read. */
import type { ApiKey } from '#contracts/key.js';
import type { LaneId } from '#contracts/lane.js';
import { Slug } from '#contracts/names.js';
import type { Refusal } from '#contracts/refusal.js';
import { allowsModel } from '#domain/lanes/allows-model.js';
import { type AskedRoute, requestedRoute, useCaseModelPrefix } from '#domain/routing/requested-route.js';
import type { IndexedUseCase, PlacedRoute, RoutingIndex } from '#domain/routing/routing-index.js';
import type { ChargeFloor } from '#domain/pricing/charge-of.js';
import { type Account, planAgainst } from '#domain/plans/admit-by-plan.js';
import type { CallHead, Protocol } from '#protocols/protocol.js';
import { noWishes, type VenueWishes } from '#domain/routing/wished-venues.js';
import { reasoningEffortOf } from '#protocols/reasoning-effort.js';
import { shapeTextOf } from '#protocols/call-shape.js';
import { venueWishesOf } from '#protocols/venue-wishes.js';
import type { KeyRing } from './key-ring.js';

export interface InboundCall {
  callId: string;
  admittedAtMs: number;
  /** Monotonic, for latency. */
  startedAt: number;
  protocol: Protocol;
  body: Buffer;
  authorization: string | undefined;
  /** `x-o10-stream-cost: true`: put the cost into the last usage chunk. */
  streamCost: boolean;
  /** What the venue should get of the caller's headers, by lower-case name; the venue client has the last word. */
  forwarded: Record<string, string>;
  /** `x-o10-use-case`. */
  useCase: string | undefined;
  /** `x-o10-tag`. */
  tag: string | undefined;
  /** `x-o10-subject`: whose data the call is, for whoever asks to be forgotten. Goes to nobody else. */
  subject?: string | undefined;
}

/** What is known of a call so far; a refusal's record is written from as much of it as was learned. */
export interface SeenCall {
  key: ApiKey | null;
  head: CallHead | null;
  useCase: IndexedUseCase | undefined;
  requested: PlacedRoute | null;
  /** What the caller says of venues, and the requested model at those it named. */
  wishes: VenueWishes;
  others: readonly PlacedRoute[];
  /** The lane the call came by; null: it named a model. */
  lane: LaneId | null;
  pinned: boolean;
  /** It builds on an answer that only the requested route's venue keeps. */
  stays?: boolean;
  /** Of a call that named no use case; null: it has none, or was not asked for one. */
  shape: string | null;
}

export interface AdmittedCall extends SeenCall {
  key: ApiKey;
  head: CallHead;
  requested: PlacedRoute;
}

export type Admission = { admitted: AdmittedCall; refused?: undefined } | { refused: Refusal; seen: SeenCall };

export const unclassified = 'unclassified';
export const unseen: SeenCall = {
  key: null,
  head: null,
  useCase: undefined,
  requested: null,
  wishes: noWishes,
  others: [],
  lane: null,
  pinned: false,
  shape: null,
};

/** What is known of a call only here. */
export interface AdmittedBy {
  /** Keyed, of the text that names a shape. */
  shapeDigest: (text: string) => string;
  throughputOf: NonNullable<AskedRoute['throughputOf']>;
}

export function admitCall(inbound: InboundCall, index: RoutingIndex, keys: KeyRing, local: AdmittedBy): Admission {
  const identified = keys.identify(inbound.authorization, inbound.admittedAtMs);
  if ('refused' in identified) return { refused: identified.refused, seen: unseen };
  const { key } = identified;
  const reading = inbound.protocol.readHead(inbound.body);
  if (reading.refusal) return { refused: reading.refusal, seen: { ...unseen, key } };
  const { head } = reading;
  const tagged = inbound.tag === undefined || Slug.safeParse(inbound.tag).success;
  if (!tagged) return { refused: wrongTag, seen: { ...unseen, key, head } };
  const strange = strangeState(key, head);
  if (strange) return { refused: strange, seen: { ...unseen, key, head } };
  const named = useCaseOf(key, inbound.useCase, head, index);
  if ('refused' in named) return { refused: named.refused, seen: { ...unseen, key, head } };
  const shape = named.useCase ? null : shapeOf(reading.parsed, local.shapeDigest);
  const useCase = named.useCase ?? index.shapes.get(shape ?? '');
  const seen: SeenCall = { ...unseen, key, head, useCase, shape };
  if (!allowsModel(key, head.model)) {
    const message = `The key ${key.id} does not allow the model ${head.model}.`;
    return { refused: { code: 'model_not_allowed', message, param: 'model' }, seen };
  }
  const wished = venueWishesOf(reading.parsed);
  if ('refused' in wished) return { refused: wished.refused, seen };
  const { wishes } = wished;
  const { throughputOf } = local;
  const wanted = { ...askedOf(inbound, head, reading.parsed, wishes), throughputOf };
  const asked = requestedRoute(wanted, useCase, index);
  if ('refused' in asked) return { refused: asked.refused, seen };
  const { placed: requested, others, lane, pinned } = asked;
  const account = accountOf(seen, index);
  const barred = account && planAgainst(account, head.model, lane);
  if (barred) return { refused: barred, seen: { ...seen, lane, pinned } };
  return { admitted: { key, head, useCase, requested, wishes, others, lane, pinned, shape } };
}

export const askedOf = (
  { protocol, admittedAtMs }: InboundCall,
  head: CallHead,
  parsed: Record<string, unknown>,
  wishes: VenueWishes,
): AskedRoute => ({
  model: head.model,
  tier: head.tier,
  wishes,
  instantMs: admittedAtMs,
  protocol: protocol.name,
  lane: { ...head, reasoningEffort: reasoningEffortOf(parsed) },
});

/** The plan of the team the call counts for, where it is on one. */
export function accountOf({ key, useCase }: Pick<SeenCall, 'key' | 'useCase'>, index: RoutingIndex): Account | null {
  const team = useCase?.definition.team ?? key?.team;
  return (team === undefined ? null : index.accounts.get(team)) ?? null;
}

/** The least this call is charged for its tokens: its lane's, which is about the caller's bill and never about the cost. */
export function chargeFloorOf(seen: SeenCall, index: RoutingIndex): ChargeFloor {
  if (seen.lane === null || accountOf(seen, index)?.plan.charged === 'cost') return null;
  return index.snapshot.lanes?.lanes[seen.lane]?.floor ?? null;
}

const shapeOf = (parsed: Record<string, unknown>, digest: (text: string) => string): string | null => {
  const text = shapeTextOf(parsed);
  return text === null ? null : digest(text);
};

/** All teams share one credential at a venue: what is named there might be anybody's. */
function strangeState({ id, scopes }: ApiKey, { venueState }: CallHead): Refusal | null {
  if (!venueState || scopes.includes('venue_state')) return null;
  const message = `The key ${id} may not name a ${venueState} that a venue keeps.`;
  return { code: 'venue_state_denied', message, param: venueState };
}

const wrongTag: Refusal = {
  code: 'invalid_request',
  message: 'The header x-o10-tag is a name: lower-case letters, digits, ".", "_" or "-", at most 64.',
  param: 'x-o10-tag',
};

/** In order: the key's binding, the header, `metadata.use_case`, the model's name; else its shape decides, or it is unclassified. */
function useCaseOf(
  key: ApiKey,
  header: string | undefined,
  head: CallHead,
  index: RoutingIndex,
): { useCase: IndexedUseCase | undefined } | { refused: Refusal } {
  const fromModel = head.model.startsWith(useCaseModelPrefix) ? head.model.slice(useCaseModelPrefix.length) : null;
  const slug = key.useCase ?? header ?? head.metadataUseCase ?? fromModel;
  if (!slug || slug === unclassified) return { useCase: undefined };
  const useCase = index.useCases.get(slug);
  if (useCase) return { useCase };
  return {
    refused: {
      code: 'unknown_use_case',
      message: `The use case ${JSON.stringify(slug.slice(0, 64))} is not known here.`,
    },
  };
}
