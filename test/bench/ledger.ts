/**
 * A ledger of a million lines: how fast lines come in and get their place, what they take on disk, and how fast the
 * exported files are checked, with how much memory. Prints each figure beside its target.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Entry } from '#contracts/entry.js';
import { checkpointSigner } from '#domain/ledger/checkpoint.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { applicationUrl } from '#postgres/application-role.js';
import { connectPool, type Pool } from '#postgres/connect-pool.js';
import { startEmbedded } from '#postgres/embedded/start-embedded.js';
import { exportLedger } from '#postgres/ledger/export-ledger.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { migrate } from '#postgres/migrate.js';
import { verifyLedger } from '../../apps/cli/src/verify/verify-ledger.js';
import { sampleEntries, samplePrices } from '../support/sample-entries.ts';

export interface LedgerFigures {
  lines: number;
  bytesPerLine: number;
  /** Appended and sequenced, at the same time, by the account of the apps. */
  ingestPerSecond: number;
  exportPerSecond: number;
  verifySeconds: number;
  verifyPerSecond: number;
  /** By the processor's clock, all threads together: what it is worth where others keep the machine busy. */
  verifyPerCpuSecond: number;
  proofHashes: number;
  proofBytes: number;
  tableBytesPerLine: number;
  /** Resident memory of this process when a quarter, half, three quarters and all lines were checked, with threads. */
  rssMb: number[];
  /** The same on one thread. */
  alonePerSecond: number;
  alonePerCpuSecond: number;
  aloneRssMb: number[];
  verified: boolean;
}

const projectDir = resolve(import.meta.dirname, '../..');
const log = 'acme';
const linesAtOnce = 1_000;
const writers = 3;
const sealEvery = 50_000;
const verifyTarget = 50_000;

