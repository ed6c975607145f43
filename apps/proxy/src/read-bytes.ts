/** How bodies are taken in: as bytes, JSON or a form of files where there is one, and never encoded. */
import { errorCodes, type FastifyInstance } from 'fastify';

/** 32 MiB: the largest request Anthropic takes, and more than OpenAI's. */
export const bodyBytesMax = 32 * 1024 * 1024;

export function readBytesOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const options = { parseAs: 'buffer', bodyLimit: bodyBytesMax } as const;
  fastify.addContentTypeParser(['application/json', 'multipart/form-data'], options, (request, body, done) => {
    const { 'content-encoding': encoding, 'content-type': type = '' } = request.headers;
    if (encoding && encoding !== 'identity') return done(refused('content-encoding'));
    if (type.startsWith('multipart/') && !takesForms(request.url)) return done(refused(type));
    done(null, body);
  });
}

/** The one endpoint whose clients send files. */
const takesForms = (url: string): boolean => url.split('?', 1)[0]?.endsWith('/images/edits') ?? false;

/** Spelled as Fastify spells its own, so that the filter meets one kind of error. */
const refused = (what: string): Error => new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(what);
