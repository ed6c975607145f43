/** What the account of the apps may do to the ledger, and what it may not, in SQL. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateKeyPairSync } from 'node:crypto';
import { checkpointSigner } from '#domain/ledger/checkpoint.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { sampleEntries, sampleEntry } from '../../../../test/support/sample-entries.js';
import { applicationUrl, dropApplicationRole } from '../application-role.js';
import { connectPool } from '../connect-pool.js';
import { QuarantineStore } from '../evidence/quarantine.store.js';
import { LedgerStore } from './ledger.store.js';

let database: TestDatabase;
let appsUrl: string;
let acme: pg.Pool;
let nobody: pg.Pool;
let owner: pg.Pool;
let partition: string;
const signer = checkpointSigner('o10.example/acme', generateKeyPairSync('ed25519').privateKey);

beforeAll(async () => {
  database = await createDatabase();
  appsUrl = (await applicationUrl(database.url, 'a secret of the installation')) ?? '';
  acme = connectPool(appsUrl, 4, 'acme');
  nobody = connectPool(appsUrl, 1);
  owner = connectPool(database.url, 1);
  for (const log of ['acme', 'rival']) {
    const pool = connectPool(appsUrl, 2, log);
    const store = new LedgerStore(pool, ledgerTree);
    await store.append(sampleEntries(300, 0, log));
    await store.sequence(log);
    if (log === 'acme') await store.checkpoint(log, signer);
    await store.append([sampleEntry(900, {}, log)]);
    await new QuarantineStore(pool).put(log, [{ record: 'half', reason: 'no JSON' }]);
    await pool.end();
  }
  const { rows } = await owner.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relispartition AND relkind = 'r'",
  );
  partition = rows[0]!.name;
});
afterAll(async () => {
  await Promise.all([acme.end(), nobody.end(), owner.end()]);
  const url = database.url;
  await database.drop();
  const server = new URL(url);
  server.pathname = '/postgres';
  await dropApplicationRole(server.toString(), url);
});

test('the account is nobody special, and the same again after another start', async () => {
  const { rows } = await acme.query(
    'SELECT current_user AS me, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = session_user',
  );
  expect(rows).toEqual([
    { me: 'o10_app', rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false },
  ]);
  expect(await applicationUrl(database.url, 'a secret of the installation')).toBe(appsUrl);
});

const appendOnly = ['ledger_entry', 'A_MONTH', 'ledger_entry_key', 'ledger_tile', 'ledger_checkpoint'];
const denied = /permission denied|must be owner/;
const takingBack = (table: string) => [
  `UPDATE ${table} SET log = 'acme'`,
  `UPDATE ${table} SET log = 'acme' WHERE false`,
  `DELETE FROM ${table}`,
  `DELETE FROM ${table} WHERE false`,
  `TRUNCATE ${table}`,
  `WITH gone AS (DELETE FROM ${table} RETURNING 1) SELECT count(*) FROM gone`,
  `MERGE INTO ${table} t USING (SELECT 'acme' AS log) s ON t.log = s.log WHEN MATCHED THEN DELETE`,
  `DROP TABLE ${table}`,
  `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
  `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`,
  `ALTER TABLE ${table} OWNER TO o10_app`,
  `CREATE TRIGGER mine BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()`,
];
test.each(appendOnly.flatMap((table) => takingBack(table).map((sql) => [sql])))('the apps may not: %s', async (sql) => {
  await expect(acme.query(sql.replaceAll('A_MONTH', partition))).rejects.toThrow(denied);
});

test.each([
  'SET session_replication_role = replica',
  'SET ROLE o10_owner',
  'SET SESSION AUTHORIZATION postgres',
  'ALTER TABLE ledger_entry DETACH PARTITION A_MONTH',
  'CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$',
  'DROP FUNCTION ledger_refuse_change() CASCADE',
  "SELECT ledger_guard('ledger_entry')",
  'CREATE TABLE public.ledger_entry_209901 (log text)',
  'TRUNCATE ledger_inbox',
  'TRUNCATE ledger_state',
  'DELETE FROM ledger_state',
  'DELETE FROM ledger_quarantine',
  'DROP POLICY own_organisation ON ledger_entry',
  'SELECT * FROM A_MONTH',
  'INSERT INTO A_MONTH SELECT * FROM ledger_entry LIMIT 1',
  'DELETE FROM _prisma_migrations',
])('nor this: %s', async (sql) => {
  await expect(acme.query(sql.replaceAll('A_MONTH', partition))).rejects.toThrow(denied);
});

const tables = ['ledger_entry', 'ledger_entry_key', 'ledger_tile', 'ledger_checkpoint', 'ledger_inbox', 'ledger_state'];
test("another organisation's rows are not there, and none at all for an account that names none", async () => {
  for (const table of tables) {
    const { rows } = await acme.query<{ log: string }>(`SELECT DISTINCT log FROM ${table}`);
    expect(rows, table).toEqual([{ log: 'acme' }]);
    expect((await nobody.query(`SELECT FROM ${table}`)).rowCount, table).toBe(0);
  }
  expect((await acme.query('SELECT DISTINCT organisation FROM ledger_quarantine')).rows).toEqual([
    { organisation: 'acme' },
  ]);
  expect(await new LedgerStore(acme, ledgerTree).size('rival')).toBe(0);
  expect(await new LedgerStore(acme, ledgerTree).logs()).toEqual(['acme']);
  await expect(new LedgerStore(acme, ledgerTree).append(sampleEntries(1, 500, 'rival'))).rejects.toThrow(
    'row-level security',
  );
  expect((await acme.query("DELETE FROM ledger_inbox WHERE log = 'rival'")).rowCount).toBe(0);
  expect((await acme.query("UPDATE ledger_state SET size = 0 WHERE log = 'rival'")).rowCount).toBe(0);
});

test('nor are its sums, its corrections and its archives; nothing can be put among them', async () => {
  const projections = ['ledger_rollup_state', 'ledger_spend_state', 'capacity_state', 'enforcement_follow'];
  for (const table of projections) {
    const columns = table.startsWith('ledger') ? '(log) VALUES ($1)' : 'VALUES ($1, 0)';
    await owner.query(`INSERT INTO ${table} ${columns}`, ['rival']);
    expect((await acme.query(`SELECT FROM ${table}`)).rowCount, table).toBe(0);
    expect((await acme.query(`DELETE FROM ${table}`)).rowCount, table).toBe(0);
    await expect(acme.query(`INSERT INTO ${table} ${columns}`, ['other']), table).rejects.toThrow('row-level security');
    await expect(acme.query(`TRUNCATE ${table}`), table).rejects.toThrow(denied);
  }
  for (const sql of ['DELETE FROM ledger_archive', 'UPDATE ledger_archive SET to_index = 0', 'TRUNCATE ledger_archive'])
    await expect(acme.query(sql), sql).rejects.toThrow(denied);
});

test('every table that has rows of organisations shows each its own, to the owner too; desk and feed are asked by name', async () => {
  const { rows } = await owner.query<{ table: string; safe: boolean }>(`
    SELECT c.relname AS table, c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
      SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'own_organisation' AND p.polcmd = '*') AS safe
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE a.attname IN ('log', 'organisation') AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
    ORDER BY 1`);
  const open = rows.filter(({ safe }) => !safe).map(({ table }) => table);
  expect(open.filter((table) => !/^(desk|feed)_/.test(table))).toEqual([]);
  expect(rows.length - open.length).toBeGreaterThan(20);
});

test('the owner too meets the guards, and sees no more', async () => {
  const client = await owner.connect();
  await client.query('SET ROLE o10_owner');
  for (const table of appendOnly.map((name) => name.replace('A_MONTH', partition))) {
    for (const sql of takingBack(table).slice(0, 7))
      await expect(client.query(sql), sql).rejects.toThrow('append-only');
    expect((await client.query(`SELECT FROM ${table}`)).rowCount).toBe(0);
  }
  await expect(client.query('SET session_replication_role = replica')).rejects.toThrow('permission denied');
  client.release(true);
});

test('every guard fires always, on parents and on every partition, made by the apps or not', async () => {
  await acme.query("SELECT ledger_ensure_partition('2031-02-17')");
  const { rows } = await owner.query<{ table: string; owner: string; guards: string[]; forced: boolean }>(`
    SELECT c.relname AS table, pg_get_userbyid(c.relowner) AS owner, c.relforcerowsecurity AS forced,
      array_agg(t.tgname::text ORDER BY t.tgname) FILTER (WHERE t.tgenabled = 'A') AS guards
    FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid
    WHERE c.relname ~ '^ledger_(entry|tile|checkpoint)' AND c.relkind IN ('r', 'p') GROUP BY c.oid ORDER BY 1`);
  expect(rows.map(({ table }) => table)).toEqual(
    [
      'ledger_checkpoint',
      'ledger_entry',
      'ledger_entry_203102',
      partition,
      'ledger_entry_key',
      'ledger_tile',
    ].toSorted(),
  );
  const guards = ['ledger_refuse_change', 'ledger_refuse_statement', 'ledger_refuse_truncate'];
  for (const row of rows) expect(row).toMatchObject({ owner: 'o10_owner', forced: true, guards });
  for (const { table } of rows.filter((row) => /_\d{6}$/.test(row.table)))
    for (const sql of [...takingBack(table), `SELECT FROM ${table}`, `INSERT INTO ${table} SELECT * FROM ledger_entry`])
      await expect(acme.query(sql), sql).rejects.toThrow(denied);
});
