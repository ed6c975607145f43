/**
 * Brings one venue answer to the client: a stream as it comes, another answer whole (its cost goes in a header) up to
 * 8 MiB. Serving and settling are apart: when the client leaves, the venue is aborted where that stops the bill, else
 * read on, bounded, to the usage that will be billed.
 */
import type { ServerResponse } from 'node:http';
import type { Usage } from '#contracts/usage.js';
import type { ServedUsage } from '#domain/pricing/bill-of.js';
import { worthAnotherRoute } from '#domain/routing/next-hop.js';
import type { Protocol, StreamTap } from '#protocols/protocol.js';
import { tierNamed } from '#protocols/usage/served-terms.js';
import { regionInHeaders } from '#protocols/usage/served-terms.js';
import { retryAfterMs } from '#venues/retry-after.js';
import type { AnswerSink, SendHandle } from '#venues/venue-client.js';
import type { FaultFacts, VenueFault } from '#venues/venue-fault.js';

export interface RelayOptions {
  protocol: Protocol;
  stream: boolean;
  choices: number;
  /** Take out of the stream what the client did not ask for. */
  stripUsage: boolean;
  streamCost: boolean;
  abortStopsBilling: boolean;
  /**
   * Whether something else is tried after this ending, as long as the client has seen nothing. Status null: a fault. Asked at
   * most once: yes may take a retry.
   */
  triesNext: (status: number | null) => boolean;
  /** Other routes were there to be tried: the caller's own retry would multiply ours. */
  retriedHere: boolean;
  /** Keep the answer for the mirror. */
  keepAnswer: boolean;
  headers: Record<string, string>;
  /** Of an answer that is translated: what its venue's own bytes say of it, and what of the call was said otherwise. */
  bridged?: () => { served(): ServedUsage; readonly adaptations: readonly string[] } | undefined;
  /** Decimal USD of what was used, or null when unknown. */
  costText(served: ServedUsage): string | null;
  /** The model that served goes in a header where it is known before the head is written. */
  modelHeaders(servedModel: string | null, costText: string | null): Record<string, string>;
}

export interface Relayed extends ServedUsage {
  /** `next`: nothing was sent to the client and the venue failed in a way another route may not. */
  outcome: 'served' | 'fault' | 'client_gone' | 'truncated' | 'next';
  status: number | null;
  fault: VenueFault | null;
  facts: FaultFacts | null;
  /** The client has seen a part of this answer. */
  committed: boolean;
  firstByteAt: number | null;
  /** By which the venue knows the answer, where it keeps it. */
  answerId: string | null;
  /** As the venue asked, where it did. */
  retryAfterMs: number | null;
  answer: { body: Buffer; contentType: string } | null;
  adaptations: readonly string[];
}

const bufferBytesMax = 8 * 1024 * 1024;
const keepBytesMax = 2 * 1024 * 1024;
const readBytesMax = 32 * 1024 * 1024;
const drainMs = 60_000;
const stalledReaderMs = 120_000;
const noUsage: Usage = { basis: 'missing', parts: {} };

/** One per attempt. `done` resolves once, when venue and client are both finished with. */
export class RelayAnswer implements AnswerSink {
  readonly done: Promise<Relayed>;
  private finish!: (relayed: Relayed) => void;
  private handle: SendHandle | null = null;
  private status = 0;
  private headers: Record<string, string> = {};
  private tap: StreamTap | null = null;
  private chunks: Buffer[] = [];
  private bytes = 0;
  private committed = false;
  private clientGone = false;
  private firstByteAt: number | null = null;
  private answerId: string | null = null;
  private timer: NodeJS.Timeout | null = null;
  private readonly onClientClose = () => this.clientLeft();
  private readonly onDrain = () => this.resume();

  constructor(
    private readonly client: ServerResponse,
    private readonly options: RelayOptions,
  ) {
    this.done = new Promise((resolve) => (this.finish = resolve));
    client.on('close', this.onClientClose);
    client.on('drain', this.onDrain);
    if (client.destroyed) this.clientGone = true;
  }

  /** Must be called with the handle of the send this sink was given to. */
  attach(handle: SendHandle): void {
    this.handle = handle;
    if (this.clientGone) this.clientLeft();
  }

  onHead(status: number, headers: Record<string, string>): void {
    this.status = status;
    this.headers = headers;
    const events = (headers['content-type'] ?? '').startsWith('text/event-stream');
    if (!this.options.stream || !events || status >= 400) return;
    this.tap = this.options.protocol.tapStream({
      strip: this.options.stripUsage,
      choices: this.options.choices,
      ...(this.options.streamCost ? { costText: (served) => this.options.costText(this.placed(served)) } : {}),
    });
    this.commit(this.options.modelHeaders(null, null));
  }

  onData(chunk: Buffer): boolean {
    this.firstByteAt ??= performance.now();
    this.bytes += chunk.length;
    if (!this.tap) return this.collect(chunk);
    if (this.options.keepAnswer && this.bytes <= keepBytesMax) this.chunks.push(chunk);
    const relayed = this.tap.push(chunk);
    return relayed === null || this.write(relayed);
  }

  onEnd(): void {
    if (this.tap) {
      const rest = this.tap.end();
      if (rest) this.write(rest);
      this.endClient(this.tap.complete);
      return this.complete(this.tap.complete && !this.tap.isError ? 'served' : 'truncated', this.tap);
    }
    if (this.status >= 400) return this.endError();
    const body = Buffer.concat(this.chunks);
    const answer = this.bytes <= readBytesMax ? this.options.protocol.readAnswer(body) : null;
    this.answerId = answer?.answerId ?? null;
    const served = this.placed(answer ?? { usage: noUsage, servedModel: null, servedTier: null });
    if (!this.committed)
      this.commit(this.options.modelHeaders(served.servedModel, this.options.costText(served)), body.length);
    if (this.bytes <= bufferBytesMax) this.write(body);
    this.endClient(true);
    this.complete(answer?.complete === false ? 'truncated' : 'served', served);
  }

