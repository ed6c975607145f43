/** Every venue answers 500: callers with the official client and its own retries, and what reaches the venues of it. */
import OpenAI, { InternalServerError } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { useCaseRow } from '../support/venue-world.js';

let proxy: ProxyUnderTest;
let secret: string;
beforeAll(async () => {
  proxy = await startProxyUnderTest();
  await proxy.envelope('org', 1_000_000_000_000n);
  await proxy.publish({
    envelopes: [{ id: 'org', scope: { kind: 'organisation' }, purpose: 'live' }],
    useCases: [useCaseRow({ slug: 'with-fallback', mode: 'off', fallbacks: ['beta/big'] })],
  });
  secret = await proxy.issue();
});
afterAll(() => proxy.stop());

const asked = () => Object.values(proxy.simulator.dials()).reduce((sum, { received }) => sum + received, 0);

test('a fifth more attempts than calls, each on the record, and the client does not try again by itself', async () => {
  for (const venue of ['alpha', 'beta']) proxy.simulator.order({ venue, kind: 'status', status: 500 }); // which no breaker counts
  const client = new OpenAI({ apiKey: secret, baseURL: `${proxy.url}/v1` });
  const calls = 200;
  for (let batch = 0; batch < calls / 20; batch++)
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const asking = client.chat.completions.create(
          { model: 'big', max_tokens: 20, messages: [{ role: 'user', content: 'hello' }] },
          { headers: { 'x-o10-use-case': 'with-fallback' } },
        );
        await expect(asking).rejects.toThrow(InternalServerError);
      }),
    );
  expect(asked()).toBeGreaterThan(calls);
  expect(asked()).toBeLessThanOrEqual(calls * 1.2 + 10);
  const records = await proxy.records(asked());
  expect(new Set(records.map(({ callId }) => callId)).size).toBe(calls);
  expect(records.filter(({ final }) => final)).toHaveLength(calls);
  expect(records.map(({ costPicoUsd }) => costPicoUsd)).toEqual(Array(asked()).fill(0n));
  await until(async () => ((await proxy.desk.balances(['org']))[0]?.heldNanoUsd ?? 0n) === 0n);
});

test('once the first venue is well again it serves the next probe and then everything', async () => {
  proxy.simulator.clearFaults();
  const call = { model: 'big', max_tokens: 20, messages: [{ role: 'user', content: 'hello' }] };
  const venueOf = async () =>
    (await proxy.post(secret, call, { 'x-o10-use-case': 'with-fallback' })).headers.get('x-o10-venue');
  await until(async () => (await venueOf()) === 'alpha');
  expect(await venueOf()).toBe('alpha');
});
