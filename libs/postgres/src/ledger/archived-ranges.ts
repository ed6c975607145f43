/** Lines that left the database for an archive: their keys and hashes are here, their bytes are not. */
import type { Queryable } from './read-tiles.js';

export interface ArchivedRange {
  /** `2026-10`. */
  month: string;
  from: number;
  /** Exclusive. */
  to: number;
}

/** Oldest first. Months are archived in order, so the first range begins at 0 and none is missing between two. */
export async function archivedRanges(client: Queryable, log: string): Promise<ArchivedRange[]> {
  const { rows } = await client.query<{ month: string; from_index: string; to_index: string }>(
    `SELECT to_char(month, 'YYYY-MM') AS month, from_index, to_index FROM ledger_archive WHERE log = $1 ORDER BY from_index`,
    [log],
  );
  return rows.map(({ month, from_index, to_index }) => ({ month, from: Number(from_index), to: Number(to_index) }));
}
