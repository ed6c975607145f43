/**
 * `GET` and `DELETE /v1/responses/{id}`, its input items and its cancelling: passed through to the venue that keeps the
 * answer, for the team it was given to. No call: nothing is bought or held. What an answer says it used is read in passing
 * where it was not known.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServedUsage } from '#domain/pricing/bill-of.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import type { StreamTap } from '#protocols/protocol.js';
import { protocolNamed } from '#protocols/registry.js';
import type { AnswerSink, SendHandle, VenueClient } from '#venues/venue-client.js';
import type { VenueFault } from '#venues/venue-fault.js';
import type { InboundCall } from './admit-call.js';
import { countLater } from './count-later.js';
import type { KeptAnswers } from './kept-answers.js';
import type { KeyRing } from './key-ring.js';
import { recallAnswer } from './recall-answer.js';
import { type RecordCall, spellFault } from './record-call.js';
import type { SendAttempt } from './send-attempt.js';
import type { SettleAttempt } from './settle-attempt.js';

export interface FetchKeptParts {
  snapshot: { current(): RoutingIndex | null };
  keys: KeyRing;
  record: RecordCall;
  kept: KeptAnswers;
  venues: VenueClient;
  send: SendAttempt;
  settle: Pick<SettleAttempt, 'settle'>;
}

const asked = /^\/v1(\/responses\/([\w-]{1,256})(?:\/input_items|\/cancel)?)(\?[\w\-.~%=&]*)?$/;

export class FetchKept {
  constructor(private readonly parts: FetchKeptParts) {}

  async serve(inbound: InboundCall, request: IncomingMessage, client: ServerResponse): Promise<void> {
    const { snapshot, keys, record, kept, venues, send, settle } = this.parts;
    const index = snapshot.current();
    if (!index) return record.answerOnly(inbound, client, { code: 'not_ready', message: 'o10 is starting.' });
    const identified = keys.identify(inbound.authorization, inbound.admittedAtMs);
    if ('refused' in identified) return record.answerOnly(inbound, client, identified.refused);
    // Brackets are how clients spell lists in a query, and no venue minds them escaped.
    const url = (request.url ?? '').replaceAll('[', '%5B').replaceAll(']', '%5D');
    const [, path = '', id = '', query = ''] = asked.exec(url) ?? [];
    const recalled = await recallAnswer(id, identified.key, index, kept);
    if (recalled.refused) return record.answerOnly(inbound, client, recalled.refused);
    const { venue, route } = recalled.placed;
    const headers = { 'x-flux-request-id': inbound.callId, 'x-o10-venue': venue.id, 'x-flux-model': route.model };
    const { uncounted, ...counted } = recalled.answer;
    const onServed = (served: ServedUsage) => {
      if (uncounted && countLater(uncounted, served, recalled.placed, index, settle)) void kept.remember(id, counted);
    };
    const sink = new PassThrough(client, headers, {
      onFaultFirst: (fault) => record.answerOnly(inbound, client, spellFault(fault)),
      onServed: uncounted ? onServed : null,
    });
    const method = request.method === 'GET' || request.method === 'DELETE' ? request.method : 'POST';
    const about = { venue, credential: send.credentialOf(venue), requestId: inbound.callId };
    sink.attach(venues.send({ ...about, method, path: path + query, body: inbound.body }, sink));
  }
}

interface Listeners {
  /** The venue failed before it said anything. */
  onFaultFirst(fault: VenueFault): void;
  /** Null: nobody wants to know. */
  onServed: ((served: ServedUsage) => void) | null;
}

const readBytesMax = 8 * 1024 * 1024;
const responses = protocolNamed('openai-responses');

/** The venue's bytes as they come, no faster than the client reads. */
class PassThrough implements AnswerSink {
  private tap: StreamTap | null = null;
  private chunks: Buffer[] = [];
  private bytes = 0;

  constructor(
    private readonly client: ServerResponse,
    private readonly headers: Record<string, string>,
    private readonly listeners: Listeners,
  ) {}

  attach(handle: SendHandle): void {
    this.client.on('close', () => handle.abort());
    this.client.on('drain', () => handle.resume());
  }

  onHead(status: number, headers: Record<string, string>): void {
    const isStream = (headers['content-type'] ?? '').startsWith('text/event-stream');
    if (isStream && this.listeners.onServed) this.tap = responses.tapStream({ strip: false, choices: 1 });
    this.client.writeHead(status, { ...headers, ...this.headers });
  }

  onData(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    if (this.tap) this.tap.push(chunk);
    else if (this.listeners.onServed && this.bytes <= readBytesMax) this.chunks.push(chunk);
    return this.client.write(chunk);
  }

  onEnd(): void {
    this.tap?.end();
    this.client.end();
    if (this.bytes <= readBytesMax || this.tap)
      this.listeners.onServed?.(this.tap ?? responses.readAnswer(Buffer.concat(this.chunks)));
  }

  onFault(fault: VenueFault): void {
    if (this.client.headersSent) this.client.destroy();
    else this.listeners.onFaultFirst(fault);
  }
}
