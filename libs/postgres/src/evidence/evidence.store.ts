/**
 * Places in the lines of evidence, and each candidate's part in them. A part goes open → claimed → scored, or to void,
 * one way only: `claim` is what makes a replay reach its venue at most once, whoever runs the job how often.
 */
import type { Pool } from 'pg';

export interface CallToOpen {
  gate: string;
  position: number;
  useCase: string;
  callId: string;
  cluster: string;
  /** Keyed digest of what was asked, whoever asked it; null where it could not be read. */
  prompt?: string | null;
  admittedAt: string;
  candidates: {
    candidate: string;
    revision: string;
    attemptId: string;
    /** Why it is not to be replayed; null to replay it. */
    void: string | null;
  }[];
}

export interface EvidenceRow {
  callId: string;
  candidate: string;
  /** Of the first time this call was opened: the id its money is held and settled under. */
  attemptId: string;
  state: 'open' | 'claimed' | 'scored' | 'void';
  reason: string | null;
}

export type RowEnding =
  | { attemptId: string; state: 'scored'; candidate: number; baseline: number; unjudged?: boolean }
  /** Only where nothing was sent: a part that was claimed is scored, whatever came of it. */
  | { attemptId: string; state: 'void'; reason: string };

/** What a replay's hold was for. */
export interface ReplayOfHold {
  attemptId: string;
  /** The live call. */
  callId: string;
  gate: string;
  position: number;
  useCase: string;
  candidate: string;
  cluster: string;
  state: EvidenceRow['state'];
}

/** Why a part was scored without a judge's word. */
export const unjudged = 'unjudged';

interface RowWire {
  call_id: string;
  candidate: string;
  attempt_id: string;
  state: EvidenceRow['state'];
  reason: string | null;
}

/** Another batch had the same rows the other way round, or the same new key: asked again, it answers. */
const passingCodes = new Set(['23505', '40001', '40P01']);
const attemptsMax = 4;

export class EvidenceStore {
  constructor(private readonly pool: Pool) {}

  /** See the function `evidence_open`. A candidate that is stopped, or a place that is closed, has no row in the answer. */
  async open(calls: CallToOpen[]): Promise<EvidenceRow[]> {
    if (calls.length === 0) return [];
    const wire = calls.map((call) => ({
      gate: call.gate,
      position: call.position,
      use_case: call.useCase,
      call_id: call.callId,
      cluster: call.cluster,
      prompt: call.prompt ?? null,
      admitted_at: call.admittedAt,
      candidates: call.candidates.map((one) => ({
        candidate: one.candidate,
        revision: one.revision,
        attempt_id: one.attemptId,
        void: one.void,
      })),
    }));
    const rows = await this.retried<RowWire>('evidence_open', 'SELECT * FROM evidence_open($1::jsonb)', [
      JSON.stringify(wire),
    ]);
    return rows.map((row) => ({
      callId: row.call_id,
      candidate: row.candidate,
      attemptId: row.attempt_id,
      state: row.state,
      reason: row.reason,
    }));
  }

  /** Those that are ours to send now. Each attempt is granted once, ever. */
  async claim(attemptIds: string[]): Promise<Set<string>> {
    const rows = await this.retried<{ attempt_id: string }>(
      'evidence_claim',
      `UPDATE evidence_row SET state = 'claimed' WHERE attempt_id IN (
         SELECT attempt_id FROM evidence_row WHERE attempt_id = ANY($1::uuid[]) ORDER BY attempt_id FOR UPDATE)
       AND state = 'open' RETURNING attempt_id`,
      [attemptIds],
    );
    return new Set(rows.map((row) => row.attempt_id));
  }

  /** The first ending stands. Returns the attempts whose ending this was. */
  async end(endings: RowEnding[]): Promise<Set<string>> {
    const rows = await this.retried<{ attempt_id: string }>(
      'evidence_end',
      `UPDATE evidence_row r SET state = e.state, reason = e.reason, score_candidate = e.candidate,
         score_baseline = e.baseline, ended_at = clock_timestamp()
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::float8[], $5::float8[])
         AS e(attempt_id, state, reason, candidate, baseline)
       WHERE r.attempt_id = e.attempt_id AND (r.state = 'open' OR (r.state = 'claimed' AND e.state = 'scored'))
       RETURNING r.attempt_id`,
      [
        endings.map((ending) => ending.attemptId),
        endings.map((ending) => ending.state),
        endings.map((ending) => (ending.state === 'void' ? ending.reason : ending.unjudged ? unjudged : null)),
        endings.map((ending) => (ending.state === 'scored' ? ending.candidate : null)),
        endings.map((ending) => (ending.state === 'scored' ? ending.baseline : null)),
      ],
    );
    return new Set(rows.map((row) => row.attempt_id));
  }

  /** The parts that were still open when their job was given up: void, because nothing was sent. Returns how many. */
  async giveUp(callId: string, reason: string): Promise<number> {
    const rows = await this.retried(
      'evidence_give_up',
      `UPDATE evidence_row SET state = 'void', reason = $2, ended_at = clock_timestamp()
       WHERE call_id = $1 AND state = 'open' RETURNING attempt_id`,
      [callId, reason],
    );
    return rows.length;
  }

  /** Those of the holds that replays stand behind. */
  async replaysOf(attemptIds: string[]): Promise<Map<string, ReplayOfHold>> {
    const { rows } = await this.pool.query<ReplayOfHold>({
      name: 'evidence_replays_of',
      text: `SELECT r.attempt_id AS "attemptId", r.call_id AS "callId", r.gate, r.position::float8 AS position,
          l.use_case AS "useCase", r.candidate, r.cluster, r.state
        FROM evidence_row r JOIN evidence_line l USING (gate, candidate, revision)
        WHERE r.attempt_id = ANY($1::uuid[])`,
      values: [attemptIds],
    });
    return new Map(rows.map((row) => [row.attemptId, row]));
  }

  /** Of a gate, how many replays of each candidate were sent; whatever came of them, they were paid. */
  async paidReplays(gate: string): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ candidate: string; paid: string }>(
      `SELECT candidate, count(*) AS paid FROM evidence_row
       WHERE gate = $1 AND state IN ('claimed', 'scored') GROUP BY candidate`,
      [gate],
    );
    return new Map(rows.map(({ candidate, paid }) => [candidate, Number(paid)]));
  }

  /** The next place of every line, canary lines too, by what has reached the worker. */
  async nextPositions(): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ gate: string; next: string }>(
      `SELECT gate, max(position) + 1 AS next FROM evidence_place GROUP BY gate
       UNION ALL SELECT line, max(position) + 1 FROM canary_place GROUP BY line`,
    );
    return new Map(rows.map(({ gate, next }) => [gate, Number(next)]));
  }

  private async retried<Row extends object>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.pool.query<Row>({ name, text, values })).rows;
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : '';
        if (attempt >= attemptsMax || !passingCodes.has(code)) throw error;
      }
    }
  }
}
