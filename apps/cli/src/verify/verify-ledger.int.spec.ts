/** A ledger is written, sealed, exported and verified; then tampered with, in the database and in the files. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkpointSigner } from '#domain/ledger/checkpoint.js';
import { decodeBundle, encodeBundle } from '#domain/ledger/entry-bundle.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { exportLedger } from '#postgres/ledger/export-ledger.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { sampleEntries, samplePrices } from '../../../../test/support/sample-entries.js';
import { verifyLedger } from './verify-ledger.js';

let database: TestDatabase;
let pool: pg.Pool;
let store: LedgerStore;
let scratch: string;
const signer = checkpointSigner('o10.example/acme', generateKeyPairSync('ed25519').privateKey);
const mine = { keys: signer.verifierKeys, origin: signer.origin };

beforeEach(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  // Dropping the database ends connections that are still closing.
  pool.on('error', () => {});
  store = new LedgerStore(pool, ledgerTree);
  scratch = await mkdtemp(join(tmpdir(), 'ledger-'));
});
afterEach(async () => {
  await pool.end();
  await database.drop();
  await rm(scratch, { recursive: true });
});

/** The first names the prices of the others. */
const lines = (count: number) => [samplePrices(), ...sampleEntries(count - 1)];
async function seal(count: number): Promise<string> {
  await store.append(lines(count));
  while ((await store.sequence('acme', 300)).sequenced > 0);
  return (await store.checkpoint('acme', signer))!;
}
async function exported(): Promise<string> {
  const dir = join(scratch, 'export');
  await exportLedger(pool, ledgerTree, 'acme', dir, signer.verifierKeys);
  return dir;
}
async function tamper(sql: string): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    "SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'ledger_refuse_truncate'",
  );
  const unguarded = rows.map(({ name }) => `ALTER TABLE ${name} DISABLE TRIGGER USER;`);
  await pool.query(`${unguarded.join('')} ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_hashed; ${sql}`);
}
const inTree = (problems: { index: number | null; what: string }[]) => problems.filter(({ index }) => index !== null);
const rehash = "leaf_hash = sha256('\\x00'::bytea || bytes)";
const dearer =
  "bytes = convert_to(replace(convert_from(bytes, 'UTF8'), '\"latencyMs\":812.5', '\"latencyMs\":812.6'), 'UTF8')";

test('an honest ledger verifies, with the keys of the reader and those of the folder', async () => {
  const notes = [];
  for (const size of [1, 200, 256, 700]) notes.push(await seal(size));
  const dir = await exported();
  const report = await verifyLedger(dir, { ...mine, keptCheckpoints: notes });
  expect(report.problems).toEqual([]);
  expect(report).toMatchObject({
    ok: true,
    size: 700,
    columnsCompared: 700,
    envelopesUnchecked: { acme: 699 },
    checkpoints: 4,
    keptCheckpoints: 4,
    log: 'acme',
    keysFrom: 'reader',
  });
  expect(report.root).toBe(Buffer.from(signer.open(notes.at(-1)!).root).toString('hex'));
  const sum = sampleEntries(699).reduce((total, { body }) => total + BigInt(String(body['costPicoUsd'])), 0n);
  const { search, support } = report.totals;
  expect(BigInt(search!.costPicoUsd) + BigInt(support!.costPicoUsd)).toBe(sum);
  expect([search!.calls, support!.calls]).toEqual([349, 350]);
  expect(await verifyLedger(dir)).toMatchObject({ ok: true, keysFrom: 'export', origin: 'o10.example/acme' });
  await expect(exported()).rejects.toThrow('is not empty');
});

test('lines behind the last checkpoint are not exported, and a log without one is not', async () => {
  await store.append(lines(5));
  await expect(exported()).rejects.toThrow('has no checkpoint yet');
  await rm(join(scratch, 'export'), { recursive: true });
  await seal(5);
  await store.append(lines(9));
  await store.sequence('acme');
  expect(await verifyLedger(await exported(), mine)).toMatchObject({ ok: true, size: 5 });
});

test.each<[string, string, number, string]>([
  [
    'one byte of a line in a full tile',
    `UPDATE ledger_entry SET ${dearer} WHERE leaf_index = 7`,
    7,
    'do not have the hash in the tree',
  ],
  [
    'a line and its hash',
    `UPDATE ledger_entry SET ${dearer} WHERE leaf_index = 299; UPDATE ledger_entry SET ${rehash}`,
    299,
    'do not have the hash',
  ],
  ['a deleted line', 'DELETE FROM ledger_entry WHERE leaf_index = 11', 11, 'the line is missing'],
  ['a deleted last line', 'DELETE FROM ledger_entry WHERE leaf_index = 299', 299, 'the line is missing'],
  [
    'lines in another order',
    'UPDATE ledger_entry SET leaf_index = 1000 WHERE leaf_index = 3; UPDATE ledger_entry SET leaf_index = 3 WHERE leaf_index = 4; UPDATE ledger_entry SET leaf_index = 4 WHERE leaf_index = 1000',
    3,
    'holds the line of index 4',
  ],
])('tampering in the database is found and named: %s', async (_, sql, index, what) => {
  await seal(300);
  await tamper(sql);
  const report = await verifyLedger(await exported(), mine);
  expect(report.ok).toBe(false);
  expect(inTree(report.problems)[0]).toEqual({ index, what: expect.stringContaining(what) });
  const heads = report.problems.filter(({ index: at }) => at === null).map(({ what: text }) => text);
  expect(heads).toContain('checkpoints/300: the first 300 lines do not have the signed root; the tiles give this one');
});

