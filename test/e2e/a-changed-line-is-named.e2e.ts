/** The built command over exported files: what it says of an honest ledger and of one with a changed byte, with threads and without. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpointSigner } from '#domain/ledger/checkpoint.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { connectPool } from '#postgres/connect-pool.js';
import { exportLedger } from '#postgres/ledger/export-ledger.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import type { LedgerReport } from '../../apps/cli/src/verify/verify-ledger.js';
import { createDatabase, projectDir } from '../support/database.js';
import { sampleEntries, samplePrices } from '../support/sample-entries.js';

const scratch = mkdtempSync(join(tmpdir(), 'o10-verify-'));
const dir = join(scratch, 'export');
const signer = checkpointSigner('o10.example/acme', generateKeyPairSync('ed25519').privateKey);

beforeAll(async () => {
  const database = await createDatabase();
  const pool = connectPool(database.url, 2);
  const store = new LedgerStore(pool, ledgerTree);
  await store.append([samplePrices(), ...sampleEntries(2_999)]);
  while ((await store.sequence('acme')).sequenced > 0);
  await store.checkpoint('acme', signer);
  await exportLedger(pool, ledgerTree, 'acme', dir, signer.verifierKeys);
  await pool.end();
  await database.drop();
});
afterAll(() => rmSync(scratch, { recursive: true }));

function o10(...args: string[]): Promise<{ code: number; said: string }> {
  const cli = join(projectDir, 'dist/apps/cli/src/main.js');
  return new Promise((resolve) =>
    execFile(process.execPath, [cli, ...args], { maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, said: stdout || stderr }),
    ),
  );
}

async function verify(threads: number): Promise<{ code: number; report: LedgerReport }> {
  const options = ['--json', '--threads', String(threads), '--key', signer.verifierKeys[0]!];
  const { code, said } = await o10('verify', 'ledger', dir, ...options);
  return { code, report: JSON.parse(said) as LedgerReport };
}

test('an honest ledger passes, and both ways say the same of it', async () => {
  const [threaded, alone] = await Promise.all([verify(2), verify(0)]);
  expect(threaded).toMatchObject({ code: 0, report: { ok: true, size: 3_000, columnsCompared: 3_000 } });
  expect(threaded).toEqual(alone);
});

test('a proof of one line stands by itself, under a key one trusts', async () => {
  const { id } = sampleEntries(1, 1_700)[0]!;
  const file = join(scratch, 'proof');
  expect(await o10('ledger', 'prove', id, '--from', dir, '--out', file)).toMatchObject({ code: 0 });
  const proven = await o10('verify', 'proof', file, '--key', signer.verifierKeys[0]!);
  expect(proven).toMatchObject({ code: 0, said: expect.stringContaining('verified, line 1701 of 3000') });
  const other = checkpointSigner('o10.example/acme', generateKeyPairSync('ed25519').privateKey).verifierKeys[0]!;
  expect((await o10('verify', 'proof', file, '--key', other)).code).toBe(1);
  const told = readFileSync(file, 'utf8');
  const line = told.split('\n').toSorted((left, right) => right.length - left.length)[0]!;
  const forged = Buffer.from(
    Buffer.from(line.split(' ').at(-1)!, 'base64').toString().replace('"status":200', '"status":201'),
  );
  writeFileSync(file, told.replace(line.split(' ').at(-1)!, forged.toString('base64')));
  expect(readFileSync(file, 'utf8')).not.toBe(told);
  expect((await o10('verify', 'proof', file, '--key', signer.verifierKeys[0]!)).code).toBe(1);
});

test('a tail that was cut off is seen by who kept a checkpoint', async () => {
  const known = join(scratch, 'known');
  writeFileSync(known, await signer.sign({ size: 3_100n, root: Buffer.alloc(32, 7) }));
  const { code, said } = await o10('verify', 'ledger', dir, '--key', signer.verifierKeys[0]!, '--known', known);
  expect([code, said]).toEqual([1, expect.stringContaining('the tail was cut off')]);
});

test('a changed byte, a line twice and a file that is gone are named, and both ways say the same', async () => {
  const file = (n: string) => join(dir, 'tile/entries', n);
  const changed = readFileSync(file('003')).toString('latin1').replace('"latencyMs":812.5', '"latencyMs":812.6');
  writeFileSync(file('003'), Buffer.from(changed, 'latin1'));
  writeFileSync(file('005'), readFileSync(file('004')));
  rmSync(file('007'));
  const [threaded, alone] = await Promise.all([verify(2), verify(0)]);
  expect(threaded).toEqual(alone);
  const { code, report } = threaded;
  expect([code, report.ok]).toEqual([1, false]);
  expect(report.problems).toContainEqual({ index: 768, what: 'its bytes do not have the hash in the tree' });
  expect(report.problems).toContainEqual({
    index: 1_280,
    what: expect.stringMatching(/^attempt .* was settled before, by line 1024$/),
  });
  expect(report.problems).toContainEqual({ index: 1_792, what: 'the line is missing' });
});
