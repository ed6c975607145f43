/** Passes over suites, the samples that may become cases, and when each candidate was last observed. */
import type { Pool } from 'pg';

export interface SuitePass {
  line: string;
  pass: number;
  useCase: string;
  firstPosition: number;
  /** Input digests, in the order of the places. */
  draws: string[];
  drawnAtMs: number;
  done: boolean;
}

/** A pass and what has become of its places. */
export interface PassSoFar extends Pick<SuitePass, 'line' | 'pass'> {
  cases: number;
  drawnAt: Date;
  doneAt: Date | null;
  candidates: {
    candidate: string;
    revision: string;
    scored: number;
    void: number;
    mean: number | null;
    baselineMean: number | null;
  }[];
}

export interface KeptSample {
  callId: string;
  useCase: string;
  sealed: Buffer;
  keptAt: Date;
}

export interface Observed {
  gate: string;
  candidate: string;
  revision: string;
  observedAtMs: number;
}

const keptDays = 14;
const samplesMax = 200;

export class SuitePassStore {
  constructor(private readonly pool: Pool) {}

  async latest(line: string): Promise<SuitePass | null> {
    const { rows } = await this.pool.query<SuitePass>(
      `SELECT line, pass, use_case AS "useCase", first_position::float8 AS "firstPosition", draws,
         (extract(epoch FROM drawn_at) * 1000)::float8 AS "drawnAtMs", done_at IS NOT NULL AS done
       FROM suite_pass WHERE line = $1 ORDER BY pass DESC LIMIT 1`,
      [line],
    );
    return rows[0] ?? null;
  }

  /** The newest first. */
  async passes(line: string, count: number): Promise<PassSoFar[]> {
    const { rows } = await this.pool.query<PassSoFar>(
      `SELECT line, pass, cardinality(draws) AS cases, drawn_at AS "drawnAt", done_at AS "doneAt",
         coalesce((SELECT jsonb_agg(c ORDER BY c.candidate, c.revision) FROM (
           SELECT candidate, revision, count(*) FILTER (WHERE state = 'scored') AS scored,
             count(*) FILTER (WHERE state = 'void') AS void, avg(score_candidate) AS mean, avg(score_baseline) AS "baselineMean"
           FROM evidence_row
           WHERE gate = line AND position BETWEEN first_position AND first_position + cardinality(draws) - 1
           GROUP BY 1, 2) AS c), '[]') AS candidates
       FROM suite_pass WHERE line = $1 ORDER BY pass DESC LIMIT $2`,
      [line, count],
    );
    return rows;
  }

  /** False: somebody else has drawn this pass. Whoever wanted one has it now. */
  async draw({ line, pass, useCase, firstPosition, draws }: Omit<SuitePass, 'drawnAtMs' | 'done'>): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `INSERT INTO suite_pass (line, pass, use_case, first_position, draws) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      [line, pass, useCase, firstPosition, draws],
    );
    await this.pool.query('DELETE FROM suite_wanted WHERE use_case = $1', [useCase]);
    return rowCount === 1;
  }

  async finish({ line, pass }: Pick<SuitePass, 'line' | 'pass'>): Promise<void> {
    await this.pool.query('UPDATE suite_pass SET done_at = clock_timestamp() WHERE line = $1 AND pass = $2', [
      line,
      pass,
    ]);
  }

  async want(useCase: string, by: string): Promise<void> {
    await this.pool.query('INSERT INTO suite_wanted (use_case, wanted_by) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      useCase,
      by,
    ]);
  }

  async wanted(): Promise<Set<string>> {
    const { rows } = await this.pool.query<{ use_case: string }>('SELECT use_case FROM suite_wanted');
    return new Set(rows.map((row) => row.use_case));
  }

  /** Once per call; nothing when enough of the use case wait. */
  async keepSample({ callId, useCase, sealed }: Omit<KeptSample, 'keptAt'>): Promise<void> {
    await this.pool.query({
      name: 'sample_keep',
      text: `INSERT INTO suite_sample (call_id, use_case, sealed, expires_at)
        SELECT $1, $2, $3, clock_timestamp() + make_interval(days => $4)
        WHERE (SELECT count(*) FROM suite_sample WHERE use_case = $2) < $5 ON CONFLICT DO NOTHING`,
      values: [callId, useCase, sealed, keptDays, samplesMax],
    });
  }

  /** Those that have not expired, the newest first. */
  async samples(useCase: string): Promise<KeptSample[]> {
    const { rows } = await this.pool.query<KeptSample>(
      `SELECT call_id AS "callId", use_case AS "useCase", sealed, kept_at AS "keptAt" FROM suite_sample
       WHERE use_case = $1 AND expires_at > clock_timestamp() ORDER BY kept_at DESC, call_id`,
      [useCase],
    );
    return rows;
  }

  async forgetSamples(callIds: string[]): Promise<void> {
    await this.pool.query(
      'DELETE FROM suite_sample WHERE call_id = ANY($1::uuid[]) OR expires_at <= clock_timestamp()',
      [callIds],
    );
  }

  /** The last observation of every candidate in any of these lines, as far as places were scored. */
  async lastObserved(lines: string[]): Promise<{ line: string; candidate: string; revision: string; atMs: number }[]> {
    const { rows } = await this.pool.query<{ line: string; candidate: string; revision: string; atMs: number }>(
      `SELECT gate AS line, candidate, revision, (extract(epoch FROM max(ended_at)) * 1000)::float8 AS "atMs"
       FROM evidence_row WHERE gate = ANY($1) AND state = 'scored' GROUP BY 1, 2, 3`,
      [lines],
    );
    return rows;
  }

  /** The last scored canary of each line. */
  async lastCanaries(lines: string[]): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ line: string; atMs: number }>(
      `SELECT line, (extract(epoch FROM max(ended_at)) * 1000)::float8 AS "atMs" FROM canary_place
       WHERE line = ANY($1) AND state = 'scored' GROUP BY 1`,
      [lines],
    );
    return new Map(rows.map(({ line, atMs }) => [line, atMs]));
  }
}
