/** Corrections by venues' reports, and what takes them back: worked out by control, applied by the worker, each once. */
import type { Pool } from 'pg';
import type { HeldEnvelope } from '#contracts/envelope-desk.js';
import type { TruedUp, TrueUp } from '#domain/ledger/true-up.js';

export interface StoredTrueUp extends TrueUp {
  adjustmentId: string;
  /** The correction this one takes back. */
  reverses: string | null;
  reason: string;
}

/** A correction somebody wants to take back. Only the latest that stands of an attempt can be. */
export interface ReversibleTrueUp extends StoredTrueUp {
  state: 'stands' | 'reversed' | 'corrected_again';
  /** Of its attempt. */
  lastRevision: number;
}

const columns = `adjustment_id, attempt_id, revision, cost_pico_usd::text AS cost,
  difference_pico_usd::text AS difference_pico, charge_difference_pico_usd::text AS difference_charge, difference_nano_usd::text AS difference_nano, held_nano_usd::text AS held,
  call_id, use_case, evaluation, envelopes, reverses, reason, imported_by`;
/** A correction `t` that is no reversal and was not reversed. */
const stands = (t: string) =>
  `${t}.reverses IS NULL AND NOT EXISTS (SELECT FROM true_up r WHERE r.reverses = ${t}.adjustment_id)`;

interface Row {
  adjustment_id: string;
  attempt_id: string;
  revision: number;
  cost: string;
  difference_pico: string;
  difference_charge: string;
  difference_nano: string;
  held: string;
  call_id: string;
  use_case: string;
  evaluation: boolean;
  envelopes: HeldEnvelope[];
  reverses: string | null;
  reason: string;
  imported_by: string;
}

export class TrueUpStore {
  constructor(
    private readonly pool: Pool,
    private readonly organisation: string,
  ) {}

  /** Of these attempts, those a report has corrected before. */
  async known(attemptIds: readonly string[]): Promise<Map<string, TruedUp>> {
    const { rows } = await this.pool.query<{ attempt_id: string; revision: number; cost: string; reported: boolean }>(
      `SELECT DISTINCT ON (attempt_id) attempt_id, revision, cost_pico_usd::text AS cost,
         bool_or(${stands('t')}) OVER (PARTITION BY attempt_id) AS reported
       FROM true_up t WHERE organisation = $1 AND attempt_id = ANY ($2) ORDER BY attempt_id, revision DESC`,
      [this.organisation, attemptIds],
    );
    return new Map(
      rows.map(({ attempt_id, revision, cost, reported }) => [
        attempt_id,
        { revision, costPicoUsd: BigInt(cost), reported },
      ]),
    );
  }

  /** Returns those that were added: of two reports at once about one attempt the first is, and the second asks again. */
  async add(trueUps: readonly StoredTrueUp[], by: string): Promise<Set<string>> {
    const column = <Value>(of: (one: StoredTrueUp) => Value) => trueUps.map(of);
    const { rows } = await this.pool.query<{ adjustment_id: string }>(
      `INSERT INTO true_up (organisation, imported_by, adjustment_id, attempt_id, revision, cost_pico_usd, difference_pico_usd,
         charge_difference_pico_usd, difference_nano_usd, held_nano_usd, call_id, use_case, evaluation,
         envelopes, reverses, reason)
       SELECT $1, $2, * FROM unnest($3::uuid[], $4::uuid[], $5::int[], $6::numeric[], $7::numeric[], $8::numeric[],
         $9::bigint[], $10::bigint[], $11::uuid[], $12::text[], $13::bool[], $14::jsonb[], $15::uuid[], $16::text[])
       ON CONFLICT DO NOTHING RETURNING adjustment_id`,
      [
        this.organisation,
        by,
        column(({ adjustmentId }) => adjustmentId),
        column(({ attemptId }) => attemptId),
        column(({ revision }) => revision),
        column(({ costPicoUsd }) => String(costPicoUsd)),
        column(({ differencePicoUsd }) => String(differencePicoUsd)),
        column(({ chargeDifferencePicoUsd }) => String(chargeDifferencePicoUsd)),
        column(({ differenceNanoUsd }) => String(differenceNanoUsd)),
        column(({ heldNanoUsd }) => String(heldNanoUsd)),
        column(({ callId }) => callId),
        column(({ useCase }) => useCase),
        column(({ evaluation }) => evaluation),
        column(({ envelopes }) => JSON.stringify(envelopes)),
        column(({ reverses }) => reverses),
        column(({ reason }) => reason),
      ],
    );
    return new Set(rows.map(({ adjustment_id }) => adjustment_id));
  }

  /** One correction, or all that a report (by its digest) brought about. Reversals are none. */
  async reversible(asked: { adjustment: string } | { report: string }): Promise<ReversibleTrueUp[]> {
    const [where, value] =
      'adjustment' in asked ? ['adjustment_id = $2', asked.adjustment] : [`reason LIKE '%, ' || $2`, asked.report];
    const { rows } = await this.pool.query<Row & { state: ReversibleTrueUp['state']; last_revision: number }>(
      `SELECT ${columns},
         (SELECT max(o.revision) FROM true_up o WHERE (o.organisation, o.attempt_id) = (t.organisation, t.attempt_id))
           AS last_revision,
         CASE
           WHEN EXISTS (SELECT FROM true_up r WHERE r.reverses = t.adjustment_id) THEN 'reversed'
           WHEN EXISTS (SELECT FROM true_up l WHERE (l.organisation, l.attempt_id) = (t.organisation, t.attempt_id)
             AND l.revision > t.revision AND ${stands('l')}) THEN 'corrected_again'
           ELSE 'stands'
         END AS state
       FROM true_up t WHERE organisation = $1 AND reverses IS NULL AND ${where} ORDER BY attempt_id, revision`,
      [this.organisation, value],
    );
    return rows.map((row) => ({ ...trueUpIn(row), state: row.state, lastRevision: row.last_revision }));
  }

  /** Not applied yet, oldest first; of one attempt in the order of its revisions. `by`: who asked for it. */
  async waiting(count: number): Promise<(StoredTrueUp & { by: string })[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${columns}
       FROM true_up WHERE organisation = $1 AND applied_at IS NULL ORDER BY imported_at, attempt_id, revision LIMIT $2`,
      [this.organisation, count],
    );
    return rows.map((row) => ({ ...trueUpIn(row), by: row.imported_by }));
  }

  async applied(adjustmentIds: readonly string[]): Promise<void> {
    await this.pool.query(
      'UPDATE true_up SET applied_at = clock_timestamp() WHERE organisation = $1 AND adjustment_id = ANY ($2)',
      [this.organisation, adjustmentIds],
    );
  }
}

const trueUpIn = (row: Row): StoredTrueUp => ({
  adjustmentId: row.adjustment_id,
  attemptId: row.attempt_id,
  revision: row.revision,
  costPicoUsd: BigInt(row.cost),
  differencePicoUsd: BigInt(row.difference_pico),
  chargeDifferencePicoUsd: BigInt(row.difference_charge),
  differenceNanoUsd: BigInt(row.difference_nano),
  heldNanoUsd: BigInt(row.held),
  callId: row.call_id,
  useCase: row.use_case,
  evaluation: row.evaluation,
  envelopes: row.envelopes,
  reverses: row.reverses,
  reason: row.reason,
});
