/**
 * What is folded of each candidate. All changes happen inside `inGate`, which one process has at a time: two folding
 * the same scores would each write a state the other's scores are not in.
 */
import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../ledger/in-transaction.js';

/** `state` and `verdict` are JSON whose nouns the caller knows (GateState, Verdict on the wire). */
export interface EvidenceLine {
  gate: string;
  useCase: string;
  candidate: string;
  revision: string;
  nextPosition: number;
  /** Its share of the error probability, counted from 1 over every gate of the use case; null before the first look. */
  slot: number | null;
  state: unknown;
  /** Failed, futile, no_slot, demoted: it is not replayed any more; a demoted one until it has cooled down. */
  stopped: string | null;
  /** Null: it was not demoted. */
  coolsUntilMs: number | null;
  verdict: unknown;
  /** The snapshot was published with this verdict. */
  announced: boolean;
}

/** A place of the line as one candidate sees it. */
export interface EvidencePlace {
  position: number;
  /** Since the place was first seen. */
  ageMs: number;
  admittedAtMs: number;
  /** It was closed without its call. */
  missing: boolean;
  /** Null: it was no candidate then. */
  state: 'open' | 'claimed' | 'scored' | 'void' | null;
  scoreCandidate: number | null;
  scoreBaseline: number | null;
  /** It was scored without a judge's word. */
  unjudged: boolean;
}

const lineColumns = `gate, use_case AS "useCase", candidate, revision, next_position::float8 AS "nextPosition", slot, state,
  stopped, verdict, announced, floor(extract(epoch FROM cools_until) * 1000)::float8 AS "coolsUntilMs"`;

export class EvidenceLineStore {
  constructor(private readonly pool: Pool) {}

  /** Null, and `work` was not run, while another process has the gate. */
  async inGate<T>(gate: string, work: (folding: GateFolding) => Promise<T>): Promise<T | null> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ taken: boolean }>(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('o10 gate ' || $1, 0)) AS taken",
        [gate],
      );
      return rows[0]?.taken ? work(new GateFolding(client, gate)) : null;
    });
  }

  /** Every line of a use case, or of all. */
  async list(useCase: string | null): Promise<EvidenceLine[]> {
    const { rows } = await this.pool.query<EvidenceLine>(
      `SELECT ${lineColumns} FROM evidence_line WHERE $1::text IS NULL OR use_case = $1 ORDER BY gate, candidate, revision`,
      [useCase],
    );
    return rows;
  }

  /** Lines whose verdict no snapshot was published with yet. */
  async unannounced(): Promise<EvidenceLine[]> {
    const { rows } = await this.pool.query<EvidenceLine>(
      `SELECT ${lineColumns} FROM evidence_line WHERE NOT announced ORDER BY gate, candidate, revision`,
    );
    return rows;
  }

  /** A line that has another verdict by now stays unannounced. */
  async markAnnounced(verdictIds: string[]): Promise<void> {
    await this.pool.query(
      "UPDATE evidence_line SET announced = true WHERE NOT announced AND verdict ->> 'id' = ANY($1)",
      [verdictIds],
    );
  }
}

/** One gate's lines, while they are ours. */
export class GateFolding {
  constructor(
    private readonly client: PoolClient,
    private readonly gate: string,
  ) {}

  async lines(): Promise<EvidenceLine[]> {
    const { rows } = await this.client.query<EvidenceLine>(
      `SELECT ${lineColumns} FROM evidence_line WHERE gate = $1 ORDER BY started_at, candidate, revision`,
      [this.gate],
    );
    return rows;
  }

  /**
   * The highest slot of any gate the use case has had, 0 for none: what was tried under another floor, grader or template was
   * an attempt all the same. Lines of suites, which clear nothing, are counted apart from those of live calls.
   */
  async slotsSpent(useCase: string): Promise<number> {
    const { rows } = await this.client.query<{ slot: number }>(
      `SELECT coalesce(max(slot), 0) AS slot FROM evidence_line l WHERE use_case = $1
         AND EXISTS (SELECT FROM suite_pass p WHERE p.line = l.gate) = EXISTS (SELECT FROM suite_pass p WHERE p.line = $2)`,
      [useCase, this.gate],
    );
    return rows[0]?.slot ?? 0;
  }

