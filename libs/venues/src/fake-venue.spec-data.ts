/** Real sockets for specs: venues that answer as they are told, and a sink that notes what it is told and in which order. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createNetServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import type { Venue } from '#contracts/venue.js';
import { VenueClient, type AnswerSink, type SendHandle } from './venue-client.js';
import type { FaultFacts, VenueFault } from './venue-fault.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listening(server: Server | ReturnType<typeof createNetServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

type Answers = (request: IncomingMessage, response: ServerResponse) => void;

export async function venueThat(
  answers: Answers,
  row: Partial<Venue> = {},
): Promise<{ venue: Venue; client: VenueClient; server: Server }> {
  const server = createServer((request, response) => {
    response.on('error', () => {});
    answers(request, response);
  });
  const port = await listening(server);
  return { venue: rowAt(`http://127.0.0.1:${port}/v1`, row), client: newClient(), server };
}

/** A venue below HTTP: `answers` has the socket once the request's first bytes are there. */
export async function rawVenueThat(
  answers: (socket: Socket) => void,
  row: Partial<Venue> = {},
): Promise<{ venue: Venue; client: VenueClient }> {
  const server = createNetServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => answers(socket));
    closers.push(() => socket.destroy());
  });
  return { venue: rowAt(`http://127.0.0.1:${await listening(server)}`, row), client: newClient() };
}

export function newClient(): VenueClient {
  const client = new VenueClient();
  closers.push(() => client.close());
  return client;
}

export function rowAt(baseUrl: string, row: Partial<Venue>): Venue {
  return {
    id: 'fake',
    protocol: 'openai-chat',
    baseUrl,
    jurisdiction: null,
    retention: null,
    sealedCredential: null,
    streamUsage: true,
    abortStopsBilling: true,
    connectTimeoutMs: 3_000,
    firstByteTimeoutMs: 5_000,
    idleTimeoutMs: 5_000,
    ...row,
  };
}

/** Records one answer and checks that the sink is called in order and ended once. */
export class Recorder implements AnswerSink {
  status = 0;
  headers: Record<string, string> = {};
  chunks: Buffer[] = [];
  fault: VenueFault | null = null;
  facts: FaultFacts | null = null;
  ended = 0;
  paused = false;
  readonly headed: Promise<void>;
  readonly done: Promise<this>;
  private head!: () => void;
  private finish!: (value: this) => void;
  handle!: SendHandle;

  constructor(private readonly onChunk: (self: Recorder, chunk: Buffer) => void = () => {}) {
    this.headed = new Promise((resolve) => (this.head = resolve));
    this.done = new Promise((resolve) => (this.finish = resolve));
  }

  onHead(status: number, headers: Record<string, string>): void {
    this.check(this.status === 0, 'a second head');
    this.status = status;
    this.headers = headers;
    this.head();
  }

  onData(chunk: Buffer): boolean {
    this.check(this.status > 0, 'data before the head');
    this.chunks.push(chunk);
    this.onChunk(this, chunk);
    return !this.paused;
  }

  onEnd(): void {
    this.check(true, 'a second end');
    this.ended++;
    this.finish(this);
  }

  onFault(fault: VenueFault, facts: FaultFacts): void {
    this.check(true, 'a fault');
    this.ended++;
    this.fault = fault;
    this.facts = facts;
    this.finish(this);
  }

  /** Collected rather than thrown: the sender must not get to handle what the test has to see. */
  readonly disorder: string[] = [];
  private check(holds: boolean, what: string): void {
    if (!holds || this.ended > 0) this.disorder.push(what);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

export function ask(
  client: VenueClient,
  venue: Venue,
  sink = new Recorder(),
  more: { body?: string; credential?: string | null } = {},
): Recorder {
  sink.handle = client.send(
    {
      venue,
      credential: more.credential ?? null,
      path: '/chat/completions',
      body: Buffer.from(more.body ?? '{}'),
      requestId: 'r-1',
    },
    sink,
  );
  return sink;
}

export const fakeStream = { 'content-type': 'text/event-stream' };
