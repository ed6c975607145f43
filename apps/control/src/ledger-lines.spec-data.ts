/** The lines the control API has written, oldest first, whether or not they have an index yet. */
import pg from 'pg';
import type { Entry } from '#contracts/entry.js';

export async function ledgerLines(databaseUrl: string): Promise<Entry[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ line: Entry }>(
      `SELECT convert_from(bytes, 'UTF8')::jsonb AS line FROM ledger_inbox ORDER BY seq`,
    );
    return rows.map((row) => row.line);
  } finally {
    await client.end();
  }
}
