/** Canaries: one place per enforced call that was drawn. Its state only moves forward, like a part of the shadow's evidence. */
import type { Pool } from 'pg';

export interface CanaryToOpen {
  line: string;
  position: number;
  verdict: string;
  useCase: string;
  candidate: string;
  callId: string;
  cluster: string;
  /** Keyed digest of what was asked; null where it cannot be read. */
  prompt: string | null;
  admittedAt: string;
  /** Of the baseline's replay, should it be asked. */
  attemptId: string;
  /** Why nothing is observed here; null to observe. */
  void: string | null;
}

export interface CanaryRow {
  /** Of the first time this call was opened. */
  attemptId: string;
  state: 'open' | 'claimed' | 'scored' | 'void';
  reason: string | null;
}

export type CanaryEnding =
  | { callId: string; state: 'scored'; candidate: number; baseline: number | null; valid: boolean | null }
  | { callId: string; state: 'void'; reason: string };

export class CanaryStore {
  constructor(private readonly pool: Pool) {}

  /** See the function `canary_open`. Null: another call has the place. */
  async open(call: CanaryToOpen): Promise<CanaryRow | null> {
    const { rows } = await this.pool.query<{ attempt_id: string; state: CanaryRow['state']; reason: string | null }>({
      name: 'canary_open',
      text: 'SELECT * FROM canary_open($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
      values: [
        call.line,
        call.position,
        call.verdict,
        call.useCase,
        call.candidate,
        call.callId,
        call.cluster,
        call.admittedAt,
        call.attemptId,
        call.void,
        call.prompt,
      ],
    });
    const [row] = rows;
    return row ? { attemptId: row.attempt_id, state: row.state, reason: row.reason } : null;
  }

  /** True: the baseline is ours to ask now. Granted once, ever. */
  async claim(attemptId: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      "UPDATE canary_place SET state = 'claimed' WHERE attempt_id = $1 AND state = 'open'",
      [attemptId],
    );
    return rowCount === 1;
  }

  /** The first ending stands. */
  async end(ending: CanaryEnding): Promise<void> {
    const scored = ending.state === 'scored' ? ending : null;
    await this.pool.query({
      name: 'canary_end',
      text: `UPDATE canary_place SET state = $2, reason = $3, score_candidate = $4, score_baseline = $5, valid = $6,
          ended_at = clock_timestamp()
        WHERE call_id = $1 AND state IN ('open', 'claimed')`,
      values: [
        ending.callId,
        ending.state,
        ending.state === 'void' ? ending.reason : null,
        scored?.candidate ?? null,
        scored?.baseline ?? null,
        scored?.valid ?? null,
      ],
    });
  }
}
