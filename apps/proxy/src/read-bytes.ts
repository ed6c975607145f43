/** How bodies are taken in: as bytes, and only JSON without a content-encoding. */
import { errorCodes, type FastifyInstance } from 'fastify';

/** 32 MiB: the largest request Anthropic takes, and more than OpenAI's. */
export const bodyBytesMax = 32 * 1024 * 1024;

export function readBytesOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: bodyBytesMax },
    (request, body, done) => {
      const encoding = request.headers['content-encoding'];
      if (encoding && encoding !== 'identity') return done(encoded());
      done(null, body);
    },
  );
}

/** Spelled as Fastify spells its own, so that the filter meets one kind of error. */
const encoded = (): Error => new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE('content-encoding');
