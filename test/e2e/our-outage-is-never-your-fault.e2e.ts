/**
 * Something of ours is down: off and shadow serve untouched, enforce does what its use case chose, nobody is told 401,
 * 402 or 403 for it, and no ending is lost.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProxyProcess, type ProxyProcess } from '../support/proxy-process.js';
import { type ProxyUnderTest, ready, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { redisAvailable, startRedis, type TestRedis } from '../support/redis.js';
import { useCaseRow } from '../support/venue-world.js';

const useCases = [
  useCaseRow({ slug: 'in-shadow', mode: 'shadow', samplingShare: 1 }),
  useCaseRow({ slug: 'closed', mode: 'enforce' }),
  useCaseRow({ slug: 'lenient', mode: 'enforce', whenDeskIsDown: 'baseline' }),
];
const organisation = { id: 'org', scope: { kind: 'organisation' as const }, purpose: 'live' as const };
const body = { model: 'big', max_tokens: 50, messages: [{ role: 'user', content: 'hello' }] };

/** "status reason-or-code" of a call of each use case. */
async function answers(proxy: ProxyUnderTest, secret: string): Promise<Record<string, string>> {
  const told = await Promise.all(
    useCases.map(async ({ slug }) => {
      const answer = await proxy.post(secret, body, { 'x-o10-use-case': slug });
      const json = (await answer.json()) as { error?: { code: string } };
      return [slug, `${answer.status} ${json.error?.code ?? answer.headers.get('x-o10-reason')}`] as const;
    }),
  );
  return Object.fromEntries(told);
}

describe('before there is a snapshot', () => {
  test('calls and models are told to come back', async () => {
    const proxy = await startProxyUnderTest();
    const answer = await proxy.post('sk-anything', body);
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: 'not_ready' } }]);
    expect((await fetch(`${proxy.url}/ready`)).status).toBe(503);
    expect((await fetch(`${proxy.url}/health`)).status).toBe(200);
    await proxy.stop();
  });
});

describe('the desk does not know an envelope (it was flushed, or is being rebuilt)', () => {
  let proxy: ProxyUnderTest;
  beforeAll(async () => {
    proxy = await startProxyUnderTest();
    await proxy.publish({ useCases, envelopes: [organisation] });
  });
  afterAll(() => proxy.stop());

  test('shadow serves, enforce closes or falls back as declared', async () => {
    expect(await answers(proxy, await proxy.issue())).toEqual({
      'in-shadow': '200 desk_down',
      closed: '503 desk_unavailable',
      lenient: '200 desk_down',
    });
  });
});

describe.skipIf(!redisAvailable())('Redis freezes and comes back', () => {
  let redis: TestRedis;
  let proxy: ProxyUnderTest;
  beforeAll(async () => {
    redis = await startRedis();
    proxy = await startProxyUnderTest({ redisUrl: redis.url });
    await proxy.envelope('org', 1_000_000_000n);
    await proxy.publish({ useCases, envelopes: [organisation] });
  });
  afterAll(async () => {
    await proxy.stop();
    await redis.stop();
  });

  test('the request path goes on, and every ending reaches the desk afterwards', async () => {
    const secret = await proxy.issue();
    expect(Object.values(await answers(proxy, secret))).toEqual([
      '200 requested',
      '200 nothing_cleared',
      '200 nothing_cleared',
    ]);
    redis.process.kill('SIGSTOP');
    await until(async () => Object.values(await answers(proxy, secret))[1]?.startsWith('503') ?? false);
    expect(await answers(proxy, secret)).toEqual({
      'in-shadow': '200 desk_down',
      closed: '503 desk_unavailable',
      lenient: '200 desk_down',
    });
    expect((await ready(proxy.url)).unsettled).toBeGreaterThan(0);
    redis.process.kill('SIGCONT');
    await until(async () => (await ready(proxy.url)).unsettled === 0);
    const ids = (await proxy.records(1)).map(({ attemptId }) => attemptId);
    expect(new Set(ids).size).toBe(ids.length);
    await until(async () => Object.values(await answers(proxy, secret))[1] === '200 nothing_cleared');
  });
});

test('a deploy: told to leave under thirty streams, the proxy cuts none, settles each, and leaves in order', async () => {
  let process: ProxyProcess | undefined;
  const proxy = await startProxyUnderTest({ start: async (settings) => (process = await startProxyProcess(settings)) });
  await proxy.envelope('org', 1_000_000_000n);
  await proxy.publish({ useCases, envelopes: [organisation] });
  const secret = await proxy.issue();
  proxy.simulator.order({ venue: 'alpha', kind: 'slow', delayMs: 1 });
  const talk = { ...body, stream: true, messages: [{ role: 'user', content: 'word '.repeat(10) }] };
  const streams = Array.from({ length: 30 }, async () => (await proxy.post(secret, talk)).text());
  await until(async () => (proxy.simulator.dials()['alpha']?.received ?? 0) === 30);
  const left = process?.close();
  for (const stream of await Promise.all(streams)) expect(stream.trimEnd().endsWith('[DONE]')).toBe(true);
  await left;
  const records = await proxy.records(30);
  expect(records.map(({ outcome }) => outcome)).toEqual(Array(30).fill('served'));
  expect((await proxy.desk.balances(['org']))[0]?.heldNanoUsd).toBe(0n);
  await proxy.stop();
});

test('the disk is full: nothing is sent that could not be accounted for', async () => {
  const proxy = await startProxyUnderTest({ start: (settings) => startProxyProcess(settings, { fileBlocksMax: 8 }) });
  await proxy.envelope('org', 1_000_000_000n);
  await proxy.publish({ useCases, envelopes: [organisation] });
  const secret = await proxy.issue();
  let code = '';
  for (let call = 0; call < 20 && !code; call++) {
    const answer = await proxy.post(secret, body);
    if (answer.status === 503) code = ((await answer.json()) as { error: { code: string } }).error.code;
  }
  expect(code).toBe('storage_unavailable');
  const dialled = proxy.simulator.dials()['alpha']?.received;
  expect((await proxy.post(secret, body)).status).toBe(503);
  expect(proxy.simulator.dials()['alpha']?.received).toBe(dialled);
  await until(async () => (await proxy.desk.balances(['org']))[0]?.heldNanoUsd === 0n);
  await proxy.stop();
});

test('the proxy is killed in mid-call: started again, it ends the attempt once, at its ceiling', async () => {
  let process: ProxyProcess | undefined;
  const proxy = await startProxyUnderTest({ start: async (settings) => (process = await startProxyProcess(settings)) });
  await proxy.envelope('org', 1_000_000_000n);
  await proxy.publish({ useCases, envelopes: [organisation] });
  const secret = await proxy.issue();
  proxy.simulator.order({ venue: 'alpha', kind: 'hang' });
  const lost = Promise.allSettled(Array.from({ length: 5 }, () => proxy.post(secret, body)));
  await until(async () => (proxy.simulator.dials()['alpha']?.received ?? 0) === 5);
  await process?.kill();
  await lost;
  const again = await startProxyProcess(proxy.settings);
  const records = await proxy.records(5);
  expect(records.map(({ outcome, costBasis }) => `${outcome} ${costBasis}`)).toEqual(
    Array(5).fill('truncated estimated'),
  );
  expect(new Set(records.map(({ attemptId }) => attemptId)).size).toBe(5);
  const held = records.reduce((sum, record) => sum + record.heldNanoUsd, 0n);
  expect(await proxy.desk.balances(['org'])).toMatchObject([{ heldNanoUsd: 0n, settledNanoUsd: held }]);
  await again.close();
  await proxy.stop();
});