export async function benchLedger({ lines = 1_000_000 } = {}): Promise<LedgerFigures> {
  const server = await startEmbedded({ projectDir, name: `bench-ledger-${process.pid}`, disposable: true });
  const scratch = await mkdtemp(join(tmpdir(), 'o10-bench-ledger-'));
  try {
    await migrate(server.url, `${projectDir}/prisma/migrations`);
    const appsUrl = (await applicationUrl(server.url, 'bench')) ?? server.url;
    const pool = connectPool(appsUrl, 8, log);
    const owner = connectPool(server.url, 1);
    const figures = await measure(pool, owner, join(scratch, 'export'), lines);
    await Promise.all([pool.end(), owner.end()]);
    print(figures);
    return figures;
  } finally {
    await server.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function measure(pool: Pool, owner: Pool, dir: string, lines: number): Promise<LedgerFigures> {
  const store = new LedgerStore(pool, ledgerTree);
  const signer = checkpointSigner(`bench.example/${log}`, generateKeyPairSync('ed25519').privateKey);
  const ingestMs = await timed(() => ingest(store, lines, () => store.checkpoint(log, signer)));
  await store.checkpoint(log, signer);
  const { rows } = await owner.query<{ bytes: string; body: string }>(
    `SELECT sum(pg_total_relation_size(oid)) FILTER (WHERE relname !~ 'inbox') AS bytes, (SELECT avg(octet_length(bytes)) FROM ledger_entry WHERE leaf_index < 10000) AS body
     FROM pg_class WHERE relname ~ '^ledger_(entry|tile|checkpoint|state|inbox)' AND relkind = 'r'`,
  );
  const { proof } = await store.inclusionProof(log, Math.floor(lines / 3), lines);
  const note = (await store.latestCheckpoint(log))?.note ?? '';
  const exportMs = await timed(() => exportLedger(pool, ledgerTree, log, dir, signer.verifierKeys));
  const alone = await timedVerify(dir, signer.verifierKeys, lines, 0);
  const threaded = await timedVerify(dir, signer.verifierKeys, lines, 2);
  return {
    lines,
    bytesPerLine: Math.round(Number(rows[0]!.body)),
    ingestPerSecond: Math.round(lines / (ingestMs / 1_000)),
    exportPerSecond: Math.round(lines / (exportMs / 1_000)),
    verifySeconds: threaded.seconds,
    verifyPerSecond: Math.round(lines / threaded.seconds),
    verifyPerCpuSecond: Math.round(lines / threaded.cpuSeconds),
    rssMb: threaded.rssMb,
    alonePerSecond: Math.round(lines / alone.seconds),
    alonePerCpuSecond: Math.round(lines / alone.cpuSeconds),
    aloneRssMb: alone.rssMb,
    proofHashes: proof.length,
    proofBytes: proof.length * 45 + note.length,
    tableBytesPerLine: Math.round(Number(rows[0]!.bytes) / lines),
    verified: alone.verified && threaded.verified,
  };
}

/** Files and keys only, as a reader would. */
async function timedVerify(dir: string, keys: string[], lines: number, threads: number) {
  const rssMb: number[] = [];
  const kept = await readFile(join(dir, 'checkpoint'), 'utf8');
  let verified = false;
  const before = process.cpuUsage();
  const ms = await timed(async () => {
    const report = await verifyLedger(dir, {
      keys,
      threads,
      keptCheckpoints: [kept],
      progress: (done, of) => {
        if (done * 4 >= of * (rssMb.length + 1)) rssMb.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
      },
    });
    verified = report.ok && report.size === lines && report.columnsCompared === lines;
    for (const { index, what } of report.problems.slice(0, 5)) process.stderr.write(`line ${index}: ${what}\n`);
  });
  const { user, system } = process.cpuUsage(before);
  return { seconds: Math.round(ms / 100) / 10, cpuSeconds: (user + system) / 1e6, rssMb, verified };
}

/** Writers append while one sequencer gives lines their place, as apps and worker do. */
async function ingest(store: LedgerStore, lines: number, seal: () => Promise<unknown>): Promise<void> {
  await store.append([samplePrices(log)]);
  let next = 0;
  let appended = 1;
  const write = async () => {
    while (next < lines - 1) {
      const from = next;
      next += linesAtOnce;
      const entries: Entry[] = sampleEntries(Math.min(linesAtOnce, lines - 1 - from), from, log);
      await store.append(entries);
      appended += entries.length;
    }
  };
  const sequence = async () => {
    for (let size = 0, sealed = 0; size < lines;) {
      if (appended === size) await new Promise((done) => setTimeout(done, 5));
      ({ size } = await store.sequence(log, 4_000));
      if (size - sealed >= sealEvery) [sealed] = [size, await seal()];
    }
  };
  await Promise.all([...Array.from({ length: writers }, write), sequence()]);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

function print(one: LedgerFigures): void {
  const met = one.verifyPerSecond >= verifyTarget && one.verified ? 'met' : 'MISSED';
  process.stdout.write(
    [
      `${one.lines} lines of ${one.bytesPerLine} bytes`,
      `ingest   ${one.ingestPerSecond} lines/s appended and sequenced`,
      `tables   ${one.tableBytesPerLine} bytes a line, indexes, keys and tiles included`,
      `export   ${one.exportPerSecond} lines/s`,
      `verify   ${one.verifySeconds} s, ${one.verifyPerSecond} lines/s (aim ${verifyTarget}: ${met}), ${one.verifyPerCpuSecond} a second of processor, ${one.verified ? 'verified' : 'NOT VERIFIED'}`,
      `memory   ${one.rssMb.join(', ')} MB after each quarter`,
      `alone    ${one.alonePerSecond} lines/s on one thread, ${one.alonePerCpuSecond} a second of processor, ${one.aloneRssMb.join(', ')} MB`,
      `proof    ${one.proofHashes} hashes, ${one.proofBytes} bytes with its checkpoint`,
      '',
    ].join('\n'),
  );
}
