/** Receives calls and hands them, bytes untouched, to the verb. Nothing is bound to these routes: no guard, pipe or interceptor. */
import { Controller, Delete, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Protocol } from '#protocols/protocol.js';
import { protocolNamed } from '#protocols/registry.js';
import { newId } from '#runtime/new-id.js';
import type { InboundCall } from './admit-call.js';
import { FetchKept } from './fetch-kept.js';
import { ListModels } from './list-models.js';
import { ServeCall } from './serve-call.js';

/** What is spoken at which path. Anthropic's clients may put `/anthropic` before it. */
const protocolAt: Record<string, Protocol> = {
  '/v1/chat/completions': protocolNamed('openai-chat'),
  '/v1/responses': protocolNamed('openai-responses'),
  '/v1/embeddings': protocolNamed('openai-embeddings'),
  '/v1/images/generations': protocolNamed('openai-images'),
  '/v1/images/edits': protocolNamed('openai-image-edits'),
  '/v1/messages': protocolNamed('anthropic-messages'),
  '/v1/messages/count_tokens': protocolNamed('anthropic-count-tokens'),
};
const anthropicPrefix = '/anthropic';
const anthropicPaths = ['/anthropic/v1/messages', '/anthropic/v1/messages/count_tokens'];

@Controller()
export class CallsController {
  constructor(
    @Inject(ServeCall) private readonly serveCall: ServeCall,
    @Inject(ListModels) private readonly listModels: ListModels,
    @Inject(FetchKept) private readonly fetchKept: FetchKept,
  ) {}

  /** OpenAI's clients with `/v1` as base URL; Anthropic's with the root or `/anthropic`. */
  @Post([...Object.keys(protocolAt), ...anthropicPaths])
  call(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.hijack();
    this.serveCall.serve(inboundOf(request), reply.raw).catch((bug: unknown) => {
      request.log.error(bug);
      reply.raw.destroy();
      process.emit('uncaughtException', bug instanceof Error ? bug : new Error(String(bug)));
    });
  }

  /** What a venue keeps of a call, asked of the venue that keeps it. */
  @Get(['v1/responses/:id', 'v1/responses/:id/input_items'])
  kept(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.hijack();
    void this.fetchKept.serve(inboundOf(request), request.raw, reply.raw);
  }

  @Delete('v1/responses/:id')
  forget(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.kept(request, reply);
  }

  @Post('v1/responses/:id/cancel')
  cancel(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.kept(request, reply);
  }

  /** The list, or one of it; a name may have slashes. */
  @Get(['v1/models', 'v1/models/*', 'anthropic/v1/models', 'anthropic/v1/models/*'])
  models(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.hijack();
    const [, name = ''] = /\/models\/([^?]+)/.exec(request.url) ?? [];
    this.listModels.answer(inboundOf(request), name, reply.raw);
  }
}

export function inboundOf(request: FastifyRequest): InboundCall {
  const admittedAtMs = Date.now();
  const { headers } = request;
  const version = single(headers['anthropic-version']);
  const protocol = protocolOf(request.url, version !== undefined);
  const isAnthropic = protocol.name.startsWith('anthropic-');
  const apiKey = single(headers['x-api-key']);
  return {
    callId: newId(admittedAtMs),
    admittedAtMs,
    startedAt: performance.now(),
    protocol,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    authorization: single(headers.authorization) ?? (isAnthropic ? apiKey : undefined),
    forwarded: isAnthropic ? anthropicHeaders(version, single(headers['anthropic-beta'])) : none,
    useCase: single(headers['x-o10-use-case']),
    tag: single(headers['x-o10-tag']),
    subject: single(headers['x-o10-subject']),
    streamCost: single(headers['x-o10-stream-cost']) === 'true',
  };
}

/** Of a path that is no call: whose client asks, since the answer is spelled for it. */
function protocolOf(url: string, namesVersion: boolean): Protocol {
  const forAnthropic = url.startsWith(`${anthropicPrefix}/`);
  const path = (forAnthropic ? url.slice(anthropicPrefix.length) : url).split('?', 1)[0] ?? '';
  const otherwise = forAnthropic || namesVersion ? '/v1/messages' : '/v1/chat/completions';
  return protocolAt[path] ?? (protocolAt[otherwise] as Protocol);
}

const none: Record<string, string> = {};

const anthropicHeaders = (version: string | undefined, beta: string | undefined): Record<string, string> => ({
  ...(version === undefined ? {} : { 'anthropic-version': version }),
  ...(beta === undefined ? {} : { 'anthropic-beta': beta }),
});

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
