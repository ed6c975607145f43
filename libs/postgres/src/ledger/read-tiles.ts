/** Fetches what a plan of the tree asks for. Unfinished tiles are put together from the row below them. */
import type { ClientBase, Pool } from 'pg';
import type { TilePlan, TileSpan } from '#contracts/ledger-tree.js';
import { LedgerFault } from './ledger-fault.js';

export type Queryable = Pick<ClientBase | Pool, 'query'>;

const tilesQuery = `
  SELECT coalesce(
    (SELECT substring(t.hashes FOR s.width * 32) FROM ledger_tile t WHERE (t.log, t.level, t.n) = ($1, s.level, s.n)),
    CASE WHEN s.level = 0 THEN
      (SELECT string_agg(k.leaf_hash, ''::bytea ORDER BY k.leaf_index) FROM ledger_entry_key k
        WHERE k.log = $1 AND k.leaf_index >= s.n * 256 AND k.leaf_index < s.n * 256 + s.width)
    ELSE
      (SELECT string_agg(t.root, ''::bytea ORDER BY t.n) FROM ledger_tile t
        WHERE t.log = $1 AND t.level = s.level - 1 AND t.n >= s.n * 256 AND t.n < s.n * 256 + s.width)
    END, ''::bytea) AS hashes
  FROM unnest($2::smallint[], $3::bigint[], $4::int[]) WITH ORDINALITY AS s(level, n, width, slot) ORDER BY slot`;

/** The hashes of each span, concatenated; shorter than asked for where some are not stored. */
export async function readTiles(client: Queryable, log: string, spans: TileSpan[]): Promise<Uint8Array[]> {
  if (spans.length === 0) return [];
  const { rows } = await client.query<{ hashes: Buffer }>({
    name: 'ledger_tiles',
    text: tilesQuery,
    values: [log, spans.map(({ level }) => level), spans.map(({ n }) => n), spans.map(({ width }) => width)],
  });
  return rows.map(({ hashes }) => hashes);
}

/** Throws `LedgerFault` when a hash the plan needs is not stored. */
export async function runPlan<T>(client: Queryable, log: string, plan: TilePlan<T>): Promise<T> {
  const tiles = await readTiles(client, log, plan.tiles);
  try {
    return plan.fold(tiles);
  } catch (error) {
    throw new LedgerFault(log, `hashes are missing: ${String(error)}`, { cause: error });
  }
}
