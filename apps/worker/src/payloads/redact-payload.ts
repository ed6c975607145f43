/**
 * What is left of a call when its use case keeps it redacted. A stream is joined to text first, so that nothing hides
 * between two of its events; what cannot be read cannot be redacted, and is not kept. Pure.
 */
import type { MirroredCall } from '#contracts/jobs.js';
import type { KeptPayload } from '#contracts/kept-payload.js';
import type { ProtocolName } from '#contracts/venue.js';
import type { Redactor } from '#domain/retention/redactor.js';
import type { Protocol } from '#protocols/protocol.js';

/** As it was said. An answer that was not complete is none. */
export function payloadOf(copy: MirroredCall, protocol: ProtocolName): KeptPayload {
  const { requestBody, answerBody: body, answerContentType: contentType } = copy;
  return { schema: 'o10.payload.v1', protocol, requestBody, answer: contentType === '' ? null : { contentType, body } };
}

/** Null where the request is no JSON. An answer that cannot be read is left out. */
export function redactPayload(
  { requestBody, answer, ...rest }: KeptPayload,
  protocol: Protocol,
  redactor: Redactor,
): KeptPayload | null {
  const request = jsonIn(Buffer.from(requestBody, 'base64'));
  if (request === undefined) return null;
  const said = answer && answerIn(answer, protocol);
  const contentType = 'application/json';
  return {
    ...rest,
    requestBody: encoded(redactor.json(request)),
    answer: said === undefined || said === null ? null : { contentType, body: encoded(redactor.json(said)) },
  };
}

function answerIn({ contentType, body }: NonNullable<KeptPayload['answer']>, protocol: Protocol): unknown {
  const bytes = Buffer.from(body, 'base64');
  if (!contentType.startsWith('text/event-stream')) return jsonIn(bytes);
  return { text: protocol.answerText(bytes, true), toolCalls: protocol.toolCalls(bytes, true) };
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
