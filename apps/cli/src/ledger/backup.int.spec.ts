/** The drill: back up while lines come in, restore into a new database, verify, and go on where it stopped. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { CheckpointSigner } from '#contracts/ledger-tree.js';
import { checkpointSigner } from '#domain/ledger/checkpoint.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { applicationUrl, dropApplicationRole } from '#postgres/application-role.js';
import { connectPool, type Pool } from '#postgres/connect-pool.js';
import { exportLedger } from '#postgres/ledger/export-ledger.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { createDatabase, projectDir, type TestDatabase } from '../../../../test/support/database.js';
import { sampleEntries, samplePrices } from '../../../../test/support/sample-entries.js';
import { verifyLedger } from '../verify/verify-ledger.js';
import { backUp, restore } from './back-up.js';

const migrations = join(projectDir, 'prisma/migrations');
const key = generateKeyPairSync('ed25519').privateKey;
let database: TestDatabase;
let pool: Pool;
let scratch: string;
let admin: Pool;
let fresh: string;
beforeEach(async () => {
  database = await createDatabase();
  pool = connectPool(database.url, 4);
  admin = connectPool(inject('postgresUrl'), 1);
  scratch = await mkdtemp(join(tmpdir(), 'o10-backup-'));
  const name = `o10_restored_${randomBytes(4).toString('hex')}`;
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  fresh = url.toString();
});
afterEach(async () => {
  await pool.end();
  await admin.query(`DROP DATABASE IF EXISTS ${new URL(fresh).pathname.slice(1)} WITH (FORCE)`);
  await dropApplicationRole(inject('postgresUrl'), fresh);
  await admin.end();
  await database.drop();
  await rm(scratch, { recursive: true });
});

function remembering(last: string | null): CheckpointSigner {
  const memory = { note: last };
  return {
    ...checkpointSigner('o10.example/acme', key),
    memory: { last: () => Promise.resolve(memory.note), keep: (note) => Promise.resolve(void (memory.note = note)) },
  };
}
async function write(store: LedgerStore, count: number, from: number): Promise<void> {
  await store.append(sampleEntries(count, from));
  while ((await store.sequence('acme')).sequenced > 0);
}

test('restored, verified, and appended to, under the same signer', { timeout: 60_000 }, async () => {
  const store = new LedgerStore(pool, ledgerTree);
  await store.append([samplePrices()]);
  await write(store, 700, 0);
  await pool.query(
    "INSERT INTO admin_price_book (hash, rows, row_count, approved_by) VALUES ($1, '[]', 0, 'spec\tand\\more\n')",
    ['ab'.repeat(32)],
  );
  const sealed = await store.checkpoint('acme', remembering(null));
  const going = write(store, 500, 1_000);
  const manifest = await backUp(database.url, null, join(scratch, 'backup'), Date.now());
  await going;
  expect(manifest.checkpoints).toEqual([{ log: 'acme', size: '701', note: sealed }]);

  await restore(fresh, null, join(scratch, 'backup'), migrations, Date.now());
  const again = connectPool((await applicationUrl(fresh, 'spec')) ?? '', 3, 'acme');
  const restored = new LedgerStore(again, ledgerTree);
  expect(await restored.size('acme')).toBeGreaterThanOrEqual(701);
  await write(restored, 50, 5_000);
  const later = await restored.checkpoint('acme', remembering(sealed));
  await exportLedger(again, ledgerTree, 'acme', join(scratch, 'export'), remembering(null).verifierKeys);
  const report = await verifyLedger(join(scratch, 'export'), { keptCheckpoints: [sealed!, later!] });
  expect(report.problems).toEqual([]);
  expect(report.size).toBeGreaterThanOrEqual(751);
  const { rows } = await again.query(
    `SELECT convert_from(bytes, 'UTF8')::jsonb -> 'body' AS body FROM ledger_entry WHERE kind = 'checkpoint_import'`,
  );
  expect(rows).toMatchObject([{ body: { schema: 'o10.checkpoint_import.v1', size: '701', note: sealed } }]);
  expect((await again.query('SELECT approved_by FROM admin_price_book')).rows).toEqual([
    { approved_by: 'spec\tand\\more\n' },
  ]);
  await expect(again.query('TRUNCATE ledger_entry')).rejects.toThrow('permission denied');
  await again.query("INSERT INTO admin_price_book (hash, rows, row_count, approved_by) VALUES ('x', '[]', 0, 'later')");
  await again.end();
});

test('a backup that is not whole, and a database that is not empty, are refused', { timeout: 60_000 }, async () => {
  const dir = join(scratch, 'backup');
  await write(new LedgerStore(pool, ledgerTree), 10, 0);
  await backUp(database.url, null, dir, Date.now());
  await expect(backUp(database.url, null, dir, Date.now())).rejects.toThrow('is not empty');
  await expect(restore(database.url, null, dir, migrations, Date.now())).rejects.toThrow('not empty');
  await appendFile(join(dir, 'tables/ledger_entry.copy'), 'x');
  await expect(restore(fresh, null, dir, migrations, Date.now())).rejects.toThrow(
    'ledger_entry.copy is not what was backed up',
  );
  await expect(restore(fresh, null, scratch, migrations, Date.now())).rejects.toThrow('no backup');
});

test('an account that does not see every row cannot back up', async () => {
  await write(new LedgerStore(pool, ledgerTree), 10, 0);
  const apps = (await applicationUrl(database.url, 'spec')) ?? '';
  await expect(backUp(apps, null, join(scratch, 'backup'), Date.now())).rejects.toThrow(
    /row-level security|permission denied/,
  );
  await pool.end();
  pool = connectPool(database.url, 1);
});

test('secrets and the signer go with it, and never over those of another installation', async () => {
  await write(new LedgerStore(pool, ledgerTree), 3, 0);
  const installation = await mkdtemp(join(scratch, 'installation-'));
  const files = {
    'secrets.json': '{}',
    'ledger-signing-key.pem': 'pem',
    'ledger-signing-key.pem.acme.note': 'note',
    other: 'no',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(installation, name), text);
  const dir = join(scratch, 'backup');
  await backUp(database.url, installation, dir, Date.now());
  await expect(restore(fresh, installation, dir, migrations, Date.now())).rejects.toThrow('secrets.json');
  const elsewhere = join(scratch, 'elsewhere');
  await restore(fresh, elsewhere, dir, migrations, Date.now());
  expect(await readFile(join(elsewhere, 'ledger-signing-key.pem.acme.note'), 'utf8')).toBe('note');
  await expect(readFile(join(elsewhere, 'other'))).rejects.toThrow('ENOENT');
});
