/** Receives calls and hands them, bytes untouched, to the verb. Nothing is bound to these routes: no guard, pipe or interceptor. */
import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { protocolNamed } from '#protocols/registry.js';
import { newId } from '#runtime/new-id.js';
import type { InboundCall } from './admit-call.js';
import { ListModels } from './list-models.js';
import { ServeCall } from './serve-call.js';

const protocol = protocolNamed('openai-chat');

@Controller('v1')
export class CallsController {
  constructor(
    @Inject(ServeCall) private readonly serveCall: ServeCall,
    @Inject(ListModels) private readonly listModels: ListModels,
  ) {}

  @Post('chat/completions')
  chatCompletions(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.hijack();
    this.serveCall.serve(inboundOf(request), reply.raw).catch((bug: unknown) => {
      request.log.error(bug);
      reply.raw.destroy();
      process.emit('uncaughtException', bug instanceof Error ? bug : new Error(String(bug)));
    });
  }

  @Get('models')
  models(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.hijack();
    this.listModels.answer(inboundOf(request), reply.raw);
  }
}

export function inboundOf(request: FastifyRequest): InboundCall {
  const admittedAtMs = Date.now();
  return {
    callId: newId(admittedAtMs),
    admittedAtMs,
    startedAt: performance.now(),
    protocol,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    authorization: single(request.headers.authorization),
    useCase: single(request.headers['x-o10-use-case']),
    streamCost: single(request.headers['x-o10-stream-cost']) === 'true',
  };
}

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
