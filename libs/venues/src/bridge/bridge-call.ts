/**
 * Serves a call at a venue that speaks another wire format than its caller. Which translation a format of callers has is
 * the table below; the one that decides whether a route can be asked is the one that asks it.
 */
import type { ProtocolName, Route, Venue } from '#contracts/venue.js';
import { authOf, speaks } from '#contracts/venue.js';
import { type JsonObject, parseObject } from '#protocols/json-value.js';
import type { AnswerSink, VenueClient } from '../venue-client.js';
import { converse } from './converse.js';
import { countTokens } from './count-tokens.js';
import { draw } from './draw.js';
import { embed } from './embed.js';
import { type BridgedSend, Exchange, type Translate } from './exchange.js';
import type { Occasion, Target } from './target.js';

export type { BridgedSend } from './exchange.js';

export interface BridgedCall {
  venue: Venue;
  route: Pick<Route, 'model' | 'family' | 'tier'>;
  credential: string | null;
  /** What the caller speaks, and `body` is in. */
  protocol: ProtocolName;
  body: Buffer;
  requestId: string;
  extraHeaders?: Record<string, string>;
  /** What was held for one answer, where the caller names no limit. */
  maxOutputTokens: number;
}

const translations: Partial<Record<ProtocolName, (body: JsonObject, occasion: Occasion) => Translate<Target>>> = {
  'openai-chat': converse('openai-chat'),
  'openai-responses': converse('openai-responses'),
  'anthropic-messages': converse('anthropic-messages'),
  'anthropic-count-tokens': countTokens,
  'openai-embeddings': embed,
  'openai-images': draw,
};

/** Where nothing is sent, nobody reads what an answer would be called. */
const unsent: Occasion = { requestId: '', nowMs: 0 };

/** Reads a caller's body once, for the question whether each of several routes can be asked it. */
export function translated(protocol: ProtocolName, body: Buffer, occasion = unsent): Translate<Target> {
  const translate = translations[protocol];
  const parsed = translate && parseObject(body.toString('utf8'));
  return parsed ? translate(parsed, occasion) : () => ({ obstacle: 'wire_format' });
}

export function targetOf(
  venue: Pick<Venue, 'protocol' | 'alsoSpeaks' | 'auth'>,
  { model, family, tier }: BridgedCall['route'],
  maxOutputTokens: number,
): Target {
  const vertex = authOf(venue) === 'google-service-account';
  const responses = speaks(venue, 'openai-responses');
  return { protocol: venue.protocol, responses, model, family, tier, maxOutputTokens, vertex };
}

/** Never throws; `sink` is ended once. */
export function sendBridged(
  venues: Pick<VenueClient, 'send'>,
  { venue, route, credential, protocol, body, requestId, extraHeaders = {}, maxOutputTokens }: BridgedCall,
  sink: AnswerSink,
  nowMs: number,
): BridgedSend {
  const said = translated(protocol, body, { requestId, nowMs })(targetOf(venue, route, maxOutputTokens));
  const edit = venue.streamUsage ? (written: string) => written : withoutStreamOptions;
  const exchange = new Exchange(venues, { venue, credential, requestId, extraHeaders }, said, sink, edit);
  void exchange.run();
  return exchange;
}

/** For a venue that does not know them. */
function withoutStreamOptions(body: string): string {
  const { stream_options: _, ...rest } = parseObject(body) ?? {};
  return JSON.stringify(rest);
}
