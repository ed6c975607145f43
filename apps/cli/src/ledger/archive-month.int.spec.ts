/** A month's lines leave the database for files: both together verify, neither does alone, and they come back for an audit. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Entry } from '#contracts/entry.js';
import { checkpointSigner } from '#domain/ledger/checkpoint.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { applicationUrl } from '#postgres/application-role.js';
import { type ArchiveParts, archiveMonth } from '#postgres/archive/archive-month.js';
import { restoreMonth } from '#postgres/archive/restore-month.js';
import { connectPool, type Pool } from '#postgres/connect-pool.js';
import { exportLedger } from '#postgres/ledger/export-ledger.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { folderStore } from '#postgres/ledger/object-store.js';
import { RollUpStore } from '#postgres/ledger/roll-up.store.js';
import { newId } from '#runtime/new-id.js';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { sampleEntries, samplePrices } from '../../../../test/support/sample-entries.js';
import { proveFromExport } from '../verify/prove-from-export.js';
import { verifyLedger } from '../verify/verify-ledger.js';
import { verifyProof } from '../verify/verify-proof.js';

const signing = generateKeyPairSync('ed25519').privateKey;
const signerOf = (log: string) => checkpointSigner(`o10.example/${log}`, signing);
let database: TestDatabase;
let owner: Pool;
let apps: Pool;
let parts: ArchiveParts;
let scratch: string;
let month: string;

beforeEach(async () => {
  database = await createDatabase();
  owner = connectPool(database.url, 2);
  apps = connectPool((await applicationUrl(database.url, 'spec')) ?? '', 3, 'acme');
  parts = { pool: owner, newId: () => newId(Date.now()), nowMs: Date.now, actor: 'operations@acme.example' };
  scratch = await mkdtemp(join(tmpdir(), 'o10-archive-'));
  const { rows } = await owner.query<{ month: string }>(
    "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM') AS month",
  );
  month = rows[0]!.month;
  for (const [log, lines] of [
    ['acme', 600],
    ['rival', 30],
  ] as const) {
    await write(log, samplePrices(log), ...sampleEntries(lines - 1, 0, log));
    await new LedgerStore(owner, ledgerTree).checkpoint(log, signerOf(log));
  }
});
afterEach(async () => {
  await Promise.all([owner.end(), apps.end()]);
  await database.drop();
  await rm(scratch, { recursive: true });
});

async function write(log: string, ...entries: Entry[]): Promise<void> {
  const ledger = new LedgerStore(owner, ledgerTree);
  await ledger.append(entries);
  while ((await ledger.sequence(log)).sequenced > 0);
}
/** From here on lines are recorded two months later: the sequencer's clock never steps back. */
const laterMonth = () => owner.query("UPDATE ledger_state SET recorded_at = recorded_at + interval '65 days'");
async function exportOf(log: string, name: string): Promise<string> {
  const dir = join(scratch, name);
  await new LedgerStore(owner, ledgerTree).checkpoint(log, signerOf(log));
  await exportLedger(owner, ledgerTree, log, dir, signerOf(log).verifierKeys);
  return dir;
}
const archive = () => archiveMonth(parts, month, join(scratch, 'archive'));
const ofAcme = () => join(scratch, 'archive', 'acme');
const verify = (dir: string, archives: string[] = []) =>
  verifyLedger(dir, { keys: signerOf('acme').verifierKeys, archives });

test('archived, the ledger goes on and verifies with the archive; without it, it says which one is wanted', async () => {
  const outside = folderStore(join(scratch, 'outside'));
  const keys = signerOf('acme').verifierKeys;
  await new LedgerStore(apps, ledgerTree).exportTo('acme', outside, keys, 0);
  await laterMonth();
  expect(await archive()).toMatchObject([
    { log: 'acme', month, fromIndex: 0, toIndex: 600 },
    { log: 'rival', month, fromIndex: 0, toIndex: 30 },
  ]);
  const { rows } = await owner.query(
    'SELECT log, count(*)::int AS lines, min(kind) AS kind FROM ledger_entry GROUP BY 1 ORDER BY 1',
  );
  expect(rows).toEqual([
    { log: 'acme', lines: 1, kind: 'archive' },
    { log: 'rival', lines: 1, kind: 'archive' },
  ]);
  await write('acme', ...sampleEntries(400, 600));
  const live = await exportOf('acme', 'live');
  const whole = await verify(live, [ofAcme()]);
  expect(whole.problems).toEqual([]);
  expect(whole).toMatchObject({ ok: true, size: 1001, columnsCompared: 1001, kinds: { call: 999, archive: 1 } });
  expect((await verify(live)).problems.map(({ index, what }) => [index, what])).toContainEqual([
    0,
    `lines 0 to 600 are in the archive of ${month}: pass it with --archive`,
  ]);
  const [proof] = proveFromExport(live, sampleEntries(1, 500)[0]!.id, [ofAcme()]);
  expect(verifyProof(proof!.text, keys)).toMatchObject({ index: 501n, size: 1001n });

  // What was carried out of the owner's reach before, and goes on being, needs no archive.
  await new LedgerStore(apps, ledgerTree).exportTo('acme', outside, keys, 600);
  expect(await verify(join(scratch, 'outside'))).toMatchObject({ ok: true, size: 1001 });
});

