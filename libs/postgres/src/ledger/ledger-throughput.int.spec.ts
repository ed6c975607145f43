/** How many lines a second the ledger takes in and sequences. Prints; what it asserts is that none is lost on the way. */
import pg from 'pg';
import { expect, test } from 'vitest';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { createDatabase } from '../../../../test/support/database.js';
import { sampleEntries } from '../../../../test/support/sample-entries.js';
import { LedgerStore } from './ledger.store.js';

const count = 20_000;

test(`${count} lines`, { timeout: 120_000 }, async () => {
  const database = await createDatabase();
  const pool = new pg.Pool({ connectionString: database.url });
  // Dropping the database ends connections that are still closing.
  pool.on('error', () => {});
  const store = new LedgerStore(pool, ledgerTree);
  const perSecond = async (work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    return Math.round(count / ((performance.now() - start) / 1000));
  };
  const appended = await perSecond(async () => {
    for (let at = 0; at < count; at += 1000) await store.append(sampleEntries(1000, at));
  });
  const sequenced = await perSecond(async () => {
    while ((await store.sequence('acme', 2000)).sequenced > 0);
  });
  console.log(`ledger: ${appended} lines/s appended by one writer, ${sequenced} lines/s sequenced in batches of 2,000`);
  expect([await store.size('acme'), await store.pendingCount()]).toEqual([count, 0]);
  await pool.end();
  await database.drop();
});
