/** What Fastify refuses before a call is a call (size, media type) is spelled and recorded like any other refusal. */
import type { FastifyInstance } from 'fastify';
import type { Refusal } from '#contracts/refusal.js';
import { unseen, type InboundCall } from './admit-call.js';
import type { CurrentSnapshot } from './current-snapshot.js';
import type { RecordCall } from './record-call.js';

/** 32 MiB: the largest request Anthropic takes, and more than OpenAI's. */
export const bodyBytesMax = 32 * 1024 * 1024;

const byCode: Record<string, Refusal> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body_too_large', message: 'The body is larger than 32 MiB.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'unsupported_media_type', message: 'The body is not application/json.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'invalid_request',
    message: 'The body does not have its content-length.',
  },
};

export interface EdgeParts {
  inboundOf: (request: unknown) => InboundCall;
  record: RecordCall;
  snapshot: CurrentSnapshot;
}

/** Bodies stay bytes, and only JSON without a content-encoding is taken. */
export function readBytesOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: bodyBytesMax },
    (request, body, done) => {
      const encoding = request.headers['content-encoding'];
      if (encoding && encoding !== 'identity') return done(mediaTypeError());
      done(null, body);
    },
  );
}

export function spellEdgeErrors(fastify: FastifyInstance, { inboundOf, record, snapshot }: EdgeParts): void {
  fastify.setErrorHandler((error: { code?: string; message: string; statusCode?: number }, request, reply) => {
    const refusal = byCode[error.code ?? ''] ?? { code: 'invalid_request', message: error.message };
    const inbound = inboundOf(request);
    const index = snapshot.current();
    reply.hijack();
    if (index) record.refused(inbound, index, unseen, refusal, null);
    record.answer(inbound, reply.raw, refusal);
  });
}

function mediaTypeError(): Error {
  return Object.assign(new Error('The body has a content-encoding.'), { code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE' });
}
