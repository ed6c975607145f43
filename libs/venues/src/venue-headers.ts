/**
 * Which headers go to a venue and which come back: two short lists of names, never what the other side sent.
 * A header that is copied through unread is how requests are smuggled and credentials leak.
 */

import type { VenueProtocol } from '#contracts/venue.js';

const extraRequestNames: ReadonlySet<string> = new Set([
  'traceparent',
  'tracestate',
  'anthropic-version',
  'anthropic-beta',
  'x-vertex-ai-llm-shared-request-type',
]);

const responseNames: ReadonlySet<string> = new Set([
  'content-type',
  // Of the clock a `retry-after` is told by.
  'date',
  'x-request-id',
  'request-id',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'x-amzn-requestid',
  'x-amzn-errortype',
  'x-amzn-bedrock-input-token-count',
  'openai-processing-ms',
  'openai-version',
  'x-gemini-service-tier',
]);
const rateLimitName = /^(?:x-)?ratelimit-[a-z0-9-]{1,60}$/;

/** What the caller does not name is the version the wire format was read for. */
const anthropicVersion = '2023-06-01';

export interface RequestFacts {
  protocol: VenueProtocol;
  contentType?: string | undefined;
  requestId: string;
  userAgent: string;
  extraHeaders: Record<string, string> | undefined;
}

/** Name and value in turn, as undici takes them without building an object. Who pays is added by `authorise`. */
export function requestHeaders(facts: RequestFacts): string[] {
  const headers = [
    'content-type',
    facts.contentType ?? 'application/json',
    'accept',
    // Bedrock streams frames of its own.
    facts.protocol === 'bedrock-converse' ? '*/*' : 'application/json, text/event-stream',
    // A compressed answer could not be read in passing, and could grow without bound.
    'accept-encoding',
    'identity',
    'user-agent',
    facts.userAgent,
    'x-client-request-id',
    facts.requestId,
  ];
  if (facts.protocol === 'anthropic-messages' && facts.extraHeaders?.['anthropic-version'] === undefined)
    headers.push('anthropic-version', anthropicVersion);
  for (const name in facts.extraHeaders) if (extraRequestNames.has(name)) headers.push(name, facts.extraHeaders[name]!);
  return headers;
}

/** Of a name sent twice, the first value. */
export function responseHeaders(received: Record<string, string | string[] | undefined>): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const name in received) {
    const value = received[name];
    if (value === undefined || !(responseNames.has(name) || rateLimitName.test(name))) continue;
    const first = typeof value === 'string' ? value : value[0];
    if (first !== undefined) allowed[name] = first;
  }
  return allowed;
}
