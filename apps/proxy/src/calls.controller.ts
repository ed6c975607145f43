/** Receives calls and hands them, bytes untouched, to the verb. Nothing is bound to these routes: no guard, pipe or interceptor. */
import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { protocolNamed } from '#protocols/registry.js';
import { newId } from '#runtime/new-id.js';
import type { InboundCall } from './admit-call.js';
import { ListModels } from './list-models.js';
import { ServeCall } from './serve-call.js';

const openAiChat = protocolNamed('openai-chat');
const anthropicMessages = protocolNamed('anthropic-messages');

@Controller()
export class CallsController {
  constructor(
    @Inject(ServeCall) private readonly serveCall: ServeCall,
    @Inject(ListModels) private readonly listModels: ListModels,
  ) {}

  /** OpenAI's clients with `/v1` as base URL; Anthropic's with the root or `/anthropic`. */
  @Post(['v1/chat/completions', 'v1/messages', 'anthropic/v1/messages'])
  call(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.hijack();
    this.serveCall.serve(inboundOf(request), reply.raw).catch((bug: unknown) => {
      request.log.error(bug);
      reply.raw.destroy();
      process.emit('uncaughtException', bug instanceof Error ? bug : new Error(String(bug)));
    });
  }

  @Get(['v1/models', 'anthropic/v1/models'])
  models(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.hijack();
    this.listModels.answer(inboundOf(request), reply.raw);
  }
}

export function inboundOf(request: FastifyRequest): InboundCall {
  const admittedAtMs = Date.now();
  const { headers } = request;
  const version = single(headers['anthropic-version']);
  const isAnthropic = version !== undefined || /^\/(anthropic\/|v1\/messages)/.test(request.url);
  const apiKey = single(headers['x-api-key']);
  return {
    callId: newId(admittedAtMs),
    admittedAtMs,
    startedAt: performance.now(),
    protocol: isAnthropic ? anthropicMessages : openAiChat,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    authorization: single(headers.authorization) ?? (isAnthropic ? apiKey : undefined),
    forwarded: isAnthropic ? anthropicHeaders(version, single(headers['anthropic-beta'])) : none,
    useCase: single(headers['x-o10-use-case']),
    tag: single(headers['x-o10-tag']),
    streamCost: single(headers['x-o10-stream-cost']) === 'true',
  };
}

const none: Record<string, string> = {};

const anthropicHeaders = (version: string | undefined, beta: string | undefined): Record<string, string> => ({
  ...(version === undefined ? {} : { 'anthropic-version': version }),
  ...(beta === undefined ? {} : { 'anthropic-beta': beta }),
});

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