test('an archive that was tampered with is found, by the verifier and by whoever brings it back', async () => {
  await laterMonth();
  await archive();
  const live = await exportOf('acme', 'live');
  const file = join(ofAcme(), 'tile/entries/001');
  const bytes = await readFile(file);
  await writeFile(
    file,
    Buffer.from(bytes.toString('latin1').replace('"latencyMs":812.5', '"latencyMs":812.6'), 'latin1'),
  );
  const { problems } = await verify(live, [ofAcme()]);
  expect(problems).toContainEqual({ index: 256, what: 'its bytes do not have the hash in the tree' });
  await expect(restoreMonth(owner, ofAcme())).rejects.toThrow('line 256 is not in the archive');
  expect((await owner.query('SELECT FROM ledger_entry')).rowCount).toBe(2);
  await rm(file);
  await expect(restoreMonth(owner, ofAcme())).rejects.toThrow('line 256 is not in the archive');
});

test('brought back for an audit: the same lines, the same sums, and nothing is missing', async () => {
  const rollUps = new RollUpStore(apps, 'acme', new LedgerStore(apps, ledgerTree));
  const spend = "INSERT INTO ledger_spend_state (log, next_index) VALUES ('acme', 599)";
  await owner.query(spend);
  await rollUps.grow();
  const before = await rollUps.read();
  const bytes =
    'SELECT *, recorded_at::text AS exactly FROM ledger_entry WHERE leaf_index < 600 ORDER BY log, leaf_index';
  const lines = (await owner.query(bytes)).rows;
  await laterMonth();
  await expect(archive()).rejects.toThrow('its sums are behind');
  await rm(join(scratch, 'archive'), { recursive: true });
  await owner.query('UPDATE ledger_spend_state SET next_index = 600');
  await archive();
  await rollUps.grow();
  expect(await rollUps.read()).toEqual(before);
  expect(await rollUps.check()).toMatchObject({ different: [], same: 0, fromDay: expect.stringMatching(/-02$/) });
  await rollUps.rebuild();
  expect(await rollUps.read()).toEqual(before);
  await owner.query('DELETE FROM ledger_rollup_state; DELETE FROM ledger_rollup');
  await expect(rollUps.grow()).rejects.toThrow(`${month} is archived`);

  for (const log of ['acme', 'rival']) await restoreMonth(owner, join(scratch, 'archive', log));
  expect((await owner.query(bytes)).rows.slice(0, 10)).toEqual(lines.slice(0, 10));
  await rollUps.rebuild();
  expect(await rollUps.read()).toEqual(before);
  expect(await verify(await exportOf('acme', 'again'))).toMatchObject({ ok: true });
  await expect(restoreMonth(owner, ofAcme())).rejects.toThrow('is not archived here');
  await expect(owner.query(`TRUNCATE ledger_entry_${month.replace('-', '')}`)).rejects.toThrow('append-only');
});

test('not before its time, not out of order, not half, and not by the apps', async () => {
  await expect(archive()).rejects.toThrow(`${month} is not over`);
  await laterMonth();
  await expect(archiveMonth(parts, '2001-01', join(scratch, 'early'))).rejects.toThrow(`${month} is the oldest`);
  await expect(archiveMonth(parts, 'last', join(scratch, 'last'))).rejects.toThrow('is no month');
  const asApps = archiveMonth({ ...parts, pool: apps }, month, join(scratch, 'apps'));
  await expect(asApps).rejects.toThrow(/permission denied|row-level security/);
  await expect(apps.query("INSERT INTO ledger_archive VALUES ('acme', '2020-01-01', 0, 9)")).rejects.toThrow(
    'permission denied',
  );
  await expect(apps.query('DELETE FROM ledger_archive')).rejects.toThrow('permission denied');
  expect((await owner.query('SELECT FROM ledger_entry')).rowCount).toBe(630);
  await archive();
  await expect(archive()).rejects.toThrow('is the oldest that is here');
});

test('what is not under a checkpoint stays', async () => {
  await write('acme', ...sampleEntries(1, 900));
  await laterMonth();
  await expect(archive()).rejects.toThrow('is not wholly under a checkpoint yet');
});
