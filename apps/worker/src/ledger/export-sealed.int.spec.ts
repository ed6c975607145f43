/** What is sealed arrives outside, turn by turn, and verifies there after each. */
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkpointSigner } from '#domain/ledger/checkpoint.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { connectPool, type Pool } from '#postgres/connect-pool.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { sampleEntries, samplePrices } from '../../../../test/support/sample-entries.js';
import { verifyLedger } from '../../../cli/src/verify/verify-ledger.js';
import { ExportSealed } from './export-sealed.js';
import { exportTarget } from './export-target.js';

const signer = checkpointSigner('o10.example/acme', generateKeyPairSync('ed25519').privateKey);
let database: TestDatabase;
let pool: Pool;
let ledger: LedgerStore;
let dir: string;
beforeEach(async () => {
  database = await createDatabase();
  pool = connectPool(database.url, 3);
  ledger = new LedgerStore(pool, ledgerTree);
  dir = await mkdtemp(join(tmpdir(), 'o10-export-'));
  await ledger.append([samplePrices()]);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
  await rm(dir, { recursive: true });
});

async function grow(from: number, count: number): Promise<void> {
  await ledger.append(sampleEntries(count, from));
  while ((await ledger.sequence('acme')).sequenced > 0);
  await ledger.checkpoint('acme', signer);
}
const sealedTo = (settings: Parameters<typeof exportTarget>[0]) =>
  new ExportSealed({ ledger, signerOf: () => signer, storeOf: exportTarget(settings)! });

test('a folder holds a whole ledger after each turn, also when another process goes on', async () => {
  const settings = { O10_LEDGER_EXPORT_DIR: dir, AWS_REGION: '' };
  let exporting = sealedTo(settings);
  expect(await exporting.run()).toBe(0);
  for (const [from, count] of [
    [0, 99],
    [100, 400],
    [600, 300],
    [1_000, 1],
  ] as const) {
    await grow(from, count);
    await exporting.run();
    const { size, problems, columnsCompared } = await verifyLedger(join(dir, 'acme'), { keys: signer.verifierKeys });
    expect(problems).toEqual([]);
    expect(size).toBe(await ledger.size('acme'));
    expect(columnsCompared).toBe(size);
    if (from === 100) exporting = sealedTo(settings);
  }
  expect(await exporting.run()).toBe(0);
  const gone = await readFile(join(dir, 'acme/checkpoints/100'), 'utf8');
  expect(signer.open(gone).size).toBe(100n);
});

const keys = { id: 'AKIA', secret: 'secret' };

/**
 * The signature a request must have, worked out from what arrived: the steps of "Authenticating Requests: Using the
 * Authorization Header (AWS Signature Version 4)" in the reference of Amazon S3, and none of the client's code.
 */
function signatureOf({ method, url, headers }: IncomingMessage): string {
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const [, scope, signed] = /Credential=AKIA\/(\S+), SignedHeaders=(\S+), /.exec(headers.authorization ?? '') ?? [];
  const [day = '', region = '', service = ''] = scope?.split('/') ?? [];
  const named = signed?.split(';') ?? [];
  const path = decodeURIComponent(url ?? '').replace(/[^A-Za-z0-9\-._~/]/g, (mark) =>
    [...Buffer.from(mark)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
  const canonical = [
    ...[method, path, '', ...named.map((name) => `${name}:${String(headers[name]).trim()}`), ''],
    ...[signed, headers['x-amz-content-sha256']],
  ].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, digest].join('\n');
  const key = [region, service, 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${keys.secret}`, day));
  return hmac(key, text).toString('hex');
}

/** A store that speaks S3 as far as it is asked to: who signed, when, for where, over which bytes, and path-style keys. */
async function fakeStore(root: string): Promise<Server> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const { authorization = '', 'x-amz-content-sha256': hash, 'x-amz-date': date = '' } = request.headers;
    const told =
      /^AWS4-HMAC-SHA256 Credential=AKIA\/(\d{8})\/eu-test-1\/s3\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=([0-9a-f]{64})$/.exec(
        authorization,
      );
    const whole = hash === createHash('sha256').update(body).digest('hex');
    const signed = told?.[2] === signatureOf(request) && String(date).startsWith(told[1] ?? '-');
    if (!whole || !signed) return response.writeHead(403).end('SignatureDoesNotMatch');
    const file = join(root, decodeURIComponent(request.url ?? ''));
    if (request.method === 'PUT') {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, body);
      return response.writeHead(200).end();
    }
    const found = await readFile(file).catch(() => null);
    return found ? response.writeHead(200).end(found) : response.writeHead(404).end();
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

test('a store that speaks S3 holds it too; one that says no stops the turn, and the next one goes on', async () => {
  const server = await fakeStore(dir);
  const { port } = server.address() as AddressInfo;
  const settings = {
    O10_LEDGER_EXPORT_S3: `http://127.0.0.1:${port}/bucket/some/where (2026)`,
    AWS_REGION: 'eu-test-1',
    AWS_ACCESS_KEY_ID: keys.id,
    AWS_SECRET_ACCESS_KEY: keys.secret,
  };
  await grow(0, 300);
  for (const wrong of [{ AWS_REGION: 'elsewhere' }, { AWS_SECRET_ACCESS_KEY: 'another' }])
    await expect(sealedTo({ ...settings, ...wrong }).run()).rejects.toThrow('answered 403');
  await sealedTo(settings).run();
  await grow(500, 300);
  await sealedTo(settings).run();
  const report = await verifyLedger(join(dir, 'bucket/some/where (2026)/acme'), { keys: signer.verifierKeys });
  expect(report).toMatchObject({ ok: true, size: 601 });
  server.close();
  expect(() => exportTarget({ ...settings, AWS_SECRET_ACCESS_KEY: undefined })?.('acme')).toThrow(
    'needs AWS_ACCESS_KEY_ID',
  );
});
