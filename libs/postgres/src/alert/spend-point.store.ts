/**
 * How the spend of envelopes has grown, a point for each minute in which it did. Older points are thinned, so that three
 * days of an envelope that is always spent from are some two hundred rows.
 */
import type { Pool } from 'pg';

const minuteMs = 60_000;
/** Points older than this, in minutes, are kept one for each so many minutes. */
const thinned = [
  { olderThan: 90, keepEvery: 5 },
  { olderThan: 480, keepEvery: 60 },
] as const;
/** Beyond the longest look-back. */
const keptMinutes = 4_320 + 120;

export class SpendPointStore {
  constructor(
    private readonly pool: Pool,
    private readonly organisation: string,
  ) {}

  /**
   * Notes what the ledger says was spent of each of these, all windows together, where it has changed. The first point of
   * an envelope stands a minute before, so that what is spent in this minute does not overwrite what it is counted from.
   */
  async note(envelopes: readonly string[], nowMs: number): Promise<void> {
    await this.pool.query(
      `INSERT INTO envelope_spend_point (organisation, envelope, at_ms, spent_nano_usd)
       SELECT $1, e.id, CASE WHEN last.spent_nano_usd IS NULL THEN $3::bigint - $4 ELSE $3 END, coalesce(s.spent, 0) FROM unnest($2::text[]) AS e(id)
       LEFT JOIN LATERAL (SELECT sum(l.spent_nano_usd) AS spent FROM ledger_spend l WHERE l.log = $1 AND l.envelope = e.id) s ON true
       LEFT JOIN LATERAL (SELECT p.spent_nano_usd FROM envelope_spend_point p
         WHERE p.organisation = $1 AND p.envelope = e.id ORDER BY p.at_ms DESC LIMIT 1) last ON true
       WHERE last.spent_nano_usd IS DISTINCT FROM coalesce(s.spent, 0)
       ON CONFLICT (organisation, envelope, at_ms) DO UPDATE SET spent_nano_usd = excluded.spent_nano_usd`,
      [this.organisation, envelopes, Math.floor(nowMs / minuteMs) * minuteMs, minuteMs],
    );
  }

  /**
   * By envelope, what was spent in the last so many minutes, nano-USD, never below 0. What was spent before an envelope was
   * first seen is not known, and not counted. Envelopes nothing was spent of lately are not listed.
   */
  async spentLately(
    envelopes: readonly string[],
    lookBacksMinutes: readonly number[],
    nowMs: number,
  ): Promise<Map<string, Map<number, bigint>>> {
    const { rows } = await this.pool.query<{ envelope: string; minutes: number; spent: string }>(
      `SELECT e.id AS envelope, b.minutes, greatest(0, last.spent_nano_usd - coalesce(before.spent_nano_usd, first.spent_nano_usd))::text AS spent
       FROM unnest($2::text[]) AS e(id)
       CROSS JOIN LATERAL (SELECT p.spent_nano_usd, p.at_ms FROM envelope_spend_point p
         WHERE p.organisation = $1 AND p.envelope = e.id ORDER BY p.at_ms DESC LIMIT 1) last
       CROSS JOIN LATERAL (SELECT p.spent_nano_usd FROM envelope_spend_point p
         WHERE p.organisation = $1 AND p.envelope = e.id ORDER BY p.at_ms LIMIT 1) first
       CROSS JOIN unnest($3::int[]) AS b(minutes)
       LEFT JOIN LATERAL (SELECT p.spent_nano_usd FROM envelope_spend_point p
         WHERE p.organisation = $1 AND p.envelope = e.id AND p.at_ms <= $4::bigint - b.minutes * $5::bigint
         ORDER BY p.at_ms DESC LIMIT 1) before ON true
       WHERE last.at_ms > $4::bigint - $6::bigint * $5`,
      [this.organisation, envelopes, lookBacksMinutes, nowMs, minuteMs, Math.max(...lookBacksMinutes)],
    );
    const lately = new Map<string, Map<number, bigint>>();
    for (const { envelope, minutes, spent } of rows) {
      const known = lately.get(envelope) ?? new Map<number, bigint>();
      lately.set(envelope, known.set(minutes, BigInt(spent)));
    }
    return lately;
  }

  /** Forgets what no look-back needs. The last point of a stretch stays, and so does the last of all. */
  async thin(nowMs: number): Promise<void> {
    for (const { olderThan, keepEvery } of thinned)
      await this.pool.query(
        `DELETE FROM envelope_spend_point p WHERE p.organisation = $1 AND p.at_ms < $2::bigint AND EXISTS (
           SELECT FROM envelope_spend_point q WHERE q.organisation = $1 AND q.envelope = p.envelope
             AND q.at_ms > p.at_ms AND q.at_ms / $3::bigint = p.at_ms / $3::bigint)`,
        [this.organisation, nowMs - olderThan * minuteMs, keepEvery * minuteMs],
      );
    await this.pool.query(
      `DELETE FROM envelope_spend_point p WHERE p.organisation = $1 AND p.at_ms < $2::bigint AND EXISTS (
         SELECT FROM envelope_spend_point q WHERE q.organisation = $1 AND q.envelope = p.envelope
           AND q.at_ms > p.at_ms AND q.at_ms < $2::bigint)`,
      [this.organisation, nowMs - keptMinutes * minuteMs],
    );
  }
}
