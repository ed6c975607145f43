import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Bill } from './bill.js';
import { startSimulator, type Simulator } from './start-simulator.js';

const example = JSON.parse(readFileSync(resolve(import.meta.dirname, '../example.json'), 'utf8'));
let simulator: Simulator;
beforeEach(async () => void (simulator = await startSimulator(example)));
afterEach(() => simulator.close());

const operator = async (path: string, init?: RequestInit) => {
  const response = await fetch(`${simulator.url}/_sim/${path}`, init);
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : null };
};
const client = (venue = 'alpha') =>
  new OpenAI({ baseURL: `${simulator.url}/${venue}/v1`, apiKey: `sk-${venue}`, maxRetries: 0 });
const user = (content: string) => [{ role: 'user' as const, content }];
const finalBill = async (): Promise<Bill> => {
  for (;;) {
    const bill = simulator.bill();
    if (bill.inFlight === 0) return bill;
    await pause(2);
  }
};

describe('the bill', () => {
  test('is exact to the pico-USD, by venue, model, tier and cache', async () => {
    // 'France' question: 14 in, "Paris" 2 out: 14 × 2.5 + 2 × 10 = 55 µUSD
    const first = await client().chat.completions.create({
      model: 'large',
      messages: user('What is the capital of France?'),
    });
    // flex: 14 × 1.25 + 2 × 5 = 27.5 µUSD
    await client().chat.completions.create({
      model: 'large',
      messages: user('What is the capital of France?'),
      service_tier: 'flex',
    });
    // 5000 bytes: 1250 + 6 = 1256 in, "I do not know." of 14 bytes 4 out: 1256 × 2.5 + 4 × 10 = 3180 µUSD
    await client().chat.completions.create({ model: 'large', messages: user('z'.repeat(5000)) });
    // the same again, 9 × 128 = 1152 cached: 104 × 2.5 + 1152 × 1.25 + 40 = 1740 µUSD
    await client().chat.completions.create({ model: 'large', messages: user('z'.repeat(5000)) });
    // 1 + 6 = 7 in at 1 pUSD, n = 2 choices of 1 token at 3 pUSD, 7 pUSD for the request: 20 pUSD
    await client().chat.completions.create({ model: 'echo', messages: user('abc'), n: 2 });
    // beta: 7 in × 1 $/M + 1 out × 2 $/M = 9 µUSD, streamed
    const stream = client('beta').chat.completions.stream({ model: 'echo', messages: user('abc') });
    await stream.finalChatCompletion();
    const { body } = await operator('bill');
    expect(body.lines.map((line: { costPicoUsd: string }) => line.costPicoUsd)).toEqual([
      '55000000',
      '27500000',
      '3180000000',
      '1740000000',
      '20',
      '9000000',
    ]);
    expect(body).toMatchObject({ totalPicoUsd: '5011500020', inFlight: 0 });
    expect(body.lines[0]).toEqual({
      requestId: first.id,
      clientRequestId: null,
      venue: 'alpha',
      model: 'large',
      tier: 'default',
      at: expect.stringMatching(/Z$/),
      promptTokens: 14,
      cachedTokens: 0,
      completionTokens: 2,
      costPicoUsd: '55000000',
      outcome: 'completed',
    });
    expect((await operator('bill?venue=beta')).body).toMatchObject({ totalPicoUsd: '9000000' });
    expect(simulator.bill('beta').totalPicoUsd).toBe('9000000');
    expect((await operator('bill', { method: 'DELETE' })).status).toBe(204);
    expect((await operator('bill')).body).toEqual({ totalPicoUsd: '0', inFlight: 0, lines: [] });
  });

  test('a cost report names the request ids of one venue, and the id the client gave', async () => {
    const options = { headers: { 'x-client-request-id': 'attempt-7' } };
    const { id } = await client().chat.completions.create({ model: 'echo', messages: user('abc') }, options);
    const { body } = await operator('cost-report?venue=alpha');
    expect(body).toMatchObject({
      venue: 'alpha',
      currency: 'USD',
      rows: [{ requestId: id, clientRequestId: 'attempt-7', costPicoUsd: '17' }],
    });
    expect(Date.parse(body.completeThrough)).toBeGreaterThanOrEqual(Date.parse(body.rows[0].at));
    expect((await operator('cost-report?venue=beta')).body.rows).toEqual([]);
    expect((await operator('cost-report')).status).toBe(400);
    expect((await operator('cost-report?venue=gamma')).status).toBe(404);
  });

  // Chunks of one token, 15 ms apart: the word of four bytes is what a client that leaves can be charged by.
  const slowEcho = (abortBilling: 'stops' | 'full') => ({
    seed: 1,
    venues: [
      {
        id: 'slow',
        apiKey: 'sk-slow',
        abortBilling,
        models: [
          {
            id: 'echo',
            answer: { kind: 'echo' as const },
            tokensPerChunk: 1,
            latencyMs: { firstByte: 0, perChunk: 15 },
            prices: { inputPerMillion: '1', outputPerMillion: '2' },
          },
        ],
      },
    ],
  });

  test.each(['stops', 'full'] as const)(
    'a client that leaves a stream where abort billing is "%s"',
    async (abortBilling) => {
      await simulator.close();
      simulator = await startSimulator(slowEcho(abortBilling));
      const stream = await client('slow').chat.completions.create({
        model: 'echo',
        messages: user('word'.repeat(100)),
        stream: true,
      });
      let seen = 0;
      for await (const chunk of stream) {
        if (chunk.choices[0]?.delta.content) seen += 1;
        if (seen === 3) break;
      }
      const { lines } = await finalBill();
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatchObject({ outcome: 'aborted', promptTokens: 106 });
      if (abortBilling === 'full') expect(lines[0]?.completionTokens).toBe(100);
      else {
        expect(lines[0]?.completionTokens).toBeGreaterThanOrEqual(3);
        expect(lines[0]?.completionTokens).toBeLessThan(50);
      }
      const cost = 106_000_000n + BigInt(lines[0]?.completionTokens ?? 0) * 2_000_000n;
      expect(lines[0]?.costPicoUsd).toBe(cost.toString());
    },
  );

  test('an answer without stream is billed whole, whoever leaves', async () => {
    await simulator.close();
    simulator = await startSimulator(slowEcho('stops'));
    const signal = AbortSignal.timeout(40);
    const request = { model: 'echo', messages: user('word'.repeat(100)) };
    await expect(client('slow').chat.completions.create(request, { signal })).rejects.toThrow();
    expect((await finalBill()).lines).toMatchObject([{ outcome: 'aborted', completionTokens: 100 }]);
  });

  test('a stalled reader stops the model: no more is generated than fits the pipe', async () => {
    const text = 'x'.repeat(360_000);
    const response = await fetch(`${simulator.url}/alpha/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-alpha' },
      body: JSON.stringify({ model: 'echo', messages: user(text), stream: true }),
    });
    const reader = response.body?.getReader();
    await reader?.read();
    await pause(300);
    await reader?.cancel();
    const { lines } = await finalBill();
    expect(lines[0]).toMatchObject({ outcome: 'aborted' });
    expect(lines[0]?.completionTokens).toBeLessThan(90_000);
  });
});

describe('what arrived', () => {
  test('dials count everything a venue received, refused or not', async () => {
    await client().chat.completions.create({ model: 'echo', messages: user('a') });
    await expect(client().chat.completions.create({ model: 'absent', messages: user('a') })).rejects.toThrow();
    await expect(
      client('beta').chat.completions.create({ model: 'broken', messages: user('a') }),
    ).rejects.toMatchObject({
      status: 503,
    });
    await client().models.list();
    const { body } = await operator('dials');
    expect(body).toEqual(simulator.dials());
    expect(body.alpha).toEqual({
      jurisdiction: 'us',
      received: 3,
      refused: 1,
      reachedModel: 1,
      redirectsFollowed: 0,
      byModel: { echo: 1 },
    });
    expect(body.beta).toMatchObject({
      jurisdiction: 'eu',
      received: 1,
      refused: 1,
      reachedModel: 0,
      byModel: { broken: 1 },
    });
    expect(simulator.bill().lines).toHaveLength(1);
  });

  test('the last bodies are kept byte for byte, the oldest are let go', async () => {
    await simulator.close();
    simulator = await startSimulator({ ...example, keepRequests: 2 });
    const bytes = Buffer.concat([
      Buffer.from('{"model":"echo","odd": 1.0, "text":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]);
    const send = (body: string | Buffer<ArrayBuffer>) =>
      fetch(`${simulator.url}/alpha/v1/chat/completions?x=1`, { method: 'POST', body });
    for (const body of ['first', 'second', bytes]) await (await send(body)).text();
    const { body } = await operator('requests?venue=alpha');
    expect(body.map((one: { body: string }) => one.body).slice(0, 1)).toEqual(['second']);
    expect(Buffer.from(body[1].bodyBase64, 'base64')).toEqual(bytes);
    expect(body[1]).toMatchObject({
      method: 'POST',
      path: '/alpha/v1/chat/completions?x=1',
      headers: { host: expect.any(String) },
    });
    expect((await operator('requests?venue=alpha&last=1')).body).toHaveLength(1);
    expect((await operator('requests?venue=alpha&last=0')).body).toEqual([]);
    expect(simulator.requests('beta')).toEqual([]);
  });
});

describe('orders', () => {
  const order = (fault: unknown) => operator('faults', { method: 'POST', body: JSON.stringify(fault) });

  test('are counted down, listed and cleared', async () => {
    await order({ venue: 'alpha', model: 'echo', kind: 'status', status: 429, times: 2 });
    await order({ venue: 'alpha', kind: 'status', status: 500 });
    const ask = async (model: string) => {
      const failed = await client()
        .chat.completions.create({ model, messages: user('a') })
        .catch((error) => error);
      return failed.status ?? 200;
    };
    expect([await ask('large'), await ask('echo'), await ask('echo'), await ask('echo')]).toEqual([500, 429, 429, 500]);
    expect((await operator('faults')).body).toEqual([{ venue: 'alpha', kind: 'status', status: 500 }]);
    await operator('faults', { method: 'DELETE' });
    expect(await ask('echo')).toBe(200);
  });

  test.each([
    [{ venue: 'alpha', kind: 'explode' }, 'kind'],
    [{ venue: 'gamma', kind: 'hang' }, 'unknown venue'],
    [{ venue: 'alpha', model: 'small', kind: 'hang' }, 'no model'],
    [{ venue: 'alpha', kind: 'hang', after: 1 }, 'after'],
    ['no object', 'object'],
  ])('%j is refused with the reason', async (fault, reason) => {
    const { status, body } = await order(fault);
    expect(status).toBe(400);
    expect(body.error.message).toContain(reason);
  });

  test('a model that answers by skill can be made worse, and better again', async () => {
    const ask = async () => {
      const request = { model: 'large', messages: user('What is the capital of France?') };
      return (await client().chat.completions.create(request)).choices[0]?.message.content;
    };
    const skill = (order: object) => operator('skill', { method: 'POST', body: JSON.stringify(order) });
    expect(await ask()).toBe('Paris');
    expect((await skill({ venue: 'alpha', model: 'large', accuracy: 0 })).status).toBe(200);
    expect(await ask()).not.toBe('Paris');
    expect((await skill({ venue: 'alpha', model: 'large', accuracy: 1 })).status).toBe(200);
    expect(await ask()).toBe('Paris');
    expect((await skill({ venue: 'alpha', model: 'nobody', accuracy: 1 })).body.error.message).toContain('nobody');
    expect((await skill({ venue: 'alpha', model: 'large', accuracy: 2 })).status).toBe(400);
  });

  test('an unknown operation is 404 and names the known ones', async () => {
    const { status, body } = await operator('nothing');
    expect(status).toBe(404);
    expect(body.error.message).toContain('GET /_sim/bill');
  });
});
