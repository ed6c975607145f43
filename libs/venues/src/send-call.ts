/**
 * Sends a call in its caller's words: as it is to a venue that speaks them, else over the bridge. Either way the sink
 * hears an answer in the caller's own wire format.
 */
import type { ProtocolName, Route, Venue } from '#contracts/venue.js';
import { speaks } from '#contracts/venue.js';
import { type BridgedSend, sendBridged, targetOf, translated } from './bridge/bridge-call.js';
import type { AnswerSink, SendHandle, VenueClient, VenueRequest } from './venue-client.js';

export interface CallToSend extends VenueRequest {
  route: Pick<Route, 'model' | 'family' | 'tier' | 'maxOutputTokens'>;
  /** What `body` is in. */
  protocol: ProtocolName;
  /** What was held for one answer, where the caller names no limit. */
  maxOutputTokens: number;
}

export interface SentCall {
  handle: SendHandle;
  /** Absent: the venue's bytes are relayed as they come. */
  bridged?: BridgedSend;
}

export function sendCall(venues: Pick<VenueClient, 'send'>, call: CallToSend, sink: AnswerSink): SentCall {
  if (speaks(call.venue, call.protocol)) return { handle: venues.send(call, sink) };
  const bridged = sendBridged(venues, call, sink, Date.now());
  return { handle: bridged, bridged };
}

interface Place {
  venue: Venue;
  route: CallToSend['route'];
}

/**
 * What of a call cannot be said at a place whose venue does not speak its format; null where all of it can. The body is
 * read when it is first asked about, and once.
 */
export function obstaclesOf(protocol: ProtocolName, body: Buffer): (place: Place) => string | null {
  let said: ReturnType<typeof translated> | null = null;
  return ({ venue, route }) => {
    said ??= translated(protocol, body);
    return said(targetOf(venue, route, route.maxOutputTokens)).obstacle ?? null;
  };
}
