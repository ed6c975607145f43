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
import { readStoredBundle, type StoredBundle } from './read-stored-bundle.js';
import { archivedRanges } from './archived-ranges.js';
import { type Queryable, readTiles } from './read-tiles.js';

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
    await writePrices(client, log, store, fromSize, Number(last.size));
    await writeTiles(target, BigInt(last.size));
    await writeBundles(target, BigInt(last.size));
    await store.put('keys.txt', verifierKeys.map((key) => `${key}\n`).join(''));
    for (const { size, note } of notes) await store.put(`checkpoints/${size}`, note);
    await store.put('checkpoint', last.note);
    return { size: Number(last.size), checkpoints: notes.length };
  };
  return inTransaction(pool, exportAll, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
}

/** Books are never changed, so each is written when one of these lines names it. */
export async function writePrices(
  client: Queryable,
  log: string,
  store: ObjectStore,
  fromIndex: number,
  toIndex: number,
): Promise<void> {
  const { rows } = await client.query<{ hash: string; rows: string }>(
    `SELECT DISTINCT ON (b.hash) b.hash, b.rows::text AS rows FROM ledger_entry e
     JOIN admin_price_book b ON b.hash = convert_from(e.bytes, 'UTF8')::jsonb #>> '{body,priceBook}'
     WHERE e.log = $1 AND e.kind = 'price_version' AND e.leaf_index >= $2 AND e.leaf_index < $3 ORDER BY b.hash`,
    [log, fromIndex, toIndex],
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

async function writeBundles(target: Target, size: bigint): Promise<void> {
  const { client, tree, log, store } = target;
  const archived = await archivedRanges(client, log);
  for (const span of tree.tilesOf(size)) {
    if (span.level > 0) break;
    const begin = Number(span.n) * 256;
    const end = begin + span.width;
    if (!isNew(target, span) || archived.some(({ from, to }) => from <= begin && end <= to)) continue;
    const bundle = await readStoredBundle(client, log, begin, end);
    if (begin < target.from) await keepExported(target, span, bundle);
    await store.put(tree.bundlePath(span), tree.encodeBundle(bundle.lines));
    await store.put(tree.columnsPath(span), `${bundle.columns.join('\n')}\n`);
  }
}

/** Lines that were archived since the earlier export are in its file, and nowhere else within reach. */
async function keepExported({ tree, store, from }: Target, { n }: TileSpan, bundle: StoredBundle): Promise<void> {
  const before = { level: 0, n, width: Number(from - n * 256n) };
  const [lines, columns] = await Promise.all([store.get(tree.bundlePath(before)), store.get(tree.columnsPath(before))]);
  if (!lines || !columns) return;
  const told = columns.toString('utf8').split('\n');
  for (const [at, line] of tree.decodeBundle(lines).entries()) {
    if (bundle.lines[at]?.length !== 0 || line.length === 0) continue;
    bundle.lines[at] = line;
    bundle.columns[at] = told[at] ?? 'null';
  }
}
