/** The client walks away: the venue is aborted where that stops the bill, else read to the usage it will bill. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { venueRows } from '../support/venue-world.js';

const text = 'word '.repeat(400);
const body = { model: 'big', max_tokens: 1000, messages: [{ role: 'user', content: text }], stream: true };

/** 1 to 12, as if drawn, and the same in every run. */
const chunksBefore = (cut: number): number => 1 + ((createHash('sha256').update(`cut ${cut}`).digest()[0] ?? 0) % 12);

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

/** Printed, not asserted. */
async function measureRelease(proxy: ProxyUnderTest, secret: string): Promise<void> {
  const waits: number[] = [];
  for (let cut = 0; cut < 50; cut++) {
    await leaveAfter(proxy, secret, chunksBefore(cut));
    const leftAt = performance.now();
    while (proxy.simulator.bill().inFlight > 0) await new Promise((turn) => setImmediate(turn));
    waits.push(performance.now() - leftAt);
  }
  waits.sort((one, other) => one - other);
  process.stdout.write(
    `client gone to venue closed: p50 ${waits[24]?.toFixed(1)} ms, p99 ${waits[49]?.toFixed(1)} ms\n`,
  );
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

  test('a hundred random cuts: every attempt ends once, flagged or exact, and nothing stays held', async () => {
    proxy.simulator.order({ venue: 'alpha', kind: 'comments', delayMs: 2 });
    const ids: (string | null)[] = [];
    for (let batch = 0; batch < 4; batch++) {
      const cuts = Array.from({ length: 25 }, (_, place) =>
        leaveAfter(proxy, secret, chunksBefore(batch * 25 + place)),
      );
      ids.push(...(await Promise.all(cuts)));
    }
    const records = await proxy.records(ids.length);
    expect(new Set(records.map(({ callId }) => callId))).toEqual(new Set(ids));
    expect(records).toHaveLength(ids.length);
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
    if (abortStopsBilling) await measureRelease(proxy, secret);
  });
});
