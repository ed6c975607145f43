/** Sends one attempt and relays its answer: the client's bytes with the closed list of edits, the venue's bytes as they come. */
import type { ServerResponse } from 'node:http';
import { billOf, type Purchase, type ServedUsage } from '#domain/pricing/bill-of.js';
import { chargeOf } from '#domain/pricing/charge-of.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { keptDays } from '#domain/retention/kept-days.js';
import { credentialAad, openText } from '#runtime/seal.js';
import type { Tier } from '#contracts/price.js';
import { flexTermsOf, type Route, speaks, type Venue } from '#contracts/venue.js';
import { flexPatienceMs, isFlex } from '#domain/routing/flex.js';
import type { PlacedRoute } from '#domain/routing/routing-index.js';
import { type SentCall, sendCall } from '#venues/send-call.js';
import type { VenueClient } from '#venues/venue-client.js';
import { RelayAnswer, type Relayed } from './relay-answer.js';
import type { AttemptInHand } from './serve-call.js';
import { type AdmittedCall, chargeFloorOf, unclassified } from './admit-call.js';

export class SendAttempt {
  private readonly credentials = new Map<string, string>();

  constructor(
    private readonly venues: Pick<VenueClient, 'send'>,
    private readonly masterKey: Buffer,
  ) {}

  /** Never rejects: a venue's failure is part of what is relayed. */
  send(held: AttemptInHand, client: ServerResponse): Promise<Relayed> {
    const { inbound, call, hop, hold } = held;
    const { route, venue } = hop.placed;
    const injected = hold.loweredTo ?? injectedLimit(call, route);
    const asItIs = speaks(venue, inbound.protocol.name);
    const askStreamUsage = call.head.stream && (venue.streamUsage || !asItIs);
    const body = inbound.protocol.editBody(inbound.body, call.head, {
      model: route.model,
      // Translated, the tier is asked for in the venue's own way.
      tier: asItIs ? tierInBody(hop.placed) : 'standard',
      askStreamUsage,
      ...(injected === null ? {} : { injectMaxOutputTokens: injected }),
    });
    const costText = (served: ServedUsage): string | null => {
      if (inbound.protocol.free) return '0';
      const bill = billOf(served, purchaseOf(held));
      if (bill.basis !== 'reported') return null;
      return decimalUsd(chargeOf(bill, served.usage.parts, chargeFloorOf(call, held.index)));
    };
    let sent: SentCall | null = null;
    const relay = new RelayAnswer(client, {
      protocol: inbound.protocol,
      stream: call.head.stream,
      choices: call.head.choices,
      stripUsage: askStreamUsage && !call.head.includeUsage,
      streamCost: inbound.streamCost || call.head.streamCost,
      abortStopsBilling: venue.abortStopsBilling,
      triesNext: held.triesNext,
      retriedHere: held.retriedHere,
      keepAnswer: (held.drawn !== null && hold.position !== null) || keeps(call),
      headers: headersOf(held),
      costText: (served) => costText(sent?.bridged?.served() ?? served),
      bridged: () => sent?.bridged,
      modelHeaders: (servedModel, cost) => ({
        'x-flux-model': servedModel ?? route.model,
        ...(cost === null ? {} : { 'x-flux-cost-usd': cost }),
      }),
    });
    const { name: protocol, path } = inbound.protocol;
    const maxOutputTokens = hold.loweredTo ?? route.maxOutputTokens;
    sent = sendCall(
      this.venues,
      {
        ...{ route, protocol, path, body, maxOutputTokens },
        venue: isFlex(hop.placed) ? { ...venue, firstByteTimeoutMs: flexPatienceMs(hop, Date.now()) } : venue,
        credential: this.credentialOf(venue),
        ...(inbound.protocol.contentTypeOf && { contentType: inbound.protocol.contentTypeOf(body) }),
        requestId: hold.attemptId,
        extraHeaders: { ...inbound.forwarded, ...tierHeaders(hop.placed) },
      },
      relay,
    );
    relay.attach(sent.handle);
    return relay.done;
  }

  credentialOf(venue: Venue): string | null {
    if (venue.sealedCredential === null) return null;
    const known = this.credentials.get(venue.sealedCredential);
    if (known !== undefined) return known;
    const opened = openText(this.masterKey, venue.sealedCredential, credentialAad(venue));
    if (this.credentials.size > 1_000) this.credentials.clear();
    this.credentials.set(venue.sealedCredential, opened);
    return opened;
  }
}

/** Asked of the use case once per attempt; a call of none keeps nothing. */
const keeps = ({ useCase }: AdmittedCall): boolean => useCase !== undefined && keptDays(useCase.definition) > 0;

/** In enforce every call has a limit, so that its hold is a ceiling. */
function injectedLimit({ head, useCase }: AdmittedCall, route: Route): number | null {
  if (head.maxOutputTokens !== null || useCase?.definition.mode !== 'enforce') return null;
  return Math.min(useCase.definition.maxOutputTokens, route.maxOutputTokens);
}

/** A tier that is asked for by a header is not asked for in the body. */
const byHeader = (placed: PlacedRoute): boolean =>
  isFlex(placed) && flexTermsOf(placed.venue).optIn === 'vertex_header';

const tierInBody = (placed: PlacedRoute): Tier => (byHeader(placed) ? 'standard' : placed.route.tier);

const tierHeaders = (placed: PlacedRoute): Record<string, string> =>
  byHeader(placed) ? { 'x-vertex-ai-llm-shared-request-type': 'flex' } : {};

/** What the attempt is bought at, at the instant its ceiling was held. */
export const purchaseOf = ({ hop, hold, capacity, index, inbound }: AttemptInHand): Purchase => ({
  route: hop.placed.route,
  ceilingPicoUsd: hold.ceilingPicoUsd,
  prices: index.prices,
  capacity,
  instantMs: inbound.admittedAtMs,
});

function headersOf({ inbound, call, hop, hold, index }: AttemptInHand): Record<string, string> {
  return {
    'x-flux-original-model': call.head.requestedModel,
    'x-flux-routed': String(hop.placed !== call.requested),
    'x-flux-request-id': inbound.callId,
    ...(call.lane && { 'x-o10-lane': call.lane }),
    'x-o10-mode': call.useCase?.definition.mode ?? 'off',
    'x-o10-use-case': call.useCase?.definition.slug ?? unclassified,
    'x-o10-venue': hop.placed.venue.id,
    'x-o10-tier': hop.placed.route.tier,
    'x-o10-reason': hop.reason,
    'x-o10-snapshot': String(index.snapshot.version),
    ...(hold.step === null ? {} : { 'x-o10-envelope-step': hold.step }),
    ...(hold.loweredTo === null ? {} : { 'x-o10-max-output-tokens': String(hold.loweredTo) }),
  };
}
