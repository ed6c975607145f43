/**
 * Gives lines their place. One transaction takes them from the inbox in order of arrival, numbers them without gaps,
 * and writes lines, keys, full tiles, frontier and root: after a crash there is all of it or nothing.
 * Before that, what is stored must agree with itself; a damaged ledger is not appended to.
 */
import type { Pool, PoolClient } from 'pg';
import type { CompletedTile, LedgerTree, TreeEdge } from '#contracts/ledger-tree.js';
import { inTransaction } from './in-transaction.js';
import { LedgerFault } from './ledger-fault.js';
import { runPlan } from './read-tiles.js';

export interface SequenceAnswer {
  sequenced: number;
  /** Second copies of lines that already had their place. */
  dropped: number;
  /** Lines of the log afterwards. */
  size: number;
}

interface Waiting {
  seq: string;
  leaf_hash: Buffer;
  known: boolean;
}

/** Sequences at most `max` lines of a log. Waits while another sequencer of the log is at work. */
export async function sequenceEntries(pool: Pool, tree: LedgerTree, log: string, max: number): Promise<SequenceAnswer> {
  return inTransaction(pool, async (client) => {
    const { edge, recordedAt } = await readState(client, tree, log);
    const waiting = await takeWaiting(client, log, max);
    const fresh = waiting.filter(({ known }) => !known);
    if (waiting.length > fresh.length)
      await forget(
        client,
        waiting.filter(({ known }) => known),
      );
    if (fresh.length > 0) {
      const grown = tree.appendLeaves(
        edge,
        fresh.map(({ leaf_hash }) => leaf_hash),
      );
      await writeLines(client, log, edge.size, fresh, recordedAt);
      await writeTiles(client, log, grown.completed);
      await writeState(client, log, grown.edge, recordedAt);
    }
    const size = Number(edge.size) + fresh.length;
    return { sequenced: fresh.length, dropped: waiting.length - fresh.length, size };
  });
}

/** Locks the log and reads its right edge from what is stored. Throws `LedgerFault` unless state and store agree. */
async function readState(
  client: PoolClient,
  tree: LedgerTree,
  log: string,
): Promise<{ edge: TreeEdge; recordedAt: string }> {
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('ledger:' || $1, 0))", [log]);
  const empty = tree.planRoot(0n).fold([]);
  await client.query(
    "INSERT INTO ledger_state (log, size, root, frontier, recorded_at) VALUES ($1, 0, $2, '{}', '-infinity') ON CONFLICT DO NOTHING",
    [log, empty],
  );
  // A clock that steps back must not put a later line into an earlier month.
  const { rows } = await client.query<{ size: string; root: Buffer; frontier: Buffer[]; recorded_at: string }>(
    `SELECT size, root, frontier, greatest(recorded_at, date_trunc('milliseconds', clock_timestamp()))::text AS recorded_at
     FROM ledger_state WHERE log = $1 FOR UPDATE`,
    [log],
  );
  const state = rows[0]!;
  const edge = await runPlan(client, log, tree.planEdge(BigInt(state.size)));
  if (!state.root.equals(edge.root) || !Buffer.concat(state.frontier).equals(Buffer.concat(edge.frontier))) {
    throw new LedgerFault(log, `the root of its ${state.size} lines is not the one on record`);
  }
  const last = await client.query<{ lines: string; keys: string }>(
    `SELECT coalesce((SELECT max(leaf_index) + 1 FROM ledger_entry WHERE log = $1), 0) AS lines,
            coalesce((SELECT max(leaf_index) + 1 FROM ledger_entry_key WHERE log = $1), 0) AS keys`,
    [log],
  );
  const { lines, keys } = last.rows[0]!;
  if (lines === state.size && keys === state.size) return { edge, recordedAt: state.recorded_at };
  throw new LedgerFault(log, `it has ${lines} lines and ${keys} keys, and should have ${state.size} of each`);
}

/** The oldest lines in the inbox. That their hashes are those of their bytes, a constraint on the lines makes sure. */
async function takeWaiting(client: PoolClient, log: string, max: number): Promise<Waiting[]> {
  const { rows } = await client.query<Waiting>({
    name: 'ledger_waiting',
    text: `SELECT seq, leaf_hash, coalesce((
        SELECT true FROM ledger_entry_key k WHERE (k.log, k.kind, k.entry_id) = (i.log, i.kind, i.entry_id)), false) AS known
      FROM ledger_inbox i WHERE log = $1 ORDER BY seq LIMIT $2`,
    values: [log, max],
  });
  return rows;
}

async function forget(client: PoolClient, rows: Waiting[]): Promise<void> {
  await client.query('DELETE FROM ledger_inbox WHERE seq = ANY($1::bigint[])', [rows.map(({ seq }) => seq)]);
}

async function writeLines(
  client: PoolClient,
  log: string,
  size: bigint,
  fresh: Waiting[],
  recordedAt: string,
): Promise<void> {
  await client.query("SELECT ledger_ensure_partition(($1::timestamptz AT TIME ZONE 'UTC')::date)", [recordedAt]);
  const { rowCount } = await client.query({
    name: 'ledger_sequence',
    text: `
      WITH taken AS (
        DELETE FROM ledger_inbox i
        USING unnest($2::bigint[]) WITH ORDINALITY AS t(seq, n)
        WHERE i.log = $1 AND i.seq = t.seq RETURNING i.*, $3::bigint + t.n - 1 AS leaf_index,
          substring($5::bytea FROM (t.n::int - 1) * 32 + 1 FOR 32) AS hash
      ), keys AS (
        INSERT INTO ledger_entry_key (log, kind, entry_id, leaf_index, recorded_at, leaf_hash)
        SELECT log, kind, entry_id, leaf_index, $4::timestamptz, hash FROM taken ORDER BY leaf_index
      )
      INSERT INTO ledger_entry (log, leaf_index, kind, entry_id, call_id, use_case, occurred_at, recorded_at, cost_pico, bytes, leaf_hash)
      SELECT log, leaf_index, kind, entry_id, call_id, use_case, occurred_at, $4::timestamptz, cost_pico, bytes, hash
      FROM taken ORDER BY leaf_index`,
    values: [
      log,
      fresh.map(({ seq }) => seq),
      size,
      recordedAt,
      Buffer.concat(fresh.map(({ leaf_hash }) => leaf_hash)),
    ],
  });
  if (rowCount !== fresh.length) throw new LedgerFault(log, `${fresh.length} lines were taken, ${rowCount} written`);
}

async function writeTiles(client: PoolClient, log: string, tiles: CompletedTile[]): Promise<void> {
  if (tiles.length === 0) return;
  await client.query(
    `INSERT INTO ledger_tile (log, level, n, hashes, root)
     SELECT $1, level, n, substring($4::bytea FROM (slot::int - 1) * 8192 + 1 FOR 8192), substring($5::bytea FROM (slot::int - 1) * 32 + 1 FOR 32)
     FROM unnest($2::smallint[], $3::bigint[]) WITH ORDINALITY AS t(level, n, slot)`,
    [
      log,
      tiles.map(({ level }) => level),
      tiles.map(({ n }) => n),
      Buffer.concat(tiles.map(({ hashes }) => hashes)),
      Buffer.concat(tiles.map(({ root }) => root)),
    ],
  );
}

async function writeState(client: PoolClient, log: string, edge: TreeEdge, recordedAt: string): Promise<void> {
  await client.query('UPDATE ledger_state SET size = $2, root = $3, frontier = $4, recorded_at = $5 WHERE log = $1', [
    log,
    edge.size,
    edge.root,
    edge.frontier,
    recordedAt,
  ]);
}
