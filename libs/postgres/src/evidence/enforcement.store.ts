/**
 * What the canaries of a proof have come to. All changes happen inside `changing`, one proof and one process at a time;
 * a demotion stops the candidate's line of evidence in the same transaction.
 */
import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../ledger/in-transaction.js';

/** `state` and `pending` are JSON whose nouns the caller knows (EnforceState, Entry). */
export interface EnforcementRow {
  verdict: string;
  rampShare: number;
  scoredShare: number;
  warned: boolean;
  demotedAt: string | null;
  state: unknown;
  nextPosition: number;
  /** [start of the hour in ms, calls], oldest first. */
  traffic: [number, number][];
  pending: unknown[];
  published: boolean;
  /** When it was first enforced. */
  startedAtMs: number;
}

/** A place of a canary line, in order; a place nobody has seen is left out. */
export interface CanaryPlace {
  position: number;
  /** Since it was first seen. */
  ageMs: number;
  state: 'open' | 'claimed' | 'scored' | 'void';
  scoreCandidate: number | null;
  scoreBaseline: number | null;
  valid: boolean | null;
}

const columns = `verdict, ramp_share AS "rampShare", scored_share AS "scoredShare", warned,
  to_char(demoted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "demotedAt", state,
  next_position::float8 AS "nextPosition", traffic, pending, published,
  floor(extract(epoch FROM started_at) * 1000)::float8 AS "startedAtMs"`;

export class EnforcementStore {
  constructor(private readonly pool: Pool) {}

  /** Null, and `work` was not run, while another process has this proof. */
  changing<T>(verdict: string, work: (change: EnforcementChange) => Promise<T>): Promise<T | null> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ taken: boolean }>(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('o10 enforcement ' || $1, 0)) AS taken",
        [verdict],
      );
      return rows[0]?.taken ? work(new EnforcementChange(client, verdict)) : null;
    });
  }

  /** Every proof that was ever enforced, the latest first. */
  async list(): Promise<EnforcementRow[]> {
    const { rows } = await this.pool.query<EnforcementRow>(
      `SELECT ${columns} FROM enforcement ORDER BY started_at DESC, verdict`,
    );
    return rows;
  }

  /** Those no snapshot was published with since they changed. */
  async unpublished(): Promise<EnforcementRow[]> {
    const { rows } = await this.pool.query<EnforcementRow>(
      `SELECT ${columns} FROM enforcement WHERE NOT published ORDER BY verdict`,
    );
    return rows;
  }

  /** What has changed meanwhile stays unpublished. */
  async markPublished(rows: EnforcementRow[]): Promise<void> {
    for (const { verdict, pending, rampShare, scoredShare, warned } of rows)
      await this.pool.query(
        `UPDATE enforcement SET published = true, pending = '[]'
         WHERE verdict = $1 AND pending = $2::jsonb AND ramp_share = $3 AND scored_share = $4 AND warned = $5`,
        [verdict, JSON.stringify(pending), rampShare, scoredShare, warned],
      );
  }

  /** How far a log was followed; null: never. */
  async followedTo(log: string): Promise<number | null> {
    const { rows } = await this.pool.query<{ next: string }>(
      'SELECT next_index AS next FROM enforcement_follow WHERE log = $1',
      [log],
    );
    return rows[0] ? Number(rows[0].next) : null;
  }

  /** Applies what lines of a log say to each proof and moves on, all or nothing. False: another process was there. */
  follow(
    log: string,
    from: number,
    to: number,
    changes: ReadonlyMap<string, (change: EnforcementChange) => Promise<void>>,
  ): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `INSERT INTO enforcement_follow AS f (log, next_index) VALUES ($1, $3)
         ON CONFLICT (log) DO UPDATE SET next_index = excluded.next_index WHERE f.next_index = $2`,
        [log, from, to],
      );
      if (rowCount !== 1) return false;
      for (const verdict of [...changes.keys()].sort()) {
        await client.query("SELECT pg_advisory_xact_lock(hashtextextended('o10 enforcement ' || $1, 0))", [verdict]);
        await changes.get(verdict)?.(new EnforcementChange(client, verdict));
      }
      return true;
    });
  }
}

/** One proof, while it is ours. */
export class EnforcementChange {
  constructor(
    private readonly client: PoolClient,
    readonly verdict: string,
  ) {}

  async row(): Promise<EnforcementRow | null> {
    const { rows } = await this.client.query<EnforcementRow>(`SELECT ${columns} FROM enforcement WHERE verdict = $1`, [
      this.verdict,
    ]);
    return rows[0] ?? null;
  }

  async places(line: string, from: number, count: number): Promise<CanaryPlace[]> {
    const { rows } = await this.client.query<CanaryPlace>({
      name: 'canary_places',
      text: `SELECT position::float8 AS position, state, valid, score_candidate AS "scoreCandidate",
          score_baseline AS "scoreBaseline",
          (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::float8 AS "ageMs"
        FROM canary_place WHERE line = $1 AND position >= $2 ORDER BY position LIMIT $3`,
      values: [line, from, count],
    });
    return rows;
  }

  async save(row: EnforcementRow): Promise<void> {
    await this.client.query({
      name: 'enforcement_save',
      text: `INSERT INTO enforcement (verdict, ramp_share, scored_share, warned, demoted_at, state, next_position, traffic, pending, published)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (verdict) DO UPDATE SET ramp_share = $2, scored_share = $3, warned = $4, demoted_at = $5, state = $6,
          next_position = $7, traffic = $8, pending = $9, published = $10`,
      values: [
        this.verdict,
        row.rampShare,
        row.scoredShare,
        row.warned,
        row.demotedAt,
        JSON.stringify(row.state),
        row.nextPosition,
        JSON.stringify(row.traffic),
        JSON.stringify(row.pending),
        row.published,
      ],
    });
  }

  /** The candidate is not replayed any more until then. Waits for whoever folds its gate. */
  async stopLine(line: {
    gate: string;
    useCase: string;
    candidate: string;
    revision: string;
    coolsUntil: string;
  }): Promise<void> {
    await this.client.query("SELECT pg_advisory_xact_lock(hashtextextended('o10 gate ' || $1, 0))", [line.gate]);
    await this.client.query(
      `INSERT INTO evidence_line AS l (gate, candidate, revision, use_case, next_position, stopped, cools_until)
       VALUES ($1, $2, $3, $4, 1, 'demoted', $5)
       ON CONFLICT (gate, candidate, revision) DO UPDATE SET stopped = 'demoted', cools_until = excluded.cools_until`,
      [line.gate, line.candidate, line.revision, line.useCase, line.coolsUntil],
    );
  }
}