  onFault(fault: VenueFault, facts: FaultFacts): void {
    const seen: ServedUsage = this.tap ?? { usage: noUsage, servedModel: null, servedTier: null };
    if (this.clientGone) return this.complete('client_gone', seen, fault, facts);
    if (!this.committed && fault.code !== 'aborted' && this.options.triesNext(null))
      return this.complete('next', seen, fault, facts);
    if (this.committed) this.breakOff();
    this.complete(this.committed ? 'truncated' : 'fault', seen, fault, facts);
  }

  /** An answer that is not an event stream is kept whole until it is too large for a cost header. */
  private collect(chunk: Buffer): boolean {
    if (this.bytes <= readBytesMax) this.chunks.push(chunk);
    if (this.bytes <= bufferBytesMax) return true;
    if (this.committed) return this.write(chunk);
    this.commit(this.options.modelHeaders(null, null));
    return this.write(Buffer.concat(this.chunks));
  }

  /** The venue's own error reaches the client as it is, unless another route can be tried instead. */
  private endError(): void {
    const served: ServedUsage = { usage: { basis: 'reported', parts: {} }, servedModel: null, servedTier: null };
    if (!this.committed && !this.clientGone && this.options.triesNext(this.status))
      return this.complete('next', served);
    const body = Buffer.concat(this.chunks);
    if (!this.committed) {
      const failed = worthAnotherRoute.has(this.status);
      const lastWord: Record<string, string> = failed && this.options.retriedHere ? { 'x-should-retry': 'false' } : {};
      this.commit({ ...this.options.modelHeaders(null, null), ...lastWord }, body.length);
      this.write(body);
    }
    this.endClient(true);
    this.complete('fault', served);
  }

  private commit(extra: Record<string, string>, length?: number): void {
    this.committed = true;
    if (this.clientGone) return;
    const headers = {
      ...this.headers,
      ...this.options.headers,
      ...adaptedHeader(this.options.bridged?.()?.adaptations ?? []),
      ...extra,
      ...(length === undefined ? {} : { 'content-length': String(length) }),
    };
    this.client.writeHead(this.status, headers);
    if (length === undefined) this.client.flushHeaders();
  }

  private write(chunk: Buffer): boolean {
    if (this.clientGone || chunk.length === 0) return true;
    if (this.client.write(chunk)) return true;
    this.timer ??= setTimeout(() => this.client.destroy(), stalledReaderMs);
    return false;
  }

  /**
   * What a translated answer used its venue's own bytes say, not ours. The place is said in the answer, else in a header,
   * else nowhere.
   */
  private placed(inItsWords: ServedUsage): ServedUsage {
    const bridged = this.status >= 400 ? undefined : this.options.bridged?.();
    const { usage, servedModel, servedTier, servedRegion } = bridged?.served() ?? inItsWords;
    return {
      usage,
      servedModel,
      servedTier: servedTier ?? tierNamed(this.headers['x-gemini-service-tier']),
      servedRegion: servedRegion ?? regionInHeaders(this.headers),
    };
  }

  private resume(): void {
    this.clearTimer();
    this.handle?.resume();
  }

  private endClient(complete: boolean): void {
    if (this.clientGone) return;
    if (complete) this.client.end();
    else this.breakOff();
  }

  /** A stream ends with an error event, never with a forged end; a body of known length can only be cut. */
  private breakOff(): void {
    const refusal = { code: 'venue_broke_off', message: 'The venue ended its answer early.' } as const;
    if (this.tap) this.client.end(this.options.protocol.spellStreamBreak(refusal, this.tap.betweenEvents));
    else this.client.destroy();
  }

  private clientLeft(): void {
    if (this.client.writableFinished) return;
    this.clientGone = true;
    this.clearTimer();
    if (this.options.stream && this.options.abortStopsBilling) this.handle?.abort();
    else {
      this.timer = setTimeout(() => this.handle?.abort(), drainMs);
      this.handle?.resume();
    }
  }

  private clearTimer(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private complete(
    outcome: Relayed['outcome'],
    served: ServedUsage,
    fault: VenueFault | null = null,
    facts: FaultFacts | null = null,
  ): void {
    this.clearTimer();
    this.client.off('close', this.onClientClose);
    this.client.off('drain', this.onDrain);
    const { usage, servedModel, servedTier, servedRegion = null } = this.placed(served);
    const whole = this.options.keepAnswer && outcome === 'served' && !this.clientGone && this.bytes <= keepBytesMax;
    this.finish({
      outcome: this.clientGone ? 'client_gone' : outcome,
      status: this.status || null,
      fault,
      facts,
      committed: this.committed,
      firstByteAt: this.firstByteAt,
      // What was translated carries an id of ours, and its venue keeps nothing by it.
      answerId: this.options.bridged?.() ? null : (this.tap?.answerId ?? this.answerId),
      usage,
      servedModel,
      servedTier,
      servedRegion,
      retryAfterMs: retryAfterMs(this.headers, Date.now()),
      adaptations: this.options.bridged?.()?.adaptations ?? [],
      answer: whole ? { body: Buffer.concat(this.chunks), contentType: this.headers['content-type'] ?? '' } : null,
    });
  }
}

const headerMax = 1_000;

const adaptedHeader = (adaptations: readonly string[]): Record<string, string> =>
  adaptations.length === 0
    ? {}
    : {
        'x-o10-adapted': adaptations
          .join(', ')
          .replace(/[^\x20-\x7e]/g, '?')
          .slice(0, headerMax),
      };
