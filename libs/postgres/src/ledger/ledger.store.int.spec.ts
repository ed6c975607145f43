/** The ledger on a real PostgreSQL: once per key, no gaps, all or nothing, one story, and nothing taken back. */
import { generateKeyPairSync } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Entry } from '#contracts/entry.js';
import { checkpointSigner } from '#domain/ledger/checkpoint.js';
import { appendToFrontier, emptyFrontier, rootOfFrontier } from '#domain/ledger/frontier.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { verifyInclusion } from '#domain/ledger/verify-proof.js';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { sampleEntries, sampleEntry, sampleId } from '../../../../test/support/sample-entries.js';
import { LedgerFault } from './ledger-fault.js';
import { LedgerStore } from './ledger.store.js';

let database: TestDatabase;
let pool: pg.Pool;
let store: LedgerStore;
const signer = checkpointSigner('o10.example/acme', generateKeyPairSync('ed25519').privateKey);

beforeEach(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 6 });
  // Dropping the database ends connections that are still closing.
  pool.on('error', () => {});
  store = new LedgerStore(pool, ledgerTree);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

async function sequenceAll(log = 'acme', max = 1000): Promise<void> {
  while ((await store.sequence(log, max)).sequenced > 0);
}
async function indexes(): Promise<number[]> {
  const { rows } = await pool.query<{ leaf_index: string }>('SELECT leaf_index FROM ledger_entry ORDER BY leaf_index');
  return rows.map((row) => Number(row.leaf_index));
}
async function collect<T>(lines: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const line of lines) all.push(line);
  return all;
}
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const rootOf = (count: number) =>
  rootOfFrontier(
    appendToFrontier(
      emptyFrontier,
      sampleEntries(count).map((entry) => ledgerTree.leafHash(ledgerTree.entryBytes(entry))),
    ),
  );
/** As the owner of the database could, having switched the guard off. */
async function tamper(sql: string): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    "SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'ledger_refuse_truncate'",
  );
  const unguarded = rows.map(({ name }) => `ALTER TABLE ${name} DISABLE TRIGGER USER;`);
  await pool.query(`${unguarded.join('')} ${sql}`);
}

test('a line is written once, in the inbox and in the ledger, and the first bytes stand', async () => {
  const entries = sampleEntries(3);
  expect(await store.append([...entries, entries[0]!])).toEqual({ appended: 3, already: 1, conflicts: [] });
  expect(await store.append(entries)).toEqual({ appended: 0, already: 3, conflicts: [] });
  expect(await store.pendingCount('acme')).toBe(3);
  await sequenceAll();
  const other = sampleEntry(1, { latencyMs: 99 });
  expect(await store.append([other, sampleEntry(3)])).toEqual({
    appended: 1,
    already: 0,
    conflicts: [{ log: 'acme', kind: 'call', id: sampleId(1) }],
  });
  await sequenceAll();
  expect(await indexes()).toEqual([0, 1, 2, 3]);
  expect([await store.size('acme'), await store.size('nobody'), await store.pendingCount()]).toEqual([4, 0, 0]);
});

test('a second copy that slipped into the inbox is dropped by the sequencer', async () => {
  await store.append(sampleEntries(2));
  await pool.query('CREATE TABLE copies AS SELECT * FROM ledger_inbox');
  await sequenceAll();
  await pool.query(`INSERT INTO ledger_inbox (log, kind, entry_id, occurred_at, bytes, leaf_hash)
    SELECT log, kind, entry_id, occurred_at, bytes, leaf_hash FROM copies`);
  expect(await store.sequence('acme', 10)).toEqual({ sequenced: 0, dropped: 2, size: 2 });
  expect(await store.pendingCount()).toBe(0);
});

test('what cannot be a line is refused by name, and nothing of its batch is written', async () => {
  const broken = sampleEntry(1);
  broken.body['outcome'] = 'lost';
  await expect(store.append([sampleEntry(0), broken])).rejects.toThrow(`call ${sampleId(1)} cannot be a line`);
  const long = sampleEntry(2, { requestedModel: 'x'.repeat(70_000) });
  await expect(store.append([long])).rejects.toThrow('a line has at most 65535');
  expect(await store.pendingCount()).toBe(0);
});

test('two sequencers at once and writers beside them: no gap, no second copy, one root', async () => {
  const count = 1500;
  const writer = async () => {
    for (let at = 0; at < count; at += 100) await store.append(sampleEntries(100, at));
  };
  const progress = { writing: true };
  const sequencer = async () => {
    while (progress.writing || (await store.pendingCount()) > 0) await store.sequence('acme', 70);
  };
  const sequencers = [sequencer(), sequencer()];
  await Promise.all([writer(), writer()]);
  progress.writing = false;
  await Promise.all(sequencers);
  expect(await indexes()).toEqual(upTo(count));
  const lines = await collect(store.entries('acme', { fromIndex: 0, toIndex: count }));
  expect(new Set(lines.map(({ entry }) => entry.id)).size).toBe(count);
  const times = lines.map(({ recordedAt }) => recordedAt);
  expect(times).toEqual([...times].sort());
  const hashes = lines.map(({ entry }) => ledgerTree.leafHash(ledgerTree.entryBytes(entry as Entry)));
  const root = rootOfFrontier(appendToFrontier(emptyFrontier, hashes));
  const { rows } = await pool.query<{ root: Buffer }>('SELECT root FROM ledger_state');
  expect(rows[0]!.root.equals(root)).toBe(true);
});

