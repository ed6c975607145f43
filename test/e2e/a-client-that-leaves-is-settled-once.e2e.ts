/** The client walks away: the venue is aborted where that stops the bill, else read to the usage it will bill. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { venueRows } from '../support/venue-world.js';

const text = 'word '.repeat(400);
const body = { model: 'big', max_tokens: 1000, messages: [{ role: 'user', content: text }], stream: true };

/** Reads `chunks` chunks, leaves, and returns the id of the call. */
async function leaveAfter(proxy: ProxyUnderTest, secret: string, chunks: number): Promise<string | null> {
  const leaving = new AbortController();
  const answer = await fetch(`${proxy.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify(body),
    signal: leaving.signal,
  });
  const reader = answer.body!.getReader();
  for (let read = 0; read < chunks; read++) await reader.read();
  leaving.abort();
  return answer.headers.get('x-flux-request-id');
}

async function recordOf(proxy: ProxyUnderTest, callId: string | null) {
  const mine = async () => (await proxy.records(1)).filter((record) => record.callId === callId);
  await until(async () => (await mine()).length > 0);
  expect(await mine()).toHaveLength(1);
  return (await mine())[0]!;
}

describe.each([
  ['abort stops the bill', true, 'stops' as const],
  ['abort does not stop it', false, 'full' as const],
])('where %s', (_name, abortStopsBilling, abortBilling) => {
  let proxy: ProxyUnderTest;
  let secret: string;
  beforeAll(async () => {
    proxy = await startProxyUnderTest({ abortBilling });
    await proxy.envelope('org', 1_000_000_000_000n);
    await proxy.publish({
      venues: venueRows(proxy.simulator.url, { abortStopsBilling }),
      envelopes: [{ id: 'org', scope: { kind: 'organisation' }, purpose: 'live' }],
    });
    secret = await proxy.issue();
  });
  afterAll(() => proxy.stop());

  test('every attempt ends once, flagged or exact, and nothing stays held', async () => {
    proxy.simulator.order({ venue: 'alpha', kind: 'comments', delayMs: 2 });
    const ids = await Promise.all(Array.from({ length: 20 }, (_, place) => leaveAfter(proxy, secret, 1 + (place % 5))));
    const records = await Promise.all(ids.map((id) => recordOf(proxy, id)));
    for (const record of records) {
      expect(record.outcome).toBe('client_gone');
      expect(record.costBasis).toBe(abortStopsBilling ? 'estimated' : 'reported');
    }
    await until(async () => proxy.simulator.bill().inFlight === 0);
    const billed = proxy.simulator.bill();
    const booked = records.reduce((sum, record) => sum + record.costPicoUsd, 0n);
    if (abortStopsBilling) expect(booked).toBeGreaterThanOrEqual(BigInt(billed.totalPicoUsd));
    else expect(booked).toBe(BigInt(billed.totalPicoUsd));
    expect(await proxy.desk.balances(['org'])).toMatchObject([{ heldNanoUsd: 0n }]);
  });
});
