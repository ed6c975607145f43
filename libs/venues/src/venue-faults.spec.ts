import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask, fakeStream, newClient, rawVenueThat, Recorder, rowAt, venueThat } from './fake-venue.spec-data.js';
import type { FaultFacts } from './venue-fault.js';

describe('faults', () => {
  const unseen: FaultFacts = { requestSent: true, headSeen: false, bytesSeen: false };
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n';
  const chunked = `${head}transfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n`;

  const raw: [string, (socket: Socket) => void, string, FaultFacts][] = [
    ['reset before the head', (socket) => socket.resetAndDestroy(), 'reset', unseen],
    ['close before the head', (socket) => socket.end(), 'reset', unseen],
    [
      'reset within the body',
      (socket) => socket.write(chunked, () => setTimeout(() => socket.resetAndDestroy(), 20)),
      'reset',
      { requestSent: true, headSeen: true, bytesSeen: true },
    ],
    [
      'a chunked body without its end',
      (socket) => socket.end(chunked),
      'reset',
      { requestSent: true, headSeen: true, bytesSeen: true },
    ],
    [
      'a body shorter than its length',
      (socket) => socket.end(`${head}content-length: 100\r\n\r\nshort`),
      'reset',
      { requestSent: true, headSeen: true, bytesSeen: true },
    ],
    ['a head that is not HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'), 'protocol_error', unseen],
    [
      'two lengths',
      (socket) => socket.end(`${head}content-length: 1\r\ncontent-length: 2\r\n\r\nab`),
      'protocol_error',
      unseen,
    ],
    [
      'a broken chunk',
      (socket) => socket.end(`${head}transfer-encoding: chunked\r\n\r\nzz\r\n`),
      'protocol_error',
      { requestSent: true, headSeen: true, bytesSeen: false },
    ],
    [
      'a compressed body',
      (socket) => socket.end(`${head}content-encoding: gzip\r\ncontent-length: 1\r\n\r\nx`),
      'protocol_error',
      unseen,
    ],
    [
      'a redirect',
      (socket) => socket.end('HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'),
      'redirect',
      unseen,
    ],
  ];
  it.each(raw)('%s', async (_, answers, code, facts) => {
    const { venue, client } = await rawVenueThat(answers);
    const sink = await ask(client, venue).done;
    expect([sink.fault?.code, sink.facts, sink.disorder]).toEqual([code, facts, []]);
  });

  it('nobody listens', async () => {
    const { venue, client, server } = await venueThat(() => {});
    server.close();
    await once(server, 'close');
    const sink = await ask(client, venue).done;
    expect([sink.fault?.code, sink.facts]).toEqual([
      'unreachable',
      { requestSent: false, headSeen: false, bytesSeen: false },
    ]);
  });

  it('the name does not resolve, or the address hands out credentials', async () => {
    for (const baseUrl of [
      'http://no-such-host.invalid/v1',
      'http://169.254.169.254/v1',
      'http://[fd00:ec2::254]/v1',
    ]) {
      const sink = await ask(newClient(), rowAt(baseUrl, {})).done;
      expect([sink.fault?.code, sink.facts?.requestSent], baseUrl).toEqual(['unreachable', false]);
    }
  });

  it('a connection that is never established', async () => {
    // TLS is part of connecting, and this venue never answers the client's hello.
    const { venue, client } = await rawVenueThat(() => {}, { connectTimeoutMs: 200 });
    const sink = await ask(client, { ...venue, baseUrl: venue.baseUrl.replace('http:', 'https:') }).done;
    expect([sink.fault?.code, sink.facts?.requestSent]).toEqual(['timeout_connect', false]);
  });

  it('silence before the first byte', async () => {
    const { venue, client } = await venueThat(() => {}, { firstByteTimeoutMs: 150 });
    const sink = await ask(client, venue).done;
    expect([sink.fault?.code, sink.facts]).toEqual(['timeout_first_byte', unseen]);
  });

  it("silence within a stream, but not the reader's own pause", async () => {
    const { venue, client } = await venueThat(
      (_, response) => void response.writeHead(200, fakeStream).write('data: 1\n\n'),
      { idleTimeoutMs: 150 },
    );
    const startedAt = performance.now();
    const sink = ask(client, venue, new Recorder((self) => setTimeout(() => self.handle.resume(), 500)));
    sink.paused = true;
    await sink.done;
    expect([sink.fault?.code, sink.text]).toEqual(['timeout_idle', 'data: 1\n\n']);
    expect(performance.now() - startedAt).toBeGreaterThan(500);
  });
});
