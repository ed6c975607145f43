import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeMirrorStore } from '../../../../test/conformance/mirror-store.js';
import { describeRateCounter } from '../../../../test/conformance/rate-counter.js';
import { describeSnapshotFeed, snapshotOf } from '../../../../test/conformance/snapshot-feed.js';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { PostgresMirrorStore } from './postgres-mirror-store.js';
import { PostgresRateCounter } from './postgres-rate-counter.js';
import { PostgresSnapshotFeed } from './postgres-snapshot-feed.js';

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 10 });
  // The database is dropped while the last connections are still closing.
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describeSnapshotFeed('PostgreSQL', (organisation) => new PostgresSnapshotFeed({ organisation, database: pool }));
describeMirrorStore('PostgreSQL', () => new PostgresMirrorStore({ database: database.url }));
describeRateCounter('PostgreSQL', (organisation) => new PostgresRateCounter({ organisation, database: pool }));

describe('PostgreSQL alone', () => {
  test('a subscriber whose connection was lost is called when it is back', async () => {
    const feed = new PostgresSnapshotFeed({ organisation: 'cut', database: database.url });
    let calls = 0;
    const stop = await feed.subscribe(() => (calls += 1));
    await pool.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN o10_feed'");
    await expect.poll(() => calls, { timeout: 5_000 }).toBe(1);
    await feed.publish(snapshotOf(1));
    await expect.poll(() => calls, { timeout: 5_000 }).toBe(2);
    await stop();
    await feed.close();
  });

  test('copies past their lifetime are swept by later puts', async () => {
    const store = new PostgresMirrorStore({ database: pool });
    for (let n = 0; n < 5; n += 1) await store.put(`old-${n}`, Buffer.from('x'), 0);
    await store.put('new', Buffer.from('x'), 60_000);
    const { rows } = await pool.query("SELECT pointer FROM mirror_payload WHERE pointer LIKE 'old-%'");
    expect(rows).toEqual([]);
  });
});