  /** From the line's next position on, in order, places nobody has seen left out. */
  async places(line: EvidenceLine, count: number): Promise<EvidencePlace[]> {
    const { rows } = await this.client.query<EvidencePlace>({
      name: 'evidence_places',
      text: `SELECT p.position::float8 AS position, p.missing, r.state, r.reason IS NOT DISTINCT FROM 'unjudged' AS unjudged,
          (extract(epoch FROM clock_timestamp() - p.seen_at) * 1000)::float8 AS "ageMs",
          floor(extract(epoch FROM p.admitted_at) * 1000)::float8 AS "admittedAtMs",
          r.score_candidate AS "scoreCandidate", r.score_baseline AS "scoreBaseline"
        FROM evidence_place p
        LEFT JOIN evidence_row r ON r.gate = p.gate AND r.position = p.position AND r.candidate = $2 AND r.revision = $3
        WHERE p.gate = $1 AND p.position >= $4 ORDER BY p.position LIMIT $5`,
      values: [this.gate, line.candidate, line.revision, line.nextPosition, count],
    });
    return rows;
  }

  /** Closes places without their calls. False, and nothing closed, when one has been seen meanwhile: look again. */
  async closeMissing(useCase: string, places: { position: number; admittedAtMs: number }[]): Promise<boolean> {
    if (places.length === 0) return true;
    await this.client.query('SAVEPOINT close_missing');
    const { rowCount } = await this.client.query(
      `INSERT INTO evidence_place (gate, position, use_case, admitted_at, missing)
       SELECT $1, m.position, $2, to_timestamp(m.admitted / 1000), true
       FROM unnest($3::bigint[], $4::float8[]) AS m(position, admitted) ON CONFLICT DO NOTHING`,
      [this.gate, useCase, places.map(({ position }) => position), places.map(({ admittedAtMs }) => admittedAtMs)],
    );
    if (rowCount === places.length) return true;
    await this.client.query('ROLLBACK TO SAVEPOINT close_missing');
    return false;
  }

  /** Scores parts that never ended. False, and nothing scored, when one has ended meanwhile: look again. */
  async closeUnanswered(
    line: EvidenceLine,
    parts: { position: number; candidate: number; baseline: number }[],
  ): Promise<boolean> {
    if (parts.length === 0) return true;
    await this.client.query('SAVEPOINT close_unanswered');
    const { rowCount } = await this.client.query(
      `UPDATE evidence_row r SET state = 'scored', reason = 'timeout', ended_at = clock_timestamp(),
         score_candidate = u.candidate, score_baseline = u.baseline
       FROM unnest($4::bigint[], $5::float8[], $6::float8[]) AS u(position, candidate, baseline)
       WHERE r.gate = $1 AND r.candidate = $2 AND r.revision = $3 AND r.position = u.position
         AND r.state IN ('open', 'claimed')`,
      [
        this.gate,
        line.candidate,
        line.revision,
        parts.map(({ position }) => position),
        parts.map(({ candidate }) => candidate),
        parts.map(({ baseline }) => baseline),
      ],
    );
    if (rowCount === parts.length) return true;
    await this.client.query('ROLLBACK TO SAVEPOINT close_unanswered');
    return false;
  }

  /** The first place of the line that nothing was seen of yet. */
  async placesEnd(): Promise<number> {
    const { rows } = await this.client.query<{ end: number }>(
      'SELECT (coalesce(max(position), 0) + 1)::float8 AS "end" FROM evidence_place WHERE gate = $1',
      [this.gate],
    );
    return rows[0]?.end ?? 1;
  }

  async save(line: EvidenceLine): Promise<void> {
    await this.client.query({
      name: 'evidence_save_line',
      text: `UPDATE evidence_line SET next_position = $4, slot = $5, state = $6, stopped = $7, verdict = $8, announced = $9,
          cools_until = to_timestamp($10::float8 / 1000)
        WHERE gate = $1 AND candidate = $2 AND revision = $3`,
      values: [
        this.gate,
        line.candidate,
        line.revision,
        line.nextPosition,
        line.slot,
        line.state === null ? null : JSON.stringify(line.state),
        line.stopped,
        line.verdict === null ? null : JSON.stringify(line.verdict),
        line.announced,
        line.coolsUntilMs,
      ],
    });
  }
}
