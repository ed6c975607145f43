/** Records that cannot be lines of the ledger, put aside whole: nothing that was bought may vanish, and nothing may block the line. */
import { createHash } from 'node:crypto';
import type { Pool } from 'pg';

export interface QuarantinedRecord {
  record: string;
  reason: string;
}

export class QuarantineStore {
  constructor(private readonly pool: Pool) {}

  /** Once per record, however often it is drained. Returns how many are new. */
  async put(organisation: string, records: QuarantinedRecord[]): Promise<number> {
    if (records.length === 0) return 0;
    const { rowCount } = await this.pool.query(
      `INSERT INTO ledger_quarantine (organisation, digest, record, reason)
       SELECT $1, q.* FROM unnest($2::bytea[], $3::text[], $4::text[]) AS q(digest, record, reason)
       ON CONFLICT DO NOTHING`,
      [
        organisation,
        records.map(({ record }) => createHash('sha256').update(record).digest()),
        // PostgreSQL's text holds no zero byte.
        records.map(({ record }) => record.replaceAll('\0', '\uFFFD')),
        records.map(({ reason }) => reason.replaceAll('\0', '\uFFFD')),
      ],
    );
    return rowCount ?? 0;
  }

  async list(organisation: string, count: number): Promise<(QuarantinedRecord & { putAsideAt: string })[]> {
    const { rows } = await this.pool.query<QuarantinedRecord & { putAsideAt: Date }>(
      `SELECT record, reason, put_aside_at AS "putAsideAt" FROM ledger_quarantine
       WHERE organisation = $1 ORDER BY id DESC LIMIT $2`,
      [organisation, count],
    );
    return rows.map((row) => ({ ...row, putAsideAt: row.putAsideAt.toISOString() }));
  }
}
