/**
 * Moves the lines of a month from the database into files: written, read back against the hashes in the tree, said in the
 * ledger, and only then taken away. Keys, tiles and checkpoints stay, so that the log goes on and the files can be held
 * against it. For the owner: whoever connects as the apps do cannot take a partition.
 */
import { join } from 'node:path';
import type { Pool, PoolClient } from 'pg';
import type { ArchiveManifest } from '#contracts/entry-bodies.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { folderStore, newFolderStore, type ObjectStore } from '../ledger/object-store.js';
import { writePrices } from '../ledger/export-ledger.js';
import { inTransaction } from '../ledger/in-transaction.js';
import { LedgerFault } from '../ledger/ledger-fault.js';
import { LedgerStore } from '../ledger/ledger.store.js';
import { readStoredBundle } from '../ledger/read-stored-bundle.js';
import { requireArchived } from './require-archived.js';

export interface ArchiveParts {
  /** Of an account that sees every row and owns the tables. */
  pool: Pool;
  newId: () => string;
  nowMs: () => number;
  /** Who asks. */
  actor: string;
  /** Told of lines as they are written. */
  progress?: (done: number, of: number) => void;
}

const tile = 256;

/**
 * `month` is `2026-10`; `dir` is new or empty. Returns what each folder `<dir>/<log>` holds. Throws, with every line where
 * it was, unless the month is over, is the oldest, and is wholly under a checkpoint.
 */
export async function archiveMonth(parts: ArchiveParts, month: string, dir: string): Promise<ArchiveManifest[]> {
  const { pool } = parts;
  const archives = await inTransaction(pool, (client) => linesOf(client, month), seeingAll);
  await newFolderStore(dir);
  for (const archive of archives) await writeArchive(parts, archive, folderStore(join(dir, archive.log)));
  for (const archive of archives) await requireArchived(pool, archive, folderStore(join(dir, archive.log)));
  for (const archive of archives) await sayArchived(parts, archive);
  await inTransaction(pool, (client) => takeAway(client, month, archives), seeingAll);
  return archives;
}

/** An account that does not see every row is refused by the server: what it does not see would be lost. */
const seeingAll =
  'BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL row_security = off; SET LOCAL statement_timeout = 0';
const partitionOf = (month: string): string => `ledger_entry_${month.replace('-', '')}`;

/** What of which log was recorded in the month. */
async function linesOf(client: PoolClient, month: string): Promise<ArchiveManifest[]> {
  await requireOldestAndOver(client, month);
  const { rows } = await client.query<{ log: string; from: string; to: string; lines: string; sealed: string | null }>(`
    SELECT log, min(leaf_index) AS from, max(leaf_index) + 1 AS to, count(*) AS lines,
      (SELECT max(size) FROM ledger_checkpoint c WHERE c.log = e.log) AS sealed
    FROM ${partitionOf(month)} e GROUP BY log ORDER BY log`);
  return rows.map(({ log, from, to, lines, sealed }) => {
    const [fromIndex, toIndex] = [Number(from), Number(to)];
    if (toIndex - fromIndex !== Number(lines))
      throw new LedgerFault(log, `of lines ${from} to ${to} of ${month}, ${lines} are there`);
    if (toIndex > Number(sealed)) throw new LedgerFault(log, `${month} is not wholly under a checkpoint yet`);
    return { schema: 'o10.archive.v1', log, month, fromIndex, toIndex };
  });
}

