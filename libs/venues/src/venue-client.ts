/**
 * Sends calls to venues: one connection pool per venue and credential, so that no connection ever carries two
 * callers' secrets. It never retries, never follows redirects and never reads a body beyond its sink's wish.
 */
import { hash } from 'node:crypto';
import { Pool, type buildConnector } from 'undici';
import type { Venue } from '#contracts/venue.js';
import { Authorise, CredentialFault } from './authorise.js';
import { guardedLookup, isForbiddenAddress } from './dial-guard.js';
import { VenueCall } from './venue-call.js';
import type { FaultFacts, VenueFault } from './venue-fault.js';
import { requestHeaders } from './venue-headers.js';

export interface VenueRequest {
  venue: Venue;
  /** In the clear; null for a venue that asks for none. */
  credential: string | null;
  /** Appended to the venue's base URL; starts with "/", may end with a query. */
  path: string;
  body: Buffer;
  /** Absent: POST. */
  method?: 'GET' | 'POST' | 'DELETE';
  /** Absent: JSON. */
  contentType?: string;
  /** Sent as `x-client-request-id`, so that the venue's log and ours can be joined. */
  requestId: string;
  /** Lower-case names. Only trace context and Anthropic's version and beta are sent; others are dropped. */
  extraHeaders?: Record<string, string>;
}

/** Receives one answer. After `onEnd` or `onFault`, exactly one of which is called once, nothing more is. */
export interface AnswerSink {
  /** `headers` are lower-case and on the response allow-list. Called at most once, never for 1xx and 3xx. */
  onHead(status: number, headers: Record<string, string>): void;
  /** False asks to pause until `resume`; the venue then feels the back-pressure. Must not throw. */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  onFault(fault: VenueFault, facts: FaultFacts): void;
}

export interface SendHandle {
  resume(): void;
  /** Destroys the connection, so that no other call can read the rest, and ends the sink with the fault `aborted` before it returns. */
  abort(): void;
}

interface VenuePool {
  pool: Pool;
  venueId: string;
  /** What the pool was made for; another base URL or connect timeout makes another pool. */
  madeFor: string;
  basePath: string;
  /** The base URL's own query, without "?". */
  baseQuery: string;
  host: string;
  running: number;
  usedAtMs: number;
}

/** Without a hint of the venue's own, an idle connection is closed after this. */
const keepAliveMs = 30_000;
const keepAliveMaxMs = 120_000;
/** A pool nobody used for this long goes when another is made: its credential or venue was replaced. */
const unusedPoolMs = 600_000;

/** A call after `close` ends as an aborted one does, so that whoever holds money for it lets go of it. */
function refused(venue: Venue, sink: AnswerSink): SendHandle {
  const call = new VenueCall(venue.id, sink, () => {});
  queueMicrotask(() => call.abort());
  return call;
}

function pathIn({ basePath, baseQuery }: VenuePool, path: string): string {
  if (baseQuery === '') return basePath + path;
  return `${basePath}${path}${path.includes('?') ? '&' : '?'}${baseQuery}`;
}

const refuseToDial: buildConnector.connector = ({ hostname }, callback) =>
  callback(new Error(`${hostname} is a forbidden address`), null);

export class VenueClient {
  private readonly pools = new Map<string, VenuePool>();
  private readonly dialCounts = new Map<string, number>();
  private readonly userAgent: string;
  private readonly lookup = guardedLookup();
  private readonly authorise = new Authorise();
  private closed = false;

  constructor(options: { userAgent?: string } = {}) {
    this.userAgent = options.userAgent ?? 'o10';
  }

