/**
 * One call at a venue of another wire format, from its request to the caller's last byte. What is asked and how it is told
 * is its translation's; this is what holds for all of them. To whoever sends, it looks as a venue of the caller's format.
 */
import { APICallError } from '@ai-sdk/provider';
import { isObject } from '#protocols/json-value.js';
import type { AnswerSink, SendHandle, VenueClient, VenueRequest } from '../venue-client.js';
import { VenueFault, type FaultFacts } from '../venue-fault.js';
import type { RawAnswer, RawServed } from './raw-answer.js';
import { VenueFetch } from './venue-fetch.js';
import type { Obstacle } from './wishes.js';

/** A call said to one target, not sent yet. */
export interface Translation {
  adaptations: readonly string[];
  obstacle?: undefined;
  /** Reads the venue's own bytes; some say in a header what they used. */
  raw(headers: Readonly<Record<string, string>>): RawAnswer;
  /** Asks the venue through the exchange's `fetch`, and tells the caller what it answered. Rejects as the AI SDK does. */
  ask(exchange: Exchange): Promise<void>;
  /** The body of a venue's refusal, as the caller's format has it. */
  refused(status: number, message: string): string;
}

/** What of a call is the same for every target; says it to one, or what cannot be said there. Pure. */
export type Translate<Target> = (target: Target) => Translation | { obstacle: Obstacle };

/** A running call, and what is known of it besides what the sink is told. */
export interface BridgedSend extends SendHandle {
  /** What of the call was said otherwise, or left out as a hint or label. Whole when the sink has ended. */
  readonly adaptations: readonly string[];
  /** From the venue's own bytes. */
  served(): RawServed;
}

const notSent: FaultFacts = { requestSent: false, headSeen: false, bytesSeen: false };

export class Exchange implements BridgedSend {
  readonly adaptations: string[] = [];
  private readonly wire: VenueFetch;
  private over = false;
  private paused: { resume: () => void } | null = null;

  constructor(
    venues: Pick<VenueClient, 'send'>,
    private readonly request: Omit<VenueRequest, 'path' | 'body'>,
    private readonly said: Translation | { obstacle: Obstacle },
    private readonly sink: AnswerSink,
    edit: (body: string) => string,
  ) {
    this.wire = new VenueFetch(venues, request, (headers) => ('raw' in said ? said.raw(headers) : null), edit);
  }

  get fetch(): typeof globalThis.fetch {
    return this.wire.fetch;
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
    const aborted = new VenueFault('aborted', this.request.venue.id, 'the call was aborted');
    this.fail(this.wire.fault ?? { fault: aborted, facts: notSent });
  }

  async run(): Promise<void> {
    const { said } = this;
    if (said.obstacle !== undefined) return this.cannotSay(said.obstacle);
    this.adaptations.push(...said.adaptations);
    try {
      await said.ask(this);
      if (!this.over) this.sink.onEnd();
      this.over = true;
    } catch (error) {
      await this.failed(error, said);
    }
  }

  /** Nobody listens any more. */
  get gone(): boolean {
    return this.over;
  }

  /** Resolves when the venue has said all it will; rejects where it broke off. */
  async ended(): Promise<RawServed> {
    await this.wire.ended;
    if (this.wire.fault) throw this.wire.fault.fault;
    return this.served();
  }

  /** Each warning of the SDK is something it left out or said otherwise. */
  warned(warnings: readonly { type: string }[]): void {
    for (const warning of warnings) {
      const { feature, setting, message } = warning as { feature?: string; setting?: string; message?: string };
      this.adaptations.push(`sdk:${(feature ?? setting ?? message ?? warning.type).slice(0, 120)}`);
    }
  }

  head(status: number, contentType: string): void {
    if (this.over) return;
    const { 'content-length': _, ...headers } = this.wire.headers;
    this.sink.onHead(status, { ...headers, 'content-type': contentType });
  }

  async write(text: string): Promise<void> {
    if (this.over || text === '' || this.sink.onData(Buffer.from(text))) return;
    await new Promise<void>((resume) => (this.paused = { resume }));
  }

  /** An answer in one piece. */
  async tell(status: number, body: string): Promise<void> {
    this.head(status, 'application/json');
    await this.write(body);
  }

  private fail({ fault, facts }: { fault: VenueFault; facts: FaultFacts }): void {
    if (this.over) return;
    this.over = true;
    this.resume();
    this.sink.onFault(fault, facts);
  }

  private async failed(error: unknown, said: Translation): Promise<void> {
    if (this.over) return;
    if (!this.wire.sent) return this.cannotSay(wordsOf(error));
    await this.wire.ended;
    if (this.wire.fault) return this.fail(this.wire.fault);
    const status = APICallError.isInstance(error) ? (error.statusCode ?? 0) : 0;
    if (status < 400) return this.fail(this.broken(error));
    // A venue's own no is an answer.
    await this.tell(status, said.refused(status, wordsOf(error)));
    this.over = true;
    this.sink.onEnd();
  }

  private broken(error: unknown): { fault: VenueFault; facts: FaultFacts } {
    const { id } = this.request.venue;
    const fault = new VenueFault('protocol_error', id, `${id}: ${wordsOf(error)}`);
    return { fault, facts: { requestSent: true, headSeen: true, bytesSeen: true } };
  }

  private cannotSay(obstacle: string): void {
    const { id, protocol } = this.request.venue;
    const message = `${id} speaks ${protocol}, in which this call cannot be said: ${obstacle.slice(0, 200)}`;
    queueMicrotask(() => this.fail({ fault: new VenueFault('cannot_express', id, message), facts: notSent }));
  }
}

export const wordsOf = (error: unknown): string => {
  if (error instanceof Error) return error.message;
  return isObject(error) && typeof error.message === 'string' ? error.message : 'the venue failed';
};
