/**
 * Serves a call at a venue that speaks another wire format than its caller: the caller's body becomes the AI SDK's call,
 * the venue's answer becomes the caller's answer. To whoever sends, it looks as a venue that spoke the caller's format.
 */
import { APICallError, type LanguageModelV4, type LanguageModelV4FinishReason } from '@ai-sdk/provider';
import type { Route, Venue } from '#contracts/venue.js';
import { authOf, type ProtocolName } from '#contracts/venue.js';
import { isObject, parseObject, type JsonObject } from '#protocols/json-value.js';
import type { AnswerSink, SendHandle, VenueClient } from '../venue-client.js';
import { VenueFault, type FaultFacts } from '../venue-fault.js';
import type { AnswerSpeller } from './answer-speller.js';
import { expressCall, type Expressed } from './express-call.js';
import type { Target } from './target.js';
import type { RawServed } from './raw-answer.js';
import { readChatCall } from './read-chat-call.js';
import { readMessagesCall } from './read-messages-call.js';
import { readResponsesCall } from './read-responses-call.js';
import { ChatSpeller } from './spell-chat.js';
import { MessagesSpeller } from './spell-messages.js';
import { ResponsesSpeller } from './spell-responses.js';
import { VenueFetch } from './venue-fetch.js';
import { venueModel } from './venue-model.js';
import type { Obstacle, Reading } from './wishes.js';

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

/** A running call, and what is known of it besides what the sink is told. */
export interface BridgedSend extends SendHandle {
  /** What of the call was said otherwise, or left out as a hint or label. Whole when the sink has ended. */
  readonly adaptations: readonly string[];
  /** From the venue's own bytes. */
  served(): RawServed;
}

const readers: Partial<Record<ProtocolName, (body: JsonObject) => Reading>> = {
  'openai-chat': readChatCall,
  'openai-responses': readResponsesCall,
  'anthropic-messages': readMessagesCall,
};

/** Whether calls of this format are ever translated. */
export const isBridged = (protocol: ProtocolName): boolean => readers[protocol] !== undefined;

/** Reads a caller's body once, for the question whether each of several routes can be asked it. */
export function readCall(protocol: ProtocolName, body: Buffer): Reading {
  const parsed = parseObject(body.toString('utf8'));
  return (parsed && readers[protocol]?.(parsed)) ?? { obstacle: 'wire_format' };
}

export function targetOf(
  venue: Pick<Venue, 'protocol' | 'auth'>,
  { model, family, tier }: BridgedCall['route'],
  maxOutputTokens: number,
): Target {
  const vertex = authOf(venue) === 'google-service-account';
  return { protocol: venue.protocol, model, family, tier, maxOutputTokens, vertex };
}

/** Null: the call can be said at that target. The same reading and saying that would send it. */
export function obstacleAt(reading: Reading, target: Target): Obstacle | null {
  if (reading.obstacle !== undefined) return reading.obstacle;
  return expressCall(reading.wishes, target).obstacle ?? null;
}

/** Never throws; `sink` is ended once. */
export function sendBridged(
  venues: Pick<VenueClient, 'send'>,
  call: BridgedCall,
  sink: AnswerSink,
  nowMs: number,
): BridgedSend {
  const exchange = new Exchange(venues, call, sink, nowMs);
  void exchange.run();
  return exchange;
}

function spellerOf({ protocol, requestId, route: { model }, body }: BridgedCall, nowMs: number): AnswerSpeller {
  const id = requestId.replaceAll('-', '');
  const createdS = Math.floor(nowMs / 1000);
  if (protocol === 'anthropic-messages') return new MessagesSpeller({ id: `msg_${id}`, model });
  if (protocol === 'openai-chat') return new ChatSpeller({ id: `chatcmpl-${id}`, created: createdS, model });
  return new ResponsesSpeller({ id, createdS, model, request: parseObject(body.toString('utf8')) ?? {} });
}

const notSent: FaultFacts = { requestSent: false, headSeen: false, bytesSeen: false };

class Exchange implements BridgedSend {
  readonly adaptations: string[] = [];
  private readonly wire: VenueFetch;
  private readonly speller: AnswerSpeller;
  private readonly stream: boolean;
  private ended = false;
  private paused: { resume: () => void; until: Promise<void> } | null = null;

  constructor(
    venues: Pick<VenueClient, 'send'>,
    private readonly call: BridgedCall,
    private readonly sink: AnswerSink,
    nowMs: number,
  ) {
    const { venue, credential, requestId, extraHeaders = {} } = call;
    this.stream = parseObject(call.body.toString('utf8'))?.stream === true;
    const edit = venue.streamUsage ? (body: string) => body : withoutStreamOptions;
    this.wire = new VenueFetch(venues, { venue, credential, requestId, extraHeaders }, this.stream, edit);
    this.speller = spellerOf(call, nowMs);
  }

  served(): RawServed {
    return this.wire.served();
  }

  resume(): void {
    this.paused?.resume();
    this.paused = null;
  }

  abort(): void {
    this.wire.abort();
    const { id } = this.call.venue;
    const aborted = { fault: new VenueFault('aborted', id, 'the call was aborted'), facts: notSent };
    this.fail(this.wire.fault ?? aborted);
  }