  /** The body is sent as it is; it must not be changed until the sink has ended. */
  send(request: VenueRequest, sink: AnswerSink): SendHandle {
    const { venue } = request;
    if (!/^\/[\w\-./~%:]*(\?[\w\-.~%=&]*)?$/.test(request.path))
      throw new Error(`not a path below a venue's base URL: ${request.path}`);
    if (this.closed) return refused(venue, sink);
    const entry = this.poolFor(venue, request.credential);
    entry.running++;
    entry.usedAtMs = performance.now();
    const call = new VenueCall(venue.id, sink, () => {
      entry.running--;
      entry.usedAtMs = performance.now();
    });
    const path = pathIn(entry, request.path);
    const authorised = this.authorise.headers({ ...request, host: entry.host, path, nowMs: Date.now() });
    if (authorised instanceof Promise)
      authorised.then(
        (headers) => void (!call.over && this.dispatch(entry, path, request, headers, call)),
        (error: unknown) => call.refuse(error instanceof CredentialFault ? error.message : 'it cannot be signed'),
      );
    else this.dispatch(entry, path, request, authorised, call);
    return call;
  }

  private dispatch(
    { pool }: VenuePool,
    path: string,
    { venue, requestId, extraHeaders, body, contentType, method = 'POST' }: VenueRequest,
    authorised: string[],
    call: VenueCall,
  ): void {
    const headers = requestHeaders({
      protocol: venue.protocol,
      contentType,
      requestId,
      userAgent: this.userAgent,
      extraHeaders,
    });
    headers.push(...authorised);
    const { firstByteTimeoutMs: headersTimeout, idleTimeoutMs: bodyTimeout } = venue;
    pool.dispatch({ method, path, headers, body, headersTimeout, bodyTimeout }, call);
  }

  /** Connections opened to a venue since the client was made. */
  dials(venueId: string): number {
    return this.dialCounts.get(venueId) ?? 0;
  }

  /** Calls in flight. */
  get running(): number {
    let sum = 0;
    for (const entry of this.pools.values()) sum += entry.running;
    return sum;
  }

  /** Takes no more calls, lets running ones finish for up to `graceMs`, then ends them with a fault. */
  async close(graceMs = 0): Promise<void> {
    this.closed = true;
    const pools = [...this.pools.values()].map(({ pool }) => pool);
    this.pools.clear();
    const finished = Promise.all(pools.map((pool) => pool.close()));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, graceMs, 'late')));
    const outcome = await Promise.race([finished, late]);
    clearTimeout(timer);
    if (outcome === 'late') await Promise.all(pools.map((pool) => pool.destroy()));
  }

  private poolFor(venue: Venue, credential: string | null): VenuePool {
    const key = credential === null ? venue.id : `${venue.id} ${hash('sha256', credential)}`;
    const madeFor = `${venue.baseUrl} ${venue.connectTimeoutMs}`;
    const known = this.pools.get(key);
    if (known?.madeFor === madeFor) return known;
    if (known) void known.pool.close(); // its running calls finish; new ones go where the row says now
    this.dropUnused();
    const made = this.makePool(venue, madeFor);
    this.pools.set(key, made);
    return made;
  }

  private makePool(venue: Venue, madeFor: string): VenuePool {
    const url = new URL(venue.baseUrl);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const forbidden = isForbiddenAddress(host);
    const pool = new Pool(url.origin, {
      // Unlimited: with a limit, one more stream than connections would wait for another to end.
      connections: null,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMaxMs,
      connectTimeout: venue.connectTimeoutMs,
      maxResponseSize: -1,
      // A literal address is never looked up, so it is refused here.
      connect: forbidden ? refuseToDial : { lookup: this.lookup, timeout: venue.connectTimeoutMs },
    });
    pool.on('connect', () => this.dialCounts.set(venue.id, this.dials(venue.id) + 1));
    const basePath = url.pathname.replace(/\/+$/, '');
    const baseQuery = url.search.slice(1);
    const { host: named } = url;
    return {
      pool,
      venueId: venue.id,
      madeFor,
      basePath,
      baseQuery,
      host: named,
      running: 0,
      usedAtMs: performance.now(),
    };
  }

  private dropUnused(): void {
    const before = performance.now() - unusedPoolMs;
    for (const [key, entry] of this.pools) {
      if (entry.running > 0 || entry.usedAtMs > before) continue;
      this.pools.delete(key);
      void entry.pool.close();
    }
  }
}