async function requireOldestAndOver(client: PoolClient, month: string): Promise<void> {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new Error(`"${month}" is no month: 2026-10.`);
  const { rows } = await client.query<{ oldest: string | null; over: boolean }>(
    `SELECT (SELECT min(right(c.relname, 6)) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'ledger_entry'::regclass) AS oldest,
      greatest(clock_timestamp(), (SELECT max(recorded_at) FROM ledger_state))
        >= ($1::timestamp + interval '1 month') AT TIME ZONE 'UTC' AS over`,
    [`${month}-01`],
  );
  const { oldest, over } = rows[0]!;
  if (!over) throw new Error(`${month} is not over: lines may still be recorded in it.`);
  if (oldest === month.replace('-', '')) return;
  throw new Error(
    oldest === null
      ? 'The ledger has no lines.'
      : `Months are archived in order, and ${oldest.slice(0, 4)}-${oldest.slice(4)} is the oldest that is here.`,
  );
}

async function writeArchive(
  { pool, progress }: ArchiveParts,
  archive: ArchiveManifest,
  store: ObjectStore,
): Promise<void> {
  const { log, fromIndex, toIndex } = archive;
  for (let tileBegin = fromIndex - (fromIndex % tile); tileBegin < toIndex; tileBegin += tile) {
    const [begin, end] = [Math.max(tileBegin, fromIndex), Math.min(tileBegin + tile, toIndex)];
    const { lines, columns } = await readStoredBundle(pool, log, begin, end);
    const before = begin - tileBegin;
    const span = { level: 0, n: BigInt(tileBegin / tile), width: tile };
    const none = Array.from({ length: before }, () => Buffer.alloc(0));
    await store.put(ledgerTree.bundlePath(span), ledgerTree.encodeBundle([...none, ...lines]));
    await store.put(ledgerTree.columnsPath(span), `${[...none.map(() => 'null'), ...columns].join('\n')}\n`);
    progress?.(end - fromIndex, toIndex - fromIndex);
  }
  await writePrices(pool, log, store, fromIndex, toIndex);
  // Last: a folder without it is an archive that was broken off.
  await store.put('archive.json', `${JSON.stringify(archive, null, 2)}\n`);
}

/** The line gets its place at once, in a later month: the log never ends in a month that is taken away. */
async function sayArchived({ pool, newId, nowMs, actor }: ArchiveParts, archive: ArchiveManifest): Promise<void> {
  const { log, ...body } = archive;
  const ledger = new LedgerStore(pool, ledgerTree);
  const occurredAt = new Date(nowMs()).toISOString();
  const id = newId();
  await ledger.append([{ schema: 'o10.entry.v1', log, kind: 'archive', id, occurredAt, actor, body }]);
  while ((await ledger.sequence(log)).sequenced > 0);
}

async function takeAway(client: PoolClient, month: string, archives: ArchiveManifest[]): Promise<void> {
  // The lock of the parent first, as the sequencer takes it: nothing is added to the partition from here on.
  await client.query('LOCK TABLE ledger_entry IN ACCESS EXCLUSIVE MODE');
  const again = await linesOf(client, month);
  if (JSON.stringify(again) !== JSON.stringify(archives))
    throw new Error(`${month} has changed since it was written: lines were recorded in it.`);
  for (const { log, fromIndex, toIndex } of archives) {
    await requireSummed(client, log, toIndex);
    await client.query('INSERT INTO ledger_archive (log, month, from_index, to_index) VALUES ($1, $2, $3, $4)', [
      ...[log, `${month}-01`, fromIndex, toIndex],
    ]);
  }
  await client.query(`ALTER TABLE ledger_entry DETACH PARTITION ${partitionOf(month)}`);
  await client.query(`DROP TABLE ${partitionOf(month)}`);
}

/** Sums that are made from lines must have them already: they could not be made later. */
async function requireSummed(client: PoolClient, log: string, toIndex: number): Promise<void> {
  const { rows } = await client.query<{ behind: boolean | null }>(
    `SELECT least((SELECT next_index FROM ledger_spend_state WHERE log = $1),
       (SELECT next_index FROM ledger_rollup_state WHERE log = $1)) < $2 AS behind`,
    [log, toIndex],
  );
  if (rows[0]?.behind) throw new LedgerFault(log, 'its sums are behind: let the worker run, and try again');
}
