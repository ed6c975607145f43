/**
 * The least a proxy in Node can do, as the measure of what o10 adds: node:http in, an undici pool out, bytes both ways
 * as they come. No key, no parsing, no limit, no record. Where to: the header `x-upstream-port`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool, type Dispatcher } from 'undici';

const pools = new Map<string, Pool>();

function poolFor(port: string): Pool {
  let pool = pools.get(port);
  // Unlimited, as o10's: with a limit, a stream would wait for another to end.
  if (!pool) pools.set(port, (pool = new Pool(`http://127.0.0.1:${port}`, { connections: null, pipelining: 1 })));
  return pool;
}

class Relay implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | null = null;
  private done = false;

  private readonly response: ServerResponse;

  constructor(response: ServerResponse) {
    this.response = response;
    response.on('drain', () => this.controller?.resume());
    response.on('close', () => {
      if (!this.done) this.controller?.abort(new Error('the client left'));
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
  }

  onResponseStart(_: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
    delete headers['connection'];
    delete headers['keep-alive'];
    delete headers['transfer-encoding'];
    this.response.writeHead(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.response.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.done = true;
    this.response.end();
  }

  onResponseError(): void {
    this.done = true;
    this.response.destroy();
  }
}

function forward(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const { authorization = '', 'content-type': type = '', 'x-upstream-port': port = '' } = request.headers;
  const headers = { authorization, 'content-type': type };
  poolFor(String(port)).dispatch({ method: 'POST', path: request.url ?? '/', headers, body }, new Relay(response));
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => forward(request, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), response));
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ bare: (server.address() as AddressInfo).port })}\n`);
});
