import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask, fakeStream, newClient, Recorder, venueThat } from './fake-venue.spec-data.js';

describe('what is sent and received', () => {
  it('sends the body to the path below the base URL with only the headers on the list', async () => {
    let seen: { url?: string; headers?: IncomingMessage['headers']; body?: string } = {};
    const { venue, client } = await venueThat(
      (request, response) =>
        void (async () => {
          const parts: Buffer[] = [];
          for await (const part of request) parts.push(part as Buffer);
          seen = { url: request.url, headers: request.headers, body: Buffer.concat(parts).toString() };
          response
            .writeHead(200, {
              'content-type': 'application/json',
              'set-cookie': 'a=b',
              'x-ratelimit-remaining-tokens': '7',
              server: 'x',
            })
            .end('{"a":1}');
        })(),
    );
    const sink = new Recorder();
    client.send(
      {
        venue,
        credential: 'sk-secret',
        path: '/chat/completions',
        body: Buffer.from('{"é":1}'),
        requestId: 'r-7',
        extraHeaders: { traceparent: '00-a', cookie: 'stolen', host: 'evil' },
      },
      sink,
    );
    await sink.done;
    const { host: _, ...headers } = seen.headers!;
    expect(seen).toMatchObject({ url: '/v1/chat/completions', body: '{"é":1}' });
    expect(headers).toEqual({
      connection: 'keep-alive',
      'content-type': 'application/json',
      'content-length': '8',
      accept: 'application/json, text/event-stream',
      'accept-encoding': 'identity',
      'user-agent': 'o10',
      'x-client-request-id': 'r-7',
      authorization: 'Bearer sk-secret',
      traceparent: '00-a',
    });
    expect([sink.status, sink.headers, sink.text, sink.ended]).toEqual([
      200,
      { 'content-type': 'application/json', date: expect.any(String) as string, 'x-ratelimit-remaining-tokens': '7' },
      '{"a":1}',
      1,
    ]);
  });

  it('hands over each chunk of a stream when it comes', async () => {
    let write!: (text: string) => void;
    const { venue, client } = await venueThat((_, response) => {
      response.writeHead(200, fakeStream);
      write = (text) => (text ? response.write(text) : response.end());
      write('data: 0\n\n');
    });
    const sink = ask(
      client,
      venue,
      new Recorder((self, _chunk) => write(self.chunks.length < 5 ? `data: ${self.chunks.length}\n\n` : '')),
    );
    await sink.done;
    expect(sink.chunks.map(String)).toEqual([0, 1, 2, 3, 4].map((i) => `data: ${i}\n\n`));
  });

  it('gives errors with a status as answers, and passes over 1xx', async () => {
    const { venue, client } = await venueThat((_, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.writeHead(429, { 'retry-after': '3' }).end('slow down');
    });
    const sink = await ask(client, venue).done;
    expect([sink.status, sink.headers, sink.text, sink.fault]).toEqual([
      429,
      { 'retry-after': '3', date: expect.any(String) as string },
      'slow down',
      null,
    ]);
  });
});

describe('connections', () => {
  it('are kept for the next call with the same credential and never shared with another', async () => {
    const { venue, client } = await venueThat(
      (request, response) => void response.end(String(request.socket.remotePort)),
    );
    const ports = new Map<string, Set<string>>();
    for (let i = 0; i < 12; i++) {
      const credential = ['one', 'two'][i % 2]!;
      const sink = await ask(client, venue, new Recorder(), { credential }).done;
      ports.set(credential, (ports.get(credential) ?? new Set()).add(sink.text));
      await new Promise(setImmediate); // a connection is free one turn after its answer's end
    }
    expect(client.dials('fake')).toBe(2);
    expect([...ports.values()].map((set) => set.size)).toEqual([1, 1]);
    expect([...ports.get('one')!]).not.toEqual([...ports.get('two')!]);
  });

  it('go where the row says now', async () => {
    const first = await venueThat((_, response) => void response.end('first'));
    const second = await venueThat((_, response) => void response.end('second'));
    expect((await ask(first.client, first.venue).done).text).toBe('first');
    expect((await ask(first.client, { ...first.venue, baseUrl: second.venue.baseUrl }).done).text).toBe('second');
  });

  it('carry 100 streams at once', async () => {
    const open: ServerResponse[] = [];
    const { venue, client } = await venueThat((_, response) => {
      response.writeHead(200, fakeStream).write('data: 1\n\n');
      if (open.push(response) === 100) for (const each of open) each.end('data: [DONE]\n\n');
    });
    const sinks = await Promise.all(Array.from({ length: 100 }, () => ask(client, venue).done));
    expect(new Set(sinks.map((sink) => sink.text))).toEqual(new Set(['data: 1\n\ndata: [DONE]\n\n']));
    expect([client.dials('fake'), client.running]).toEqual([100, 0]);
  });

  it('let the venue feel a slow reader', async () => {
    const total = 48 * 1024 * 1024;
    const block = Buffer.alloc(256 * 1024, 'x');
    let written = 0;
    let stalled!: () => void;
    const full = new Promise<void>((resolve) => (stalled = resolve));
    const { venue, client } = await venueThat((_, response) => {
      response.writeHead(200, fakeStream);
      const pump = () => {
        while (written < total) {
          written += block.length;
          if (!response.write(block)) {
            setTimeout(() => response.writableNeedDrain && stalled(), 300);
            return void response.once('drain', pump);
          }
        }
        response.end();
      };
      pump();
    });
    let received = 0;
    const sink = ask(
      client,
      venue,
      new Recorder((self, chunk) => {
        received += chunk.length;
        self.chunks.length = 0;
      }),
    );
    sink.paused = true;
    await full;
    expect(received).toBeLessThan(1024 * 1024);
    expect(written).toBeLessThan(total / 2);
    sink.paused = false;
    sink.handle.resume();
    await sink.done;
    expect([received, sink.fault]).toEqual([total, null]);
  });
});

