/** What is refused before a call is a call (size, media type, path) is spelled and recorded like any other refusal. */
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Refusal } from '#contracts/refusal.js';
import { unseen } from './admit-call.js';
import { inboundOf } from './calls.controller.js';
import type { CurrentSnapshot } from './current-snapshot.js';
import type { RecordCall } from './record-call.js';

/** Nest hands on what Fastify refused as an HttpException with Fastify's status. */
const byStatus: Record<number, Refusal> = {
  413: { code: 'body_too_large', message: 'The body is larger than 32 MiB.' },
  415: { code: 'unsupported_media_type', message: 'The body is not plain application/json.' },
};

@Catch()
export class EdgeFilter implements ExceptionFilter {
  constructor(
    private readonly record: RecordCall,
    private readonly snapshot: CurrentSnapshot,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const inbound = inboundOf(request);
    const refusal = refusalOf(thrown, request);
    const index = this.snapshot.current();
    if (index) this.record.refused(inbound, index, unseen, refusal, null);
    reply.hijack();
    this.record.answer(inbound, reply.raw, refusal);
  }
}

/** Anything that is not an HttpException is a bug of ours, and dies as one. */
function refusalOf(thrown: unknown, request: FastifyRequest): Refusal {
  if (!(thrown instanceof HttpException) || thrown.getStatus() >= 500) throw thrown;
  const known = byStatus[thrown.getStatus()];
  if (known) return known;
  if (thrown.getStatus() !== 404) return { code: 'invalid_request', message: thrown.message };
  return { code: 'unknown_endpoint', message: `${request.method} ${request.url.slice(0, 200)} is not served.` };
}
