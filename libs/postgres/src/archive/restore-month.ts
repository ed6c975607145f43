/**
 * Brings archived lines back into the database, for an audit or for sums that must be made again. What comes back is what
 * the tree has: a line whose bytes have another hash is refused, with all others.
 */
import type { Pool } from 'pg';
import { ArchiveManifest } from '#contracts/entry-bodies.js';
import { readEntry } from '#domain/ledger/canonical-entry.js';
import { projectEntry } from '#domain/ledger/entry-columns.js';
import { inTransaction } from '../ledger/in-transaction.js';
import { folderStore } from '../ledger/object-store.js';
import { archivedBundles } from './require-archived.js';

// Instants of recording are in the keys, which stayed; that hash and bytes agree, a constraint makes sure.
const insert = `
  INSERT INTO ledger_entry (log, leaf_index, kind, entry_id, call_id, use_case, occurred_at, recorded_at, cost_pico, bytes, leaf_hash)
  SELECT k.log, k.leaf_index, k.kind, k.entry_id, g.call_id, g.use_case, g.occurred_at, k.recorded_at, g.cost_pico, g.bytes, k.leaf_hash
  FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::timestamptz[], $6::numeric[], $7::bytea[])
    AS g(leaf_index, call_id, use_case, occurred_at, cost_pico, bytes)
  JOIN ledger_entry_key k ON k.log = $1 AND k.leaf_index = g.leaf_index
  ORDER BY k.leaf_index`;

/** `dir` is `<archive>/<log>`; `pool` of an account that owns the tables. Returns what was brought back. */
export async function restoreMonth(pool: Pool, dir: string): Promise<ArchiveManifest> {
  const store = folderStore(dir);
  const told = await store.get('archive.json');
  if (told === null) throw new Error(`${dir} has no archive.json: it is no archive, or one that was broken off.`);
  const archive = ArchiveManifest.parse(JSON.parse(told.toString('utf8')));
  const { log, month, fromIndex, toIndex } = archive;
  await inTransaction(pool, async (client) => {
    await client.query('SET LOCAL row_security = off; SET LOCAL statement_timeout = 0');
    const gone = await client.query(
      'DELETE FROM ledger_archive WHERE log = $1 AND month = $2 AND from_index = $3 AND to_index = $4',
      [log, `${month}-01`, fromIndex, toIndex],
    );
    if (gone.rowCount !== 1) throw new Error(`${month} of ${log} is not archived here with these lines.`);
    await client.query('SELECT ledger_ensure_partition($1)', [`${month}-01`]);
    for await (const { begin, lines } of archivedBundles(pool, archive, store)) {
      const columns = lines.map((line) => projectEntry(readEntry(line)));
      const { rowCount } = await client.query(insert, [
        log,
        lines.map((_, at) => begin + at),
        columns.map(({ callId }) => callId),
        columns.map(({ useCase }) => useCase),
        columns.map(({ occurredMs }) => new Date(occurredMs)),
        columns.map(({ costPico }) => costPico),
        lines,
      ]);
      if (rowCount !== lines.length)
        throw new Error(`${rowCount} of ${lines.length} lines from ${begin} have a key here.`);
    }
  });
  return archive;
}
