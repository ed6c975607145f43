/**
 * Writes a sealed log as files, in the layout of C2SP tlog-tiles, so that it can be checked without us and without
 * a database. It writes what is stored, damage included: finding damage is the verifier's work, not the exporter's.
 *
 *   checkpoint            the last signed note        tile/<level>/<n>      hashes
 *   checkpoints/<size>    all of them                 tile/entries/<n>      the lines, byte for byte
 *   keys.txt              verifier keys, one a line   columns/<n>           what the database shows of those lines
 *   prices/<hash>.json    rows of the price books the lines name
 */
import type { Pool, PoolClient } from 'pg';
import type { LedgerTree, TileSpan } from '#contracts/ledger-tree.js';
import { inTransaction } from './in-transaction.js';
import { newFolderStore, type ObjectStore } from './object-store.js';
import { readTiles } from './read-tiles.js';

export interface LedgerExport {
  /** Lines written: as many as the last checkpoint covers. */
  size: number;
  checkpoints: number;
}

const tilesAtOnce = 64;

interface Target {
  client: PoolClient;
  tree: LedgerTree;
  log: string;
  store: ObjectStore;
  /** Lines that an earlier export to the same store has written already: full tiles of them are not written again. */
  from: bigint;
}

/**
 * Requires a new or empty directory, and at least one checkpoint. `verifierKeys` are the signer's. All of one instant,
 * however long it takes.
 */
export async function exportLedger(
  pool: Pool,
  tree: LedgerTree,
  log: string,
  dir: string,
  verifierKeys: string[],
): Promise<LedgerExport> {
  const written = await exportTo(pool, tree, log, await newFolderStore(dir), verifierKeys, 0);
  if (!written) throw new Error(`Ledger ${log} has no checkpoint yet; nothing of it is sealed.`);
  return written;
}

/**
 * As `exportLedger`, to any store, leaving out what an export of `fromSize` lines has put there. The note that covers
 * the rest comes last: a reader in between finds the earlier ledger, whole. Null when nothing is sealed yet.
 */
export async function exportTo(
  pool: Pool,
  tree: LedgerTree,
  log: string,
  store: ObjectStore,
  verifierKeys: string[],
  fromSize: number,
): Promise<LedgerExport | null> {
  const exportAll = async (client: PoolClient): Promise<LedgerExport | null> => {
    const { rows: notes } = await client.query<{ size: string; note: string }>(
      'SELECT size, note FROM ledger_checkpoint WHERE log = $1 AND size > $2 ORDER BY size',
      [log, fromSize],
    );
    const last = notes.at(-1);
    if (!last) return null;
    const target: Target = { client, tree, log, store, from: BigInt(fromSize) };
    await writePrices(target);
    await writeTiles(target, BigInt(last.size));
    await writeBundles(target, BigInt(last.size));
    await store.put('keys.txt', verifierKeys.map((key) => `${key}\n`).join(''));
    for (const { size, note } of notes) await store.put(`checkpoints/${size}`, note);
    await store.put('checkpoint', last.note);
    return { size: Number(last.size), checkpoints: notes.length };
  };
  return inTransaction(pool, exportAll, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
}

/** Books are never changed, so each is written when a line of this export names it. */
async function writePrices({ client, log, store, from }: Target): Promise<void> {
  const { rows } = await client.query<{ hash: string; rows: string }>(
    `SELECT DISTINCT ON (b.hash) b.hash, b.rows::text AS rows FROM ledger_entry e
     JOIN admin_price_book b ON b.hash = convert_from(e.bytes, 'UTF8')::jsonb #>> '{body,priceBook}'
     WHERE e.log = $1 AND e.kind = 'price_version' AND e.leaf_index >= $2 ORDER BY b.hash`,
    [log, from.toString()],
  );
  for (const book of rows) await store.put(`prices/${book.hash}.json`, book.rows);
}

/** What the earlier export lacks: every unfinished tile, and the full ones with a line behind its last. */
const isNew = ({ from }: Target, { level, n, width }: TileSpan): boolean =>
  width < 256 || (n + 1n) << BigInt(8 * (level + 1)) > from;

async function writeTiles(target: Target, size: bigint): Promise<void> {
  const { client, tree, log, store } = target;
  const flush = async (spans: TileSpan[]) => {
    const tiles = await readTiles(client, log, spans);
    await Promise.all(spans.map((span, i) => store.put(tree.tilePath(span), tiles[i]!)));
  };
  let batch: TileSpan[] = [];
  for (const span of tree.tilesOf(size)) {
    if (!isNew(target, span)) continue;
    batch.push(span);
    if (batch.length === tilesAtOnce) batch = (await flush(batch), []);
  }
  await flush(batch);
}

interface StoredLine {
  leaf_index: string;
  bytes: Buffer;
  columns: string;
}

async function writeBundles(target: Target, size: bigint): Promise<void> {
  const { client, tree, log, store } = target;
  for (const span of tree.tilesOf(size)) {
    if (span.level > 0) break;
    if (!isNew(target, span)) continue;
    const begin = Number(span.n) * 256;
    // A line that is gone leaves an empty entry, so that those behind it keep their index.
    const entries = Array.from({ length: span.width }, (): Uint8Array => Buffer.alloc(0));
    const columns = Array.from({ length: span.width }, () => 'null');
    for (const line of await readLines(client, log, begin, begin + span.width)) {
      entries[Number(line.leaf_index) - begin] = line.bytes;
      columns[Number(line.leaf_index) - begin] = line.columns;
    }
    await store.put(tree.bundlePath(span), tree.encodeBundle(entries));
    await store.put(tree.columnsPath(span), `${columns.join('\n')}\n`);
  }
}

async function readLines(client: PoolClient, log: string, begin: number, end: number): Promise<StoredLine[]> {
  const { rows } = await client.query<StoredLine>({
    name: 'ledger_export',
    text: `
      SELECT leaf_index, bytes, json_build_object('log', log, 'kind', kind, 'entryId', entry_id, 'callId', call_id,
        'useCase', use_case, 'occurredMs', floor(extract(epoch FROM occurred_at) * 1000)::bigint,
        'costPico', cost_pico::text)::text AS columns
      FROM ledger_entry WHERE log = $1 AND leaf_index >= $2 AND leaf_index < $3`,
    values: [log, begin, end],
  });
  return rows;
}
