/** The last requests a venue received, byte for byte, so that a test can say what arrived. Bounded by number and by size. */
import type { IncomingHttpHeaders } from 'node:http';

export interface ReceivedRequest {
  requestId: string;
  at: string;
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface LoggedRequest extends Omit<ReceivedRequest, 'body'> {
  /** Decoded as UTF-8; `bodyBase64` has the bytes. */
  body: string;
  bodyBase64: string;
}

const maxBytesPerVenue = 64 * 1024 * 1024;

export class RequestLog {
  #venues = new Map<string, { requests: ReceivedRequest[]; bytes: number }>();
  readonly #keep: number;

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(venue: string, request: ReceivedRequest): void {
    const log = this.#venues.get(venue) ?? { requests: [], bytes: 0 };
    this.#venues.set(venue, log);
    log.requests.push(request);
    log.bytes += request.body.length;
    while (log.requests.length > this.#keep || (log.bytes > maxBytesPerVenue && log.requests.length > 1)) {
      log.bytes -= log.requests.shift()?.body.length ?? 0;
    }
  }

  /** Oldest first; the last `last` of them. */
  read(venue: string, last = this.#keep): LoggedRequest[] {
    const requests = last > 0 ? (this.#venues.get(venue)?.requests.slice(-last) ?? []) : [];
    return requests.map((one) => ({
      ...one,
      body: one.body.toString('utf8'),
      bodyBase64: one.body.toString('base64'),
    }));
  }
}