describe('abort', () => {
  it('closes the connection at once and never uses it again', async () => {
    let closedAt = 0;
    const { venue, client, server } = await venueThat((request, response) => {
      request.socket.once('close', () => (closedAt = performance.now()));
      response.writeHead(200, fakeStream).write('data: 1\n\n');
    });
    const connection = once(server, 'connection') as Promise<[Socket]>;
    const sink = ask(client, venue, new Recorder((self) => self.handle.abort()));
    const [socket] = await connection;
    await sink.done;
    const abortedAt = performance.now();
    expect([sink.fault?.code, sink.facts]).toEqual(['aborted', { requestSent: true, headSeen: true, bytesSeen: true }]);
    if (!socket.destroyed) await once(socket, 'close');
    expect(closedAt - abortedAt).toBeLessThan(250);
    const next = ask(client, venue, new Recorder((self) => self.handle.abort()));
    await next.done;
    expect(client.dials('fake')).toBe(2);
    next.handle.abort();
    next.handle.resume();
    expect([next.ended, next.disorder]).toEqual([1, []]);
  });

  it('before a connection is there sends nothing', async () => {
    let requests = 0;
    const { venue, client, server } = await venueThat((_, response) => void response.end(String(++requests)));
    const sink = ask(client, venue);
    sink.handle.abort();
    expect([sink.fault?.code, sink.facts?.requestSent]).toEqual(['aborted', false]);
    const [socket] = (await once(server, 'connection')) as [Socket];
    await once(socket, 'close');
    expect(requests).toBe(0);
  });
});

describe('close', () => {
  it('lets a running call finish within the grace, and ends it with a fault after', async () => {
    const open: ServerResponse[] = [];
    const { venue, client } = await venueThat((_, response) => {
      response.writeHead(200, fakeStream).flushHeaders();
      open.push(response);
    });
    const patient = ask(client, venue);
    await patient.headed;
    const closing = client.close(5_000);
    open[0]!.end('data: [DONE]\n\n');
    await closing;
    expect([patient.text, patient.fault]).toEqual(['data: [DONE]\n\n', null]);
    expect((await ask(client, venue).done).fault?.code).toBe('aborted');

    const other = newClient();
    const cut = ask(other, venue);
    await cut.headed;
    await other.close(20);
    expect(cut.fault?.code).toBe('aborted');
  });
});

it('answers never cross between calls, whatever is aborted when', async () => {
  let random = 20_261_120;
  const draw = (below: number) => (random = (random * 48_271) % 2_147_483_647) % below;
  const { venue, client } = await venueThat(
    (request, response) =>
      void (async () => {
        let nonce = '';
        for await (const part of request) nonce += String(part);
        response.writeHead(200, fakeStream);
        for (let i = 0; i < 8; i++) {
          response.write(`data: ${nonce}\n\n`);
          if (draw(2)) await new Promise(setImmediate);
        }
        response.end();
      })(),
  );
  let mismatches = 0;
  let aborted = 0;
  const worker = async (name: number) => {
    for (let i = 0; i < 40; i++) {
      const nonce = `${name}-${i}`;
      const cut = draw(3) === 0 ? draw(6) : Infinity;
      const sink = ask(client, venue, new Recorder((self) => self.chunks.length > cut && self.handle.abort()), {
        body: nonce,
      });
      if (cut === 0) setImmediate(() => sink.handle.abort());
      await sink.done;
      mismatches += sink.disorder.length;
      if (sink.fault) aborted++;
      else if (sink.text !== `data: ${nonce}\n\n`.repeat(8)) mismatches++;
      if (sink.text.replaceAll(`data: ${nonce}\n\n`, '').length > `data: ${nonce}\n`.length) mismatches++;
    }
  };
  await Promise.all(Array.from({ length: 24 }, (_, name) => worker(name)));
  expect(mismatches).toBe(0);
  expect(aborted).toBeGreaterThan(100);
  expect(client.running).toBe(0);
});
