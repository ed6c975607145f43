/**
 * A rolling upgrade: the version before this one and today's proxy serve side by side from one snapshot, hold and settle
 * on one desk, and today's ends what the other left in its journal.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import { previousProxy, type ProxyProcess, startProxyProcess } from '../support/proxy-process.js';
import { type ProxyUnderTest, ready, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { redisAvailable, startRedis, type TestRedis } from '../support/redis.js';
import { useCaseRow } from '../support/venue-world.js';

const covers = (...ids: string[]) =>
  ids.map((id) => ({ id, scope: { kind: 'organisation' as const }, purpose: 'live' as const }));
const body = { model: 'big', max_tokens: 50, messages: [{ role: 'user', content: 'one two three four five' }] };

const stores = [
  { store: 'PostgreSQL', openRedis: () => Promise.resolve(null) },
  ...(redisAvailable() ? [{ store: 'Redis', openRedis: () => startRedis() }] : []),
];

describe.each(stores)('on $store', ({ openRedis }) => {
  let redis: TestRedis | null;
  let today: ProxyUnderTest;
  let previous: ProxyProcess;
  let secret: string;
  const snapshotOf = async (address: string) => (await ready(address)).snapshot;

  beforeAll(async () => {
    redis = await openRedis();
    today = await startProxyUnderTest({
      ...(redis && { redisUrl: redis.url }),
      start: async (settings) => {
        previous = await startProxyProcess({ ...settings, O10_PROXY_NAME: 'previous' }, { program: previousProxy });
        return startProxyProcess({ ...settings, O10_JOURNAL_DIR: `${settings.O10_JOURNAL_DIR}/today` });
      },
    });
    await today.envelope('org', 1_000_000_000_000n);
    await today.publish({
      envelopes: covers('org'),
      useCases: [useCaseRow({ slug: 'in-shadow', samplingShare: 1 })],
    });
    secret = await today.issue();
    await bothServe();
  });
  afterAll(async () => {
    await previous.close();
    await today.stop();
    await redis?.stop();
  });

  const bothServe = () => until(async () => (await snapshotOf(previous.address)) === (await snapshotOf(today.url)));
  const ask = (address: string, change: object = {}) =>
    fetch(`${address}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}`, 'x-o10-use-case': 'in-shadow' },
      body: JSON.stringify({ ...body, ...change }),
    });
  const askBoth = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, n) => ask(n % 2 === 0 ? previous.address : today.url)));
  const settled = async (envelope: string) => (await today.desk.balances([envelope]))[0];
  const costOf = (records: CallRecord[]) => records.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);

  test('both know the key, serve from the snapshot, and their records add up to what the venue bills', async () => {
    const answers = await askBoth(40);
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(200));
    const records = await today.records(40);
    expect(costOf(records)).toBe(BigInt(today.simulator.bill().totalPicoUsd));
    expect(new Set(records.map(({ callId }) => callId)).size).toBe(40);
    await until(async () => (await settled('org'))?.heldNanoUsd === 0n);
    const nano = records.reduce((sum, { costPicoUsd }) => sum + (costPicoUsd + 999n) / 1000n, 0n);
    expect((await settled('org'))?.settledNanoUsd).toBe(nano);
    const places = records.map(({ line }) => line?.position).sort((one, other) => (one ?? 0) - (other ?? 0));
    expect(places).toEqual(Array.from({ length: 40 }, (_, n) => n + 1)); // one line of evidence without a gap
  });

  test('an envelope holds against both', async () => {
    const cost = costOf(await today.records(40)) / 40n / 1000n;
    await today.envelope('small', cost * 10n);
    await today.publish({
      envelopes: covers('org', 'small'),
      useCases: [useCaseRow({ slug: 'in-shadow', mode: 'off' })],
    });
    await bothServe();
    const answers = await askBoth(60);
    const refused = answers.filter(({ status }) => status === 402 || status === 429).length;
    expect(refused).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(60 - refused);
    await until(async () => (await settled('small'))?.heldNanoUsd === 0n);
    expect((await settled('small'))?.settledNanoUsd).toBeLessThanOrEqual(cost * 10n);
  });

  test('today ends what the previous one left in its journal, once', async () => {
    await today.envelope('small', 1_000_000_000_000n);
    await bothServe();
    today.simulator.order({ venue: 'alpha', kind: 'hang' });
    const left = ask(previous.address).catch(() => null);
    const isHeld = async () => ((await settled('small'))?.heldNanoUsd ?? 0n) > 0n;
    await until(isHeld);
    // What the desk forgets meanwhile, the previous one presents again as it knows how.
    await today.desk.rebuild({ envelopes: [], balances: [], holds: [], lines: [] });
    await today.envelope('small', 1_000_000_000_000n);
    await until(isHeld);
    await previous.kill();
    await left;
    previous = await startProxyProcess({ ...today.settings, O10_PROXY_NAME: 'previous' });
    today.simulator.clearFaults();
    await until(async () => (await settled('small'))?.heldNanoUsd === 0n);
    const truncated = (await today.records(1)).filter(({ outcome }) => outcome === 'truncated');
    expect(truncated).toHaveLength(1);
    expect(truncated[0]).toMatchObject({ costBasis: 'estimated' });
  });
});