test('killed in the middle, a sequencer leaves nothing, and the next one everything', async () => {
  await store.append(sampleEntries(300));
  const blocker = await pool.connect();
  await blocker.query('BEGIN; LOCK TABLE ledger_tile IN EXCLUSIVE MODE');
  const failing = store.sequence('acme', 300).then(
    () => 'finished',
    (error: Error) => error.message,
  );
  // By now it has written 300 lines and waits to write the full tile.
  const waiting =
    "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO ledger_tile%' AND pid <> pg_backend_pid()";
  let pid: number | undefined;
  while (pid === undefined) pid = (await pool.query<{ pid: number }>(waiting)).rows[0]?.pid;
  await blocker.query('SELECT pg_terminate_backend($1)', [pid]);
  expect(await failing).toMatch(/terminat/i);
  await blocker.query('ROLLBACK');
  blocker.release();
  expect([await store.size('acme'), await store.pendingCount(), (await indexes()).length]).toEqual([0, 300, 0]);
  await sequenceAll();
  expect([await store.size('acme'), await store.pendingCount()]).toEqual([300, 0]);
  const { rows } = await pool.query<{ root: Buffer }>('SELECT root FROM ledger_state');
  expect(rows[0]!.root.equals(rootOf(300))).toBe(true);
});

test.each([
  ['a line is gone from the end', 'DELETE FROM ledger_entry WHERE leaf_index = 299', 'it has 299 lines and 300 keys'],
  ['a key is gone', 'DELETE FROM ledger_entry_key WHERE leaf_index = 280', 'hashes are missing'],
  ['a tile is gone', 'DELETE FROM ledger_tile', 'hashes are missing'],
  [
    'a hash was changed',
    "UPDATE ledger_entry_key SET leaf_hash = sha256('') WHERE leaf_index = 270",
    'is not the one on record',
  ],
  ['the size was set back', 'UPDATE ledger_state SET size = 299', 'is not the one on record'],
])('nothing is appended when %s', async (_, sql, message) => {
  await store.append(sampleEntries(301));
  await store.sequence('acme', 300);
  await tamper(sql);
  const refused = store.sequence('acme', 10);
  await expect(refused).rejects.toThrow(LedgerFault);
  await expect(refused).rejects.toThrow(message);
  expect(await store.pendingCount()).toBe(1);
});

test('a line altered while it waited does not get a place', async () => {
  await store.append(sampleEntries(2));
  await pool.query(`UPDATE ledger_inbox SET bytes = bytes || ' '::bytea WHERE entry_id = '${sampleId(1)}'`);
  await expect(store.sequence('acme')).rejects.toThrow('ledger_entry_hashed');
  expect([await store.size('acme'), await store.pendingCount()]).toEqual([0, 2]);
});

test('checkpoints follow from each other, and none is signed without growth', async () => {
  expect(await store.checkpoint('acme', signer)).toBeNull();
  for (const size of [1, 255, 256, 700]) {
    await store.append(sampleEntries(size));
    await sequenceAll();
    const note = await store.checkpoint('acme', signer);
    expect(signer.open(note!)).toMatchObject({ size: BigInt(size), root: rootOf(size) });
    expect(await store.checkpoint('acme', signer)).toBeNull();
  }
  expect(await store.latestCheckpoint('acme')).toMatchObject({ size: 700 });
  expect(await store.latestCheckpoint('nobody')).toBeNull();
});

test('a rewritten ledger is not signed: not against the last note, nor against the memory of the signer', async () => {
  await store.append(sampleEntries(40));
  await sequenceAll();
  const kept = (await store.checkpoint('acme', signer))!;
  await tamper(`TRUNCATE ledger_entry, ledger_entry_key, ledger_tile, ledger_state`);
  const shorter = sampleEntries(39).map((entry, i) => (i === 5 ? sampleEntry(5, { latencyMs: 1 }) : entry));
  await store.append([...shorter, ...sampleEntries(20, 100)]);
  await store.sequence('acme', 39);
  await expect(store.checkpoint('acme', signer)).rejects.toThrow('40 lines were sealed, 39 are left');
  await sequenceAll();
  await expect(store.checkpoint('acme', signer)).rejects.toThrow('do not begin with the 40 that were sealed');
  await tamper('TRUNCATE ledger_checkpoint');
  const memory = { last: () => Promise.resolve(kept), keep: () => Promise.reject(new Error('must not be asked')) };
  await expect(store.checkpoint('acme', { ...signer, memory })).rejects.toThrow('do not begin with the 40');
  const stranger = checkpointSigner('o10.example/acme', generateKeyPairSync('ed25519').privateKey);
  await expect(store.checkpoint('acme', { ...stranger, memory })).rejects.toThrow('does not open');
});

