/**
 * Writes a sealed log as files, in the layout of C2SP tlog-tiles, so that it can be checked without us and without
 * a database. It writes what is stored, damage included: finding damage is the verifier's work, not the exporter's.
 *
 *   checkpoint            the last signed note        tile/<level>/<n>      hashes
 *   checkpoints/<size>    all of them                 tile/entries/<n>      the lines, byte for byte
 *   keys.txt              verifier keys, one a line
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Pool, PoolClient } from 'pg';
import { Entry } from '#contracts/entry.js';
import type { LedgerTree, TileSpan } from '#contracts/ledger-tree.js';
import { inTransaction } from './in-transaction.js';
import { type EntryColumns, projectEntry } from './project-entry.js';
import { readTiles } from './read-tiles.js';

export interface LedgerExport {
  /** Lines written: as many as the last checkpoint covers. */
  size: number;
  checkpoints: number;
  /** Lines whose columns in the database say something else than their bytes. The files hold the bytes only. */
  misprojected: { index: number; column: string }[];
}

const tilesAtOnce = 64;

/** Requires a directory that is new or empty, and at least one checkpoint. `verifierKeys` are the signer's. */
export async function exportLedger(
  pool: Pool,
  tree: LedgerTree,
  log: string,
  dir: string,
  verifierKeys: string[],
): Promise<LedgerExport> {
  await mkdir(dir, { recursive: true });
  if ((await readdir(dir)).length > 0) throw new Error(`${dir} is not empty. Export into a new directory.`);
  const exportAll = async (client: PoolClient): Promise<LedgerExport> => {
    const { rows: notes } = await client.query<{ size: string; note: string }>(
      'SELECT size, note FROM ledger_checkpoint WHERE log = $1 ORDER BY size',
      [log],
    );
    const last = notes.at(-1);
    if (!last) throw new Error(`Ledger ${log} has no checkpoint yet; nothing of it is sealed.`);
    await write(dir, 'keys.txt', verifierKeys.map((key) => `${key}\n`).join(''));
    for (const { size, note } of notes) await write(dir, `checkpoints/${size}`, note);
    await write(dir, 'checkpoint', last.note);
    await writeTiles(client, tree, log, dir, BigInt(last.size));
    const misprojected = await writeBundles(client, tree, log, dir, BigInt(last.size));
    return { size: Number(last.size), checkpoints: notes.length, misprojected };
  };
  return inTransaction(pool, exportAll, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
}

async function write(dir: string, path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), content, { flag: 'wx' });
}

async function writeTiles(client: PoolClient, tree: LedgerTree, log: string, dir: string, size: bigint): Promise<void> {
  const flush = async (spans: TileSpan[]) => {
    const tiles = await readTiles(client, log, spans);
    await Promise.all(spans.map((span, i) => write(dir, tree.tilePath(span), tiles[i]!)));
  };
  let batch: TileSpan[] = [];
  for (const span of tree.tilesOf(size)) {
    batch.push(span);
    if (batch.length === tilesAtOnce) batch = (await flush(batch), []);
  }
  await flush(batch);
}

interface StoredLine {
  leaf_index: string;
  bytes: Buffer;
  columns: EntryColumns;
}

async function writeBundles(
  client: PoolClient,
  tree: LedgerTree,
  log: string,
  dir: string,
  size: bigint,
): Promise<LedgerExport['misprojected']> {
  const misprojected: LedgerExport['misprojected'] = [];
  for (const span of tree.tilesOf(size)) {
    if (span.level > 0) break;
    const begin = Number(span.n) * 256;
    const lines = await readLines(client, log, begin, begin + span.width);
    // A line that is gone leaves an empty entry, so that those behind it keep their index.
    const entries = Array.from({ length: span.width }, (): Uint8Array => Buffer.alloc(0));
    for (const { leaf_index, bytes, columns } of lines) {
      const index = Number(leaf_index);
      entries[index - begin] = bytes;
      misprojected.push(...wrongColumns(bytes, columns).map((column) => ({ index, column })));
    }
    await write(dir, tree.bundlePath(span), tree.encodeBundle(entries));
  }
  return misprojected;
}

async function readLines(client: PoolClient, log: string, begin: number, end: number): Promise<StoredLine[]> {
  const { rows } = await client.query<StoredLine>({
    name: 'ledger_export',
    text: `
      SELECT leaf_index, bytes, json_build_object('log', log, 'kind', kind, 'entryId', entry_id, 'callId', call_id,
        'useCase', use_case, 'occurredAt', to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        'costPico', cost_pico::text) AS columns
      FROM ledger_entry WHERE log = $1 AND leaf_index >= $2 AND leaf_index < $3`,
    values: [log, begin, end],
  });
  return rows;
}

/** Bytes that are no entry at all have no columns to compare; the verifier will say what is wrong with them. */
function wrongColumns(bytes: Buffer, stored: EntryColumns): string[] {
  let parsed: Entry;
  try {
    parsed = Entry.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return [];
  }
  const wanted = projectEntry(parsed);
  const sameInstant = Date.parse(`${stored.occurredAt}Z`) === Date.parse(wanted.occurredAt);
  return (Object.keys(wanted) as (keyof EntryColumns)[]).filter((column) =>
    column === 'occurredAt' ? !sameInstant : wanted[column] !== stored[column],
  );
}