  async run(): Promise<void> {
    const { venue, route, protocol, body, maxOutputTokens } = this.call;
    const reading = readCall(protocol, body);
    const said =
      reading.obstacle === undefined ? expressCall(reading.wishes, targetOf(venue, route, maxOutputTokens)) : reading;
    if (said.obstacle !== undefined) return this.cannotSay(said.obstacle);
    this.adaptations.push(...said.adaptations);
    try {
      const model = venueModel(targetOf(venue, route, maxOutputTokens), this.wire.fetch);
      await (this.stream ? this.relayStream(model, said) : this.relayWhole(model, said));
      this.finish();
    } catch (error) {
      await this.failed(error);
    }
  }

  private async relayWhole(model: LanguageModelV4, { options }: Expressed): Promise<void> {
    const answer = await model.doGenerate(options);
    await this.wire.ended;
    if (this.wire.fault) throw this.wire.fault.fault;
    this.warned(answer.warnings);
    const { content } = answer;
    const { servedModel, usage, complete } = this.served();
    const finishReason = complete ? answer.finishReason : ({ unified: 'error', raw: undefined } as const);
    this.head(200, 'application/json');
    await this.write(this.speller.whole({ content, finishReason, servedModel, usage }));
  }

  private async relayStream(model: LanguageModelV4, { options }: Expressed): Promise<void> {
    const { stream } = await model.doStream(options);
    this.head(200, 'text/event-stream; charset=utf-8');
    for await (const part of stream) {
      if (this.ended) return;
      if (part.type === 'stream-start') this.warned(part.warnings);
      else if (part.type === 'error') return this.breakOff(part.error);
      else if (part.type === 'finish') return this.endStream(part.finishReason);
      else await this.write(this.speller.part(part));
    }
    return this.endStream(null);
  }

  /** The SDK may take a stream that stops for one that ended; the venue's bytes say which it was. */
  private async endStream(reason: LanguageModelV4FinishReason | null): Promise<void> {
    await this.wire.ended;
    if (this.wire.fault) throw this.wire.fault.fault;
    const { complete, failure, usage } = this.served();
    if (reason === null || !complete || failure !== null)
      return this.breakOff(new Error(failure ?? 'the venue broke off its answer'));
    await this.write(this.speller.finish(reason, usage));
  }

  /** The venue said in its stream that it fails; ours ends the same way, and never as if all were well. */
  private async breakOff(error: unknown): Promise<void> {
    await this.wire.ended;
    if (this.wire.fault) throw this.wire.fault.fault;
    const status = APICallError.isInstance(error) ? (error.statusCode ?? 500) : 500;
    await this.write(this.speller.error(status < 400 ? 500 : status, wordsOf(error)));
  }

  /** Each warning of the SDK is something it left out or said otherwise. */
  private warned(warnings: readonly { type: string }[]): void {
    for (const warning of warnings) {
      const { feature, setting, message } = warning as { feature?: string; setting?: string; message?: string };
      this.adaptations.push(`sdk:${(feature ?? setting ?? message ?? warning.type).slice(0, 120)}`);
    }
  }

  private head(status: number, contentType: string): void {
    if (this.ended) return;
    const { 'content-length': _, ...headers } = this.wire.headers;
    this.sink.onHead(status, { ...headers, 'content-type': contentType });
  }

  private async write(text: string): Promise<void> {
    if (this.ended || text === '' || this.sink.onData(Buffer.from(text))) return;
    let resume!: () => void;
    const until = new Promise<void>((resolve) => (resume = resolve));
    this.paused = { resume, until };
    await until;
  }

  private finish(): void {
    if (this.ended) return;
    this.ended = true;
    this.sink.onEnd();
  }

  private fail({ fault, facts }: { fault: VenueFault; facts: FaultFacts }): void {
    if (this.ended) return;
    this.ended = true;
    this.resume();
    this.sink.onFault(fault, facts);
  }

  private async failed(error: unknown): Promise<void> {
    if (this.ended) return;
    if (!this.wire.sent) return this.cannotSay(wordsOf(error));
    await this.wire.ended;
    if (this.wire.fault) return this.fail(this.wire.fault);
    const status = APICallError.isInstance(error) ? (error.statusCode ?? 0) : 0;
    if (status >= 400) return this.refuse(status, wordsOf(error));
    const fault = new VenueFault('protocol_error', this.call.venue.id, `${this.call.venue.id}: ${wordsOf(error)}`);
    this.fail({ fault, facts: { requestSent: true, headSeen: true, bytesSeen: true } });
  }

  /** A venue's own no is an answer. */
  private async refuse(status: number, message: string): Promise<void> {
    this.head(status, 'application/json');
    await this.write(this.speller.refused(status, message));
    this.finish();
  }

  private cannotSay(obstacle: string): void {
    const { id, protocol } = this.call.venue;
    const message = `${id} speaks ${protocol}, in which this call cannot be said: ${obstacle.slice(0, 200)}`;
    queueMicrotask(() => this.fail({ fault: new VenueFault('cannot_express', id, message), facts: notSent }));
  }
}

const wordsOf = (error: unknown): string => {
  if (error instanceof Error) return error.message;
  return isObject(error) && typeof error.message === 'string' ? error.message : 'the venue failed';
};

/** For a venue that does not know them. */
function withoutStreamOptions(body: string): string {
  const { stream_options: _, ...rest } = parseObject(body) ?? {};
  return JSON.stringify(rest);
}