test('reads: ranges, kinds, use case, one call, proofs', async () => {
  const replay = sampleEntry(1000, {
    kind: 'shadow_replay',
    callId: sampleId(4),
    replayOf: sampleId(4),
    useCase: 'support',
  });
  await store.append([...sampleEntries(600), replay, ...sampleEntries(3, 0, 'other')]);
  await sequenceAll();
  await sequenceAll('other');
  const take = async (range: Parameters<LedgerStore['entries']>[1]) =>
    (await collect(store.entries('acme', range))).map(({ index }) => index);
  expect(await take({ fromIndex: 0, toIndex: 9_999 })).toEqual(upTo(601));
  expect(await take({ fromIndex: 254, toIndex: 258 })).toEqual([254, 255, 256, 257]);
  expect(await take({ fromIndex: 0, toIndex: 601, useCase: 'search' })).toEqual(upTo(600).filter((i) => i % 2 === 1));
  expect(await take({ fromIndex: 0, toIndex: 601, kinds: ['shadow_replay', 'judge'] })).toEqual([600]);
  const about = await store.findByCall(sampleId(4));
  expect(about.map(({ entry }) => [entry.log, entry.kind])).toEqual(
    expect.arrayContaining([
      ['acme', 'call'],
      ['acme', 'shadow_replay'],
    ]),
  );
  expect(await store.logs()).toEqual(['acme', 'other']);
  for (const [index, size] of [
    [0, 1],
    [255, 256],
    [300, 555],
    [600, 601],
  ] as const) {
    const { leafHash, proof, root } = await store.inclusionProof('acme', index, size);
    expect(verifyInclusion({ index: BigInt(index), size: BigInt(size), leafHash, proof, root })).toBe(true);
    if (size <= 600) expect(Buffer.compare(root, rootOf(size))).toBe(0);
  }
  await expect(store.inclusionProof('acme', 601, 601)).rejects.toThrow('not among the first 601');
  await expect(store.inclusionProof('acme', 601, 602)).rejects.toThrow('hashes are missing');
});

test('the columns say what the bytes say, and a line without a cost has none', async () => {
  const event = { ...sampleEntry(1), kind: 'key_event' as const, actor: 'admin', body: { event: 'issued' } };
  await store.append([sampleEntry(7), event]);
  await sequenceAll();
  const { rows } = await pool.query(
    'SELECT kind, entry_id, call_id, use_case, cost_pico FROM ledger_entry ORDER BY leaf_index',
  );
  expect(rows).toEqual([
    { kind: 'call', entry_id: sampleId(7), call_id: sampleId(7), use_case: 'search', cost_pico: '2570000000' },
    { kind: 'key_event', entry_id: sampleId(1), call_id: null, use_case: null, cost_pico: null },
  ]);
});

const guarded = ['ledger_entry', 'a partition', 'ledger_entry_key', 'ledger_tile', 'ledger_checkpoint'];
test.each(guarded.flatMap((table) => ['origin', 'replica'].map((role) => [table, role])))(
  '%s refuses update, delete and truncate (session_replication_role %s)',
  async (name, role) => {
    await store.append(sampleEntries(260));
    await sequenceAll();
    await store.checkpoint('acme', signer);
    const partitions = await pool.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relispartition AND relkind = 'r'",
    );
    const table = name === 'a partition' ? partitions.rows[0]!.name : name;
    const client = await pool.connect();
    await client.query(`SET session_replication_role = ${role}`);
    const statements = [
      `UPDATE ${table} SET log = 'other'`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table}`,
      `WITH gone AS (DELETE FROM ${table} RETURNING 1) SELECT count(*) FROM gone`,
      `MERGE INTO ${table} t USING (SELECT 'acme' AS log) s ON t.log = s.log WHEN MATCHED THEN DELETE`,
    ];
    for (const statement of statements) await expect(client.query(statement), statement).rejects.toThrow('append-only');
    client.release(true);
    expect(await store.size('acme')).toBe(260);
  },
);

test('a line recorded in a new month gets a guarded partition, and one month is made once', async () => {
  await Promise.all(upTo(4).map(() => pool.query("SELECT ledger_ensure_partition('2031-02-17')")));
  await expect(pool.query('TRUNCATE ledger_entry_203102')).rejects.toThrow('append-only');
  const { rows } = await pool.query<{ bound: string }>(
    "SELECT pg_get_expr(relpartbound, oid) AS bound FROM pg_class WHERE relname = 'ledger_entry_203102'",
  );
  expect(rows).toHaveLength(1);
});
