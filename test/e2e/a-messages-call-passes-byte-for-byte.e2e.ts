/** Anthropic's Messages on both sides: bytes and beta headers kept, usage read in passing, refusals in Anthropic's shape. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PriceRow } from '#contracts/price.js';
import { credentialAad, keyFromHex, sealText } from '#runtime/seal.js';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { masterKey, snapshotOf, venueRows } from '../support/venue-world.js';

const event = (type: string, rest: string) => `event: ${type}\ndata: {"type":"${type}"${rest}}\n\n`;
const stream = [
  event('message_start', ',"message":{"id":"msg_1","model":"claude-m","usage":{"input_tokens":10,"output_tokens":1}}'),
  event('content_block_start', ',"index":0,"content_block":{"type":"text","text":""}'),
  event('content_block_delta', ',"index":0,"delta":{"type":"text_delta","text":"Grüezi"}'),
  event('content_block_stop', ',"index":0'),
  event('message_delta', ',"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":20}'),
  event('message_stop', ''),
].join('');
const answer =
  '{"id":"msg_1","type":"message","model":"claude-m","content":[{"type":"text","text":"Grüezi"}],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":20}}';

async function answerTo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  received = { headers: request.headers, path: request.url ?? '', body };
  const streams = body.includes('"stream":true');
  response.writeHead(200, {
    'content-type': streams ? 'text/event-stream' : 'application/json',
    'request-id': 'req_1',
  });
  response.end(streams ? stream : answer);
}

let venue: Server;
let proxy: ProxyUnderTest;
let secret: string;
let received: { headers: IncomingHttpHeaders; path: string; body: string } | null = null;

beforeAll(async () => {
  venue = createServer((request, response) => void answerTo(request, response)).listen(0, '127.0.0.1');
  await once(venue, 'listening');
  proxy = await startProxyUnderTest();
  const { port } = venue.address() as AddressInfo;
  const base = snapshotOf(proxy.simulator.url);
  const row = {
    ...venueRows(`http://127.0.0.1:${port}`)[0]!,
    id: 'claude',
    protocol: 'anthropic-messages' as const,
    baseUrl: `http://127.0.0.1:${port}/v1`,
  };
  const sealedCredential = sealText(keyFromHex(masterKey), 'sk-ant', credentialAad(row));
  const price = (meter: PriceRow['meter'], ratePicoUsd: bigint): PriceRow => ({
    ...base.prices.rows[0]!,
    venue: 'claude',
    model: 'claude-m',
    meter,
    ratePicoUsd,
  });
  await proxy.publish({
    venues: [...base.venues, { ...row, sealedCredential }],
    routes: [...base.routes, { ...base.routes[0]!, id: 'claude/claude-m', venue: 'claude', model: 'claude-m' }],
    models: { ...base.models, 'claude-m': 'claude/claude-m' },
    prices: {
      ...base.prices,
      rows: [...base.prices.rows, price('input_uncached', 3_000_000n), price('output_text', 15_000_000n)],
    },
  });
  secret = await proxy.issue();
});
afterAll(async () => {
  await proxy.stop();
  venue.close();
});

const post = (path: string, body: string, headers: Record<string, string> = { 'x-api-key': secret }) =>
  fetch(`${proxy.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...headers },
  });
const request =
  '{ "model":"claude-m", "max_tokens":64, "unknown_field": 1.50,\n"messages":[{"role":"user","content":"hoi"}] }';

async function costOf(response: Response): Promise<bigint | undefined> {
  const id = response.headers.get('x-flux-request-id');
  await until(async () => (await proxy.records(1)).some(({ callId }) => callId === id));
  return (await proxy.records(1)).find(({ callId }) => callId === id)?.costPicoUsd;
}
const expected = 10n * 3_000_000n + 20n * 15_000_000n;

test.each(['/v1/messages', '/anthropic/v1/messages'])('%s: bytes, beta headers and cost', async (path) => {
  const response = await post(path, request, {
    authorization: `Bearer ${secret}`,
    'anthropic-beta': 'context-1m-2025-08-07',
  });
  expect(await response.text()).toBe(answer);
  expect(received).toMatchObject({ path: '/v1/messages', body: request });
  expect(received?.headers).toMatchObject({
    'x-api-key': 'sk-ant',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'context-1m-2025-08-07',
  });
  expect(received?.headers['authorization']).toBeUndefined();
  expect(response.headers.get('x-flux-cost-usd')).toBe('0.00033');
  expect(await costOf(response)).toBe(expected);
});

test('a stream arrives byte for byte, and its usage is booked', async () => {
  const response = await post('/v1/messages', request.replace('"max_tokens"', '"stream":true,"max_tokens"'));
  expect(await response.text()).toBe(stream);
  expect(await costOf(response)).toBe(expected);
});

test('refusals have the shape Anthropic clients raise', async () => {
  const response = await post('/v1/messages', request, { 'x-api-key': 'sk-wrong' });
  expect([response.status, await response.json()]).toMatchObject([
    401,
    { type: 'error', error: { type: 'authentication_error', code: 'unknown_key' } },
  ]);
  const models = await fetch(`${proxy.url}/anthropic/v1/models`, { headers: { 'x-api-key': secret } });
  expect(await models.json()).toMatchObject({
    has_more: false,
    data: expect.arrayContaining([expect.objectContaining({ type: 'model', id: 'claude-m' })]),
  });
});

test('what a venue of another wire format cannot say is refused by name, in the shape of the endpoint', async () => {
  const messages = [{ role: 'user', content: 'hoi' }];
  const openAi = await proxy.post(secret, { model: 'claude-m', messages, logprobs: true });
  expect([openAi.status, await openAi.json()]).toMatchObject([
    400,
    { error: { code: 'cannot_express', param: 'logprobs' } },
  ]);
  const anthropic = await post('/v1/messages', request.replace('claude-m', 'big'));
  expect([anthropic.status, await anthropic.json()]).toMatchObject([
    400,
    { type: 'error', error: { code: 'cannot_express', message: expect.stringContaining('unknown_field') } },
  ]);
});
