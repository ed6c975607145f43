/** Sends one replay and collects its answer whole. A venue's failure is an answer too: it is what a caller would have got. */
import type { ServedUsage } from '#domain/pricing/bill-of.js';
import type { Usage } from '#contracts/usage.js';
import type { Tier } from '#contracts/price.js';
import type { Protocol, ToolCall } from '#protocols/protocol.js';
import { protocolNamed } from '#protocols/registry.js';
import { regionInHeaders } from '#protocols/usage/served-terms.js';
import { type CallToSend, type SentCall, sendCall } from '#venues/send-call.js';
import type { AnswerSink, VenueClient } from '#venues/venue-client.js';
import type { FaultFacts, VenueFault } from '#venues/venue-fault.js';

export interface ReplayAnswer {
  outcome: 'served' | 'fault' | 'truncated';
  status: number | null;
  /** The venue may have seen it. */
  requestSent: boolean;
  usage: Usage;
  servedModel: string | null;
  servedTier: Tier | null;
  servedRegion: string | null;
  /** Null: there is none, which scores 0. */
  text: string | null;
  /** To compare, never to dispatch. */
  toolCalls: readonly ToolCall[] | null;
  /** As it came, where it came whole and without an error. */
  body: Buffer | null;
  /** What of the question was said otherwise, where the candidate speaks another wire format. */
  adaptations: readonly string[];
  latencyMs: number;
  firstByteMs: number | null;
}

const answerBytesMax = 8 * 1024 * 1024;

/** Never rejects. After `deadlineMs` the call is aborted. */
export function sendReplay(
  venues: VenueClient,
  request: CallToSend,
  protocol: Protocol,
  deadlineMs: number,
): Promise<ReplayAnswer> {
  return new Promise((resolve) => {
    const sink = new CollectAnswer(protocol, (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    const timer = setTimeout(() => sink.abort(), deadlineMs);
    sink.attach(sendCall(venues, request, sink));
  });
}

const spoken = protocolNamed('openai-chat');

/** Asks a judge, in chat completions' words whatever its venue speaks. */
export const sendQuestion = (
  venues: VenueClient,
  question: Omit<CallToSend, 'protocol' | 'maxOutputTokens'>,
  deadlineMs: number,
): Promise<ReplayAnswer> => {
  const { maxOutputTokens } = question.route;
  return sendReplay(venues, { ...question, protocol: spoken.name, maxOutputTokens }, spoken, deadlineMs);
};

class CollectAnswer implements AnswerSink {
  private sent: SentCall | null = null;
  private readonly startedAt = performance.now();
  private firstByteAt: number | null = null;
  private status: number | null = null;
  private headers: Record<string, string> = {};
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  constructor(
    private readonly protocol: Protocol,
    private readonly done: (answer: ReplayAnswer) => void,
  ) {}

  attach(sent: SentCall): void {
    this.sent = sent;
  }

  abort(): void {
    this.sent?.handle.abort();
  }

  onHead(status: number, headers: Record<string, string>): void {
    this.status = status;
    this.headers = headers;
  }

  onData(chunk: Buffer): boolean {
    this.firstByteAt ??= performance.now();
    this.bytes += chunk.length;
    if (this.bytes <= answerBytesMax) this.chunks.push(chunk);
    else queueMicrotask(() => this.abort());
    return true;
  }

  onEnd(): void {
    const body = Buffer.concat(this.chunks);
    const answer = this.protocol.readAnswer(body);
    const failed = (this.status ?? 500) >= 400;
    const said: ServedUsage = (failed ? undefined : this.sent?.bridged?.served()) ?? answer;
    const served = (this.status ?? 500) < 400 && answer.complete && !answer.isError;
    this.finish({
      outcome: served ? 'served' : (this.status ?? 500) >= 400 || answer.isError ? 'fault' : 'truncated',
      requestSent: true,
      usage: said.usage,
      servedModel: said.servedModel,
      servedTier: said.servedTier,
      servedRegion: said.servedRegion ?? regionInHeaders(this.headers),
      text: served ? this.protocol.answerText(body, false) : null,
      toolCalls: served ? this.protocol.toolCalls(body, false) : null,
      body: (this.status ?? 500) < 400 && !answer.isError ? body : null,
    });
  }

  onFault(_fault: VenueFault, facts: FaultFacts): void {
    this.finish({
      outcome: facts.bytesSeen ? 'truncated' : 'fault',
      requestSent: facts.requestSent,
      usage: { basis: 'missing', parts: {} },
      servedModel: null,
      servedTier: null,
      servedRegion: null,
      text: null,
      toolCalls: null,
      body: null,
    });
  }

  private finish(answer: Omit<ReplayAnswer, 'status' | 'adaptations' | 'latencyMs' | 'firstByteMs'>): void {
    this.done({
      ...answer,
      adaptations: this.sent?.bridged?.adaptations ?? [],
      status: this.status,
      latencyMs: this.since(performance.now()),
      firstByteMs: this.firstByteAt === null ? null : this.since(this.firstByteAt),
    });
  }

  private since(at: number): number {
    return Math.round((at - this.startedAt) * 1000) / 1000;
  }
}
