/** Lines as the database has them, for files: their bytes, and what its columns say of them. */
import type { Queryable } from './read-tiles.js';

export interface StoredBundle {
  /** A line that is not there is empty, so that those behind it keep their place. */
  lines: Uint8Array[];
  /** As JSON; `null` where there is no line. */
  columns: string[];
}

interface StoredLine {
  leaf_index: string;
  bytes: Buffer;
  columns: string;
}

/** Lines [begin, end). */
export async function readStoredBundle(
  client: Queryable,
  log: string,
  begin: number,
  end: number,
): Promise<StoredBundle> {
  const { rows } = await client.query<StoredLine>({
    name: 'ledger_export',
    text: `
      SELECT leaf_index, bytes, json_build_object('log', log, 'kind', kind, 'entryId', entry_id, 'callId', call_id,
        'useCase', use_case, 'occurredMs', floor(extract(epoch FROM occurred_at) * 1000)::bigint,
        'costPico', cost_pico::text)::text AS columns
      FROM ledger_entry WHERE log = $1 AND leaf_index >= $2 AND leaf_index < $3`,
    values: [log, begin, end],
  });
  const lines = Array.from({ length: end - begin }, (): Uint8Array => Buffer.alloc(0));
  const columns = Array.from({ length: end - begin }, () => 'null');
  for (const row of rows) {
    lines[Number(row.leaf_index) - begin] = row.bytes;
    columns[Number(row.leaf_index) - begin] = row.columns;
  }
  return { lines, columns };
}
