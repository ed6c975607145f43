/** Keys travel as deltas: with 100,000 of them, one revoked is refused within two seconds, and calls go on meanwhile. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresSnapshotFeed } from '#postgres/desk/postgres-snapshot-feed.js';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { issueKey } from '../support/venue-world.js';

let proxy: ProxyUnderTest;
beforeAll(async () => {
  proxy = await startProxyUnderTest();
  await proxy.publish();
});
afterAll(() => proxy.stop());

const call = { model: 'big', messages: [{ role: 'user', content: 'hello' }] };

test('revoking one touches one', async () => {
  const feed = new PostgresSnapshotFeed({ database: proxy.settings.DATABASE_URL ?? '', organisation: 'default' });
  const keys = Array.from({ length: 100_000 }, () => issueKey());
  for (let from = 0; from < keys.length; from += 10_000)
    await feed.publishKeys(keys.slice(from, from + 10_000).map(({ key }) => key));
  const [first, last] = [keys[0]!, keys.at(-1)!];
  await until(async () => (await proxy.post(last.secret, call)).status === 200);
  expect((await proxy.post(first.secret, call)).status).toBe(200);

  let revoked = false;
  const statuses = new Set<number>();
  const others = (async () => {
    while (!revoked) statuses.add((await proxy.post(last.secret, call)).status);
  })();
  const start = Date.now();
  const [delta] = await feed.publishKeys([{ ...first.key, revokedAt: new Date().toISOString() }]);
  await until(async () => (await proxy.post(first.secret, call)).status === 401);
  const effectiveMs = Date.now() - start;
  revoked = true;
  await others;
  await feed.close();
  expect(effectiveMs).toBeLessThan(2_000);
  expect([...statuses]).toEqual([200]);
  expect(delta?.sequence).toBeGreaterThan(100_000);
}, 120_000);