test('a line rewritten with every hash of it contradicts the signed root', async () => {
  await seal(100);
  await seal(300);
  await tamper(`UPDATE ledger_entry SET ${dearer} WHERE leaf_index = 280; UPDATE ledger_entry SET ${rehash};
    UPDATE ledger_entry_key k SET leaf_hash = e.leaf_hash FROM ledger_entry e WHERE e.leaf_index = k.leaf_index`);
  const { problems } = await verifyLedger(await exported(), mine);
  const neither = 'the first 300 lines do not have the signed root; nor do the tiles give it';
  expect(problems).toEqual([
    { index: null, what: `checkpoint: ${neither}` },
    { index: null, what: `checkpoints/300: ${neither}` },
  ]);
});

test('a ledger cut off with its checkpoints is found by a checkpoint the reader kept', async () => {
  await seal(100);
  const kept = await seal(300);
  await tamper(`DELETE FROM ledger_checkpoint WHERE size = 300; DELETE FROM ledger_tile;
    DELETE FROM ledger_entry WHERE leaf_index >= 100; DELETE FROM ledger_entry_key WHERE leaf_index >= 100`);
  const dir = await exported();
  expect(await verifyLedger(dir, mine)).toMatchObject({ ok: true, size: 100 });
  const report = await verifyLedger(dir, { ...mine, keptCheckpoints: [kept] });
  expect(report.problems).toEqual([
    { index: 100, what: 'the lines end here; kept checkpoint 1 covers 300: the tail was cut off' },
  ]);
});

test('columns that no longer say what the bytes say are found', async () => {
  await seal(20);
  await tamper('UPDATE ledger_entry SET cost_pico = 1, use_case = NULL WHERE leaf_index = 9');
  const report = await verifyLedger(await exported(), mine);
  expect(report.problems).toEqual([
    { index: 9, what: 'the database says something else in its columns: useCase, costPico' },
  ]);
  expect(report.columnsCompared).toBe(20);
});

test('tampering with the files is found and named', async () => {
  await seal(100);
  await seal(600);
  const dir = await exported();
  const changed = async (path: string, change: (bytes: Buffer) => Uint8Array | string | null) => {
    const file = join(dir, path);
    const before = await readFile(file);
    const after = change(Buffer.from(before));
    if (after === null) await rename(file, `${file}.gone`);
    else await writeFile(file, after);
    const report = await verifyLedger(dir, mine);
    await writeFile(file, before);
    return report.problems;
  };
  const firstLine = (problems: Awaited<ReturnType<typeof changed>>) => inTree(problems)[0];
  const bit = (at: number) => (bytes: Buffer) => ((bytes[at]! ^= 1), bytes);
  const bundled = (change: (lines: Buffer[]) => Buffer[]) => (bytes: Buffer) =>
    encodeBundle(change(decodeBundle(bytes)));

  expect(firstLine(await changed('tile/entries/000', bit(40)))).toMatchObject({
    index: 0,
    what: expect.stringContaining('do not have the hash'),
  });
  const without = await changed(
    'tile/entries/001',
    bundled((all) => all.toSpliced(4, 1)),
  );
  expect(inTree(without).slice(0, 2)).toEqual([
    { index: 256, what: 'tile/entries/001 holds 255 lines instead of 256' },
    { index: 260, what: 'holds the line of index 261' },
  ]);
  const swapped = await changed(
    'tile/entries/002.p/88',
    bundled(([a, b, ...rest]) => [b!, a!, ...rest]),
  );
  expect(inTree(swapped)).toEqual([
    { index: 512, what: 'holds the line of index 513' },
    { index: 513, what: 'holds the line of index 512' },
  ]);
  expect(firstLine(await changed('tile/entries/001', () => null))).toEqual({
    index: 256,
    what: 'tile/entries/001 is missing',
  });
  expect(firstLine(await changed('tile/entries/002.p/88', (bytes) => bytes.subarray(0, -9)))?.what).toContain(
    'entry 87 of the bundle is cut off',
  );
  expect(firstLine(await changed('tile/0/001', bit(32 * 5)))).toEqual({
    index: 261,
    what: 'its bytes do not have the hash in the tree',
  });
  expect(await changed('tile/1/000.p/2', bit(1))).toEqual([
    { index: null, what: 'tile/1/000.p/2 does not follow from the tiles below it' },
  ]);
  expect(await changed('checkpoints/100', (bytes) => bytes.toString().replace('\n100\n', '\n101\n'))).toEqual([
    { index: null, what: 'checkpoints/100: the signature of o10.example/acme does not belong to this text' },
  ]);
  const forger = checkpointSigner('o10.example/acme', generateKeyPairSync('ed25519').privateKey);
  const forged = await forger.sign({ size: 600n, root: Buffer.alloc(32) });
  expect(await changed('checkpoint', () => forged)).toEqual([
    { index: null, what: 'checkpoint: no known key signed this note' },
  ]);
  const twoStories = await signer.sign({ size: 300n, root: Buffer.alloc(32) });
  expect((await changed('checkpoints/100', () => twoStories))[0]!.what).toContain(
    'the first 300 lines do not have the signed root',
  );
  expect((await verifyLedger(dir, mine)).problems).toEqual([]);
});

test('a folder without anything in it is no ledger', async () => {
  const report = await verifyLedger(scratch);
  expect(report).toMatchObject({
    ok: false,
    size: 0,
    problems: [{ index: null, what: 'no checkpoint of this folder is signed by a known key' }],
  });
});
