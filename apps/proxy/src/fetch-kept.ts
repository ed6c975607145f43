/**
 * `GET` and `DELETE /v1/responses/{id}`, its input items and its cancelling: passed through to the venue that keeps the
 * answer, for the team it was given to. No call: nothing is bought, held or recorded.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import type { AnswerSink, SendHandle, VenueClient } from '#venues/venue-client.js';
import type { VenueFault } from '#venues/venue-fault.js';
import type { InboundCall } from './admit-call.js';
import type { KeptAnswers } from './kept-answers.js';
import type { KeyRing } from './key-ring.js';
import { recallAnswer } from './recall-answer.js';
import { type RecordCall, spellFault } from './record-call.js';
import type { SendAttempt } from './send-attempt.js';

export interface FetchKeptParts {
  snapshot: { current(): RoutingIndex | null };
  keys: KeyRing;
  record: RecordCall;
  kept: KeptAnswers;
  venues: VenueClient;
  send: SendAttempt;
}

const asked = /^\/v1(\/responses\/([\w-]{1,256})(?:\/input_items|\/cancel)?)(\?[\w\-.~%=&]*)?$/;

export class FetchKept {
  constructor(private readonly parts: FetchKeptParts) {}

  async serve(inbound: InboundCall, request: IncomingMessage, client: ServerResponse): Promise<void> {
    const { snapshot, keys, record, kept, venues, send } = this.parts;
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
    const sink = new PassThrough(client, headers, (fault) => record.answerOnly(inbound, client, spellFault(fault)));
    const method = request.method === 'GET' || request.method === 'DELETE' ? request.method : 'POST';
    const about = { venue, credential: send.credentialOf(venue), requestId: inbound.callId };
    sink.attach(venues.send({ ...about, method, path: path + query, body: inbound.body }, sink));
  }
}

/** The venue's bytes as they come, no faster than the client reads. */
class PassThrough implements AnswerSink {
  constructor(
    private readonly client: ServerResponse,
    private readonly headers: Record<string, string>,
    private readonly onFaultFirst: (fault: VenueFault) => void,
  ) {}

  attach(handle: SendHandle): void {
    this.client.on('close', () => handle.abort());
    this.client.on('drain', () => handle.resume());
  }

  onHead(status: number, headers: Record<string, string>): void {
    this.client.writeHead(status, { ...headers, ...this.headers });
  }

  onData(chunk: Buffer): boolean {
    return this.client.write(chunk);
  }

  onEnd(): void {
    this.client.end();
  }

  onFault(fault: VenueFault): void {
    if (this.client.headersSent) this.client.destroy();
    else this.onFaultFirst(fault);
  }
}
