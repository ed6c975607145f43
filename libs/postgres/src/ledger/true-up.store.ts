/** Corrections by venues' reports: worked out by control, applied by the worker, each once. */
import type { Pool } from 'pg';
import type { HeldEnvelope } from '#contracts/envelope-desk.js';
import type { TruedUp, TrueUp } from '#domain/ledger/true-up.js';

export interface StoredTrueUp extends TrueUp {
  adjustmentId: string;
  reason: string;
}

interface Row {
  adjustment_id: string;
  attempt_id: string;
  revision: number;
  cost: string;
  difference_pico: string;
  difference_nano: string;
  held: string;
  call_id: string;
  use_case: string;
  envelopes: HeldEnvelope[];
  reason: string;
}

export class TrueUpStore {
  constructor(
    private readonly pool: Pool,
    private readonly organisation: string,
  ) {}

  /** Of these attempts, those a report has corrected before. */
  async known(attemptIds: readonly string[]): Promise<Map<string, TruedUp>> {
    const { rows } = await this.pool.query<{ attempt_id: string; revision: number; cost: string }>(
      `SELECT DISTINCT ON (attempt_id) attempt_id, revision, cost_pico_usd::text AS cost FROM true_up
       WHERE organisation = $1 AND attempt_id = ANY ($2) ORDER BY attempt_id, revision DESC`,
      [this.organisation, attemptIds],
    );
    return new Map(rows.map(({ attempt_id, revision, cost }) => [attempt_id, { revision, costPicoUsd: BigInt(cost) }]));
  }

  /** Returns those that were added: of two reports at once about one attempt the first is, and the second asks again. */
  async add(trueUps: readonly StoredTrueUp[], by: string): Promise<Set<string>> {
    const column = <Value>(of: (one: StoredTrueUp) => Value) => trueUps.map(of);
    const { rows } = await this.pool.query<{ adjustment_id: string }>(
      `INSERT INTO true_up (organisation, imported_by, adjustment_id, attempt_id, revision, cost_pico_usd, difference_pico_usd,
         difference_nano_usd, held_nano_usd, call_id, use_case, envelopes, reason)
       SELECT $1, $2, * FROM unnest($3::uuid[], $4::uuid[], $5::int[], $6::numeric[], $7::numeric[], $8::bigint[], $9::bigint[],
         $10::uuid[], $11::text[], $12::jsonb[], $13::text[])
       ON CONFLICT (organisation, attempt_id, revision) DO NOTHING RETURNING adjustment_id`,
      [
        this.organisation,
        by,
        column(({ adjustmentId }) => adjustmentId),
        column(({ attemptId }) => attemptId),
        column(({ revision }) => revision),
        column(({ costPicoUsd }) => String(costPicoUsd)),
        column(({ differencePicoUsd }) => String(differencePicoUsd)),
        column(({ differenceNanoUsd }) => String(differenceNanoUsd)),
        column(({ heldNanoUsd }) => String(heldNanoUsd)),
        column(({ callId }) => callId),
        column(({ useCase }) => useCase),
        column(({ envelopes }) => JSON.stringify(envelopes)),
        column(({ reason }) => reason),
      ],
    );
    return new Set(rows.map(({ adjustment_id }) => adjustment_id));
  }

  /** Not applied yet, oldest first; of one attempt in the order of its revisions. */
  async waiting(count: number): Promise<StoredTrueUp[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT adjustment_id, attempt_id, revision, cost_pico_usd::text AS cost, difference_pico_usd::text AS difference_pico,
         difference_nano_usd::text AS difference_nano, held_nano_usd::text AS held, call_id, use_case, envelopes, reason
       FROM true_up WHERE organisation = $1 AND applied_at IS NULL ORDER BY imported_at, attempt_id, revision LIMIT $2`,
      [this.organisation, count],
    );
    return rows.map((row) => ({
      adjustmentId: row.adjustment_id,
      attemptId: row.attempt_id,
      revision: row.revision,
      costPicoUsd: BigInt(row.cost),
      differencePicoUsd: BigInt(row.difference_pico),
      differenceNanoUsd: BigInt(row.difference_nano),
      heldNanoUsd: BigInt(row.held),
      callId: row.call_id,
      useCase: row.use_case,
      envelopes: row.envelopes,
      reason: row.reason,
    }));
  }

  async applied(adjustmentIds: readonly string[]): Promise<void> {
    await this.pool.query(
      'UPDATE true_up SET applied_at = clock_timestamp() WHERE organisation = $1 AND adjustment_id = ANY ($2)',
      [this.organisation, adjustmentIds],
    );
  }
}
