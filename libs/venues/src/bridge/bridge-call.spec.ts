import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Venue } from '#contracts/venue.js';
import { type BridgedCall, sendBridged } from './bridge-call.js';
import { fakeStream, Recorder, venueThat } from '../fake-venue.spec-data.js';

const event = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
const opening = [
  event('message_start', {
    message: {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'claude-x',
      content: [],
      usage: { input_tokens: 3, output_tokens: 1 },
    },
  }),
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
].join('');
const said = (text: string) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
const closing = [
  event('content_block_stop', { index: 0 }),
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } }),
  event('message_stop', {}),
].join('');

async function served(
  answers: (request: IncomingMessage, response: ServerResponse) => void,
  { sink = new Recorder(), body = {}, row = {} }: { sink?: Recorder; body?: object; row?: Partial<Venue> } = {},
) {
  const { venue, client, server } = await venueThat(answers, { protocol: 'anthropic-messages', ...row });
  const asked = { model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }], ...body };
  const call: BridgedCall = {
    venue,
    route: { model: 'claude-haiku-4-5', family: 'claude', tier: 'standard' },
    credential: 'sk',
    protocol: 'openai-chat',
    body: Buffer.from(JSON.stringify(asked)),
    requestId: '0-1',
    maxOutputTokens: 50,
  };
  const handle = sendBridged(client, call, sink, 0);
  sink.handle = handle;
  return { sink, handle, server, client };
}

describe('a call over the bridge', () => {
  it("is one request with the venue client's headers, and counts what the venue's bytes say", async () => {
    const seen: { headers?: IncomingMessage['headers'] } = {};
    const { sink, handle } = await served((request, response) => {
      seen.headers = request.headers;
      response.writeHead(200, { ...fakeStream, 'request-id': 'r' }).end(opening + said('Grüezi') + closing);
    });
    await sink.done;
    expect(seen.headers).toMatchObject({
      'x-api-key': 'sk',
      'x-client-request-id': '0-1',
      'user-agent': 'o10',
      'accept-encoding': 'identity',
    });
    expect([sink.status, sink.headers['request-id'], sink.disorder]).toEqual([200, 'r', []]);
    expect(sink.text).toContain('"content":"Grüezi"');
    expect(sink.text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(handle.served()).toMatchObject({
      usage: { parts: { input_uncached: 3, output_text: 7 } },
      servedModel: 'claude-x',
      complete: true,
    });
    expect(handle.adaptations).toEqual(['max_tokens:50']);
  });

  it('aborted before it is sent, is never sent', async () => {
    let asked = 0;
    const { sink, handle, client } = await served(() => void asked++);
    handle.abort();
    await sink.done;
    await new Promise((resolve) => setImmediate(resolve));
    expect([sink.fault?.code, sink.facts?.requestSent, asked, client.running]).toEqual(['aborted', false, 0, 0]);
  });

  it("aborted while it streams, closes the venue's connection at once and ends its sink once", async () => {
    let closed: Promise<unknown> | undefined;
    const { sink, handle } = await served(
      (request, response) => {
        closed = once(request.socket, 'close');
        response.writeHead(200, fakeStream).write(opening + said('a'));
      },
      { sink: new Recorder((self) => queueMicrotask(() => self.handle.abort())) },
    );
    await sink.done;
    await closed;
    expect([sink.fault?.code, sink.ended, handle.served().complete]).toEqual(['aborted', 1, false]);
  });

  it('pauses with its reader, and loses nothing', async () => {
    const sink = new Recorder((self) => setImmediate(() => self.handle.resume()));
    sink.paused = true;
    const pieces = Array.from({ length: 40 }, (_, index) => `${index},`);
    await served(
      (_, response) => void response.writeHead(200, fakeStream).end(opening + pieces.map(said).join('') + closing),
      { sink },
    );
    await sink.done;
    const told = [...sink.text.matchAll(/"content":"([^"]*)"/g)].map(([, text]) => text).join('');
    expect([told, sink.disorder]).toEqual([pieces.join(''), []]);
  });

  it.each([
    [
      'is cut',
      (response: ServerResponse) =>
        response.writeHead(200, fakeStream).write(opening + said('a'), () => response.socket?.resetAndDestroy()),
      'fault reset',
    ],
    [
      'stops without its end',
      (response: ServerResponse) => response.writeHead(200, fakeStream).end(opening + said('a')),
      'error in the stream',
    ],
    [
      'fails within',
      (response: ServerResponse) =>
        response
          .writeHead(200, fakeStream)
          .end(opening + event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } })),
      'error in the stream',
    ],
  ])('an answer that %s is never told as if it were whole', async (_, answer, expected) => {
    const { sink } = await served((__, response) => void answer(response));
    await sink.done;
    const told = sink.fault
      ? `fault ${sink.fault.code}`
      : sink.text.includes('"error":{')
        ? 'error in the stream'
        : 'whole';
    expect([told, sink.text.includes('[DONE]'), sink.text.includes('"finish_reason":"stop"')]).toEqual([
      expected,
      false,
      false,
    ]);
  });

  it('what cannot be said is told before anything is sent', async () => {
    let asked = 0;
    const { sink } = await served(() => void asked++, { body: { n: 2 } });
    await sink.done;
    expect([sink.fault?.code, sink.facts?.requestSent, asked]).toEqual(['cannot_express', false, 0]);
  });

  it('a body that is no answer is a fault of the venue', async () => {
    const { sink } = await served(
      (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('<html>'),
      { body: { stream: false } },
    );
    await sink.done;
    expect([sink.fault?.code, sink.facts?.requestSent]).toEqual(['protocol_error', true]);
  });
});
