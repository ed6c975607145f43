/** A subject is forgotten: its payloads cannot be read, also from an old copy of the rows, and the ledger verifies. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Retention } from '#contracts/venue.js';
import { checkpointSigner } from '#domain/ledger/checkpoint.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { applicationUrl } from '#postgres/application-role.js';
import { connectPool, type Pool } from '#postgres/connect-pool.js';
import { exportLedger } from '#postgres/ledger/export-ledger.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { PayloadStore } from '#postgres/payload/payload.store.js';
import { newId } from '#runtime/new-id.js';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { sampleEntries, sampleId, samplePrices } from '../../../../test/support/sample-entries.js';
import { verifyLedger } from '../verify/verify-ledger.js';
import { eraseSubject } from './erase-subject.js';

const nowMs = Date.parse('2026-11-21T00:00:00.000Z');
const dayMs = 86_400_000;
let database: TestDatabase;
let pool: Pool;
let owner: Pool;
let payloads: PayloadStore;
beforeEach(async () => {
  database = await createDatabase();
  pool = connectPool((await applicationUrl(database.url, 'spec')) ?? '', 3, 'acme');
  owner = connectPool(database.url, 1);
  payloads = new PayloadStore(pool, 'acme', randomBytes(32));
});
afterEach(async () => {
  await Promise.all([pool.end(), owner.end()]);
  await database.drop();
});

const keep = (n: number, subject: string, retention: Retention = 'full', days = 30, saidAtMs = nowMs) =>
  payloads.put(
    {
      ...{ callId: sampleId(n), useCase: 'support', subject, saidAtMs },
      text: Buffer.from(`I am ${subject}, and my invoice is wrong`),
    },
    { retention, days },
    nowMs,
  );
const read = async (n: number, atMs = nowMs) => (await payloads.get(sampleId(n), atMs))?.toString() ?? null;

test('of a use case that keeps nothing, nothing is ever stored: no payload, no key, no subject', async () => {
  expect(await keep(1, 'Ada', 'zero')).toBe(false);
  expect(await keep(2, 'Ada', 'metadata_only')).toBe(false);
  expect(await keep(3, 'Ada', 'full', 0)).toBe(false);
  const { rows } = await owner.query(
    'SELECT (SELECT count(*) FROM payload) + (SELECT count(*) FROM payload_subject) AS all',
  );
  expect(rows).toEqual([{ all: '0' }]);
});

test('what is kept is sealed, and gone after its days', async () => {
  await keep(1, 'Ada');
  await keep(2, 'Ada', 'redacted', 2);
  expect([await read(1), await read(2)]).toEqual(Array(2).fill('I am Ada, and my invoice is wrong'));
  const { rows } = await owner.query<{ all: string }>(
    'SELECT payload::text || s::text AS all FROM payload, payload_subject s',
  );
  for (const { all } of rows) expect(all + Buffer.from(all, 'hex').toString()).not.toMatch(/Ada|invoice/);
  expect(await read(2, nowMs + 2 * dayMs)).toBeNull();
  expect(await payloads.sweep(nowMs + 3 * dayMs)).toBe(1);
  expect(await read(1, nowMs + 3 * dayMs)).not.toBeNull();
});

test(
  'erased: unreadable for good, others untouched, a line in the ledger, which verifies',
  { timeout: 60_000 },
  async () => {
    const ledger = new LedgerStore(pool, ledgerTree);
    const signer = checkpointSigner('o10.example/acme', generateKeyPairSync('ed25519').privateKey);
    await ledger.append([samplePrices(), ...sampleEntries(300)]);
    await ledger.sequence('acme');
    const kept = await ledger.checkpoint('acme', signer);
    for (const n of [1, 2]) await keep(n, 'Ada');
    await keep(3, 'Bob');
    const copy = await owner.query<{ organisation: string; sealed: Buffer; subject: Buffer }>(
      'SELECT * FROM payload WHERE call_id = $1',
      [sampleId(1)],
    );
    const parts = {
      organisation: 'acme',
      payloads,
      ledger,
      actor: 'privacy@acme.example',
      newId: () => newId(nowMs),
      nowMs: () => nowMs,
    };
    const erased = await eraseSubject(parts, 'Ada', 'asked by the subject');
    expect(erased.payloads).toBe(2);
    expect([await read(1), await read(3)]).toEqual([null, 'I am Bob, and my invoice is wrong']);

    // Somebody lays the old row back, and the subject comes again: what was sealed under the old key stays shut.
    expect(await keep(5, 'Ada', 'full', 30, nowMs - 1)).toBe(false); // said before, and still on its way
    await keep(4, 'Ada', 'full', 30, nowMs + 1);
    await owner.query(
      `INSERT INTO payload (organisation, call_id, use_case, subject, level, sealed, expires_at) VALUES ('acme', $1, 'support', $2, 'full', $3, now() + interval '1 day')`,
      [sampleId(1), copy.rows[0]!.subject, copy.rows[0]!.sealed],
    );
    await expect(read(1)).rejects.toThrow();
    expect((await eraseSubject(parts, 'Nobody', 'asked')).payloads).toBe(0);

    await ledger.sequence('acme');
    await ledger.checkpoint('acme', signer);
    const dir = await mkdtemp(join(tmpdir(), 'o10-erased-'));
    await exportLedger(pool, ledgerTree, 'acme', join(dir, 'export'), signer.verifierKeys);
    const report = await verifyLedger(join(dir, 'export'), { keptCheckpoints: [kept!] });
    expect(report).toMatchObject({ ok: true, size: 303, kinds: { erasure: 2 } });
    await rm(dir, { recursive: true });
  },
);

test('another organisation finds neither payload nor key', async () => {
  await keep(1, 'Ada');
  const rival = connectPool((await applicationUrl(database.url, 'spec')) ?? '', 1, 'rival');
  expect((await rival.query('SELECT FROM payload')).rowCount).toBe(0);
  expect((await rival.query('DELETE FROM payload_subject')).rowCount).toBe(0);
  await rival.end();
  expect(await read(1)).not.toBeNull();
});
