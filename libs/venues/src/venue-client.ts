/**
 * Sends calls to venues: one connection pool per venue and credential, so that no connection ever carries two
 * callers' secrets. It never retries, never follows redirects and never reads a body beyond its sink's wish.
 */
import type { Venue } from '#contracts/venue.js';
import type { FaultFacts, VenueFault } from './venue-fault.js';

export interface VenueRequest {
  venue: Venue;
  /** In the clear; null for a venue that asks for none. */
  credential: string | null;
  /** Appended to the venue's base URL; starts with "/". */
  path: string;
  body: Buffer;
  /** Sent as `x-client-request-id`, so that the venue's log and ours can be joined. */
  requestId: string;
  /** Only names on the request allow-list are sent; others are dropped. */
  extraHeaders?: Record<string, string>;
}

/** Receives one answer. After `onEnd` or `onFault`, exactly one of which is called once, nothing more is. */
export interface AnswerSink {
  /** `headers` are lower-case and on the response allow-list. Called at most once, never for 1xx and 3xx. */
  onHead(status: number, headers: Record<string, string>): void;
  /** False asks to pause until `resume`; the venue then feels the back-pressure. */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  onFault(fault: VenueFault, facts: FaultFacts): void;
}

export interface SendHandle {
  resume(): void;
  /** Destroys the connection, so that no other call can read the rest, and ends the sink with the fault `aborted`. */
  abort(): void;
}

export class VenueClient {
  constructor(_options: { userAgent?: string } = {}) {}

  send(_request: VenueRequest, _sink: AnswerSink): SendHandle {
    throw new Error('in progress');
  }

  /** Connections opened to a venue since the client was made. */
  dials(_venueId: string): number {
    throw new Error('in progress');
  }

  /** Lets running calls finish, up to `graceMs`, then destroys what is left. */
  async close(_graceMs = 0): Promise<void> {
    throw new Error('in progress');
  }
}
