/**
 * The AI SDK's `fetch`: its request goes through our venue client, so that dial guard, pools, timeouts, authorisation
 * and header lists are those of every other call. One exchange each. The SDK sees the answer; we keep the bytes' own
 * account of it, and the fault where there is one.
 */
import type { AnswerSink, SendHandle, VenueClient, VenueRequest } from '../venue-client.js';
import type { FaultFacts, VenueFault } from '../venue-fault.js';
import { type RawAnswer, nothingServed, type RawServed } from './raw-answer.js';

/** What the SDK is told is the venue's base URL; only the path behind it is used. */
export const sdkBaseUrl = 'http://venue.invalid';

const aheadBytesMax = 64 * 1024;

export class VenueFetch implements AnswerSink {
  fault: { fault: VenueFault; facts: FaultFacts } | null = null;
  headers: Record<string, string> = {};
  /** Resolves when the venue's answer is over, however. */
  readonly ended: Promise<void>;
  private end!: () => void;
  private handle: SendHandle | null = null;
  private controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  private raw: RawAnswer | null = null;
  private status = 0;
  private aborted = false;
  private answer!: { resolve: (response: Response) => void; reject: (fault: Error) => void };

  constructor(
    private readonly venues: Pick<VenueClient, 'send'>,
    private readonly request: Omit<VenueRequest, 'path' | 'body'>,
    private readonly reads: (headers: Record<string, string>) => RawAnswer | null,
    private readonly edit: (body: string) => string,
  ) {
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  /** Whether the SDK has come so far as to send. */
  get sent(): boolean {
    return this.handle !== null;
  }

  /** Nothing was used where the venue answered with an error. */
  served(): RawServed {
    return this.raw?.served() ?? nothingServed;
  }

  readonly fetch: typeof globalThis.fetch = (input, init) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    const body = Buffer.from(this.edit(typeof init?.body === 'string' ? init.body : ''));
    const extraHeaders = { ...this.request.extraHeaders };
    new Headers(init?.headers).forEach((value, name) => (extraHeaders[name] = value));
    return new Promise((resolve, reject) => {
      this.answer = { resolve, reject };
      if (this.aborted) return reject(new Error('aborted before it was sent'));
      this.handle = this.venues.send({ ...this.request, path: pathname + search, body, extraHeaders }, this);
    });
  };

  abort(): void {
    this.aborted = true;
    this.handle?.abort();
  }

  onHead(status: number, headers: Record<string, string>): void {
    this.status = status;
    this.headers = headers;
    if (status < 400) this.raw = this.reads(headers);
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.controller = controller),
        pull: () => this.handle?.resume(),
        // The SDK has seen enough; we still read on to what will be billed.
        cancel: () => {
          this.controller = null;
          this.handle?.resume();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: aheadBytesMax }),
    );
    this.answer.resolve(new Response(body, { status, headers }));
  }

  onData(chunk: Buffer): boolean {
    this.raw?.push(chunk);
    if (!this.controller) return true;
    this.controller.enqueue(chunk);
    return (this.controller.desiredSize ?? 0) > 0;
  }

  onEnd(): void {
    this.raw?.end();
    this.controller?.close();
    this.end();
  }

  onFault(fault: VenueFault, facts: FaultFacts): void {
    this.fault = { fault, facts };
    if (this.status === 0) this.answer.reject(fault);
    else this.controller?.error(fault);
    this.end();
  }
}
