/**
 * The envelope desk in PostgreSQL. All deciding is done by the functions of the migration `desk`, one call per batch;
 * how they are spelled is in desk-wire.ts.
 */
import { randomUUID } from 'node:crypto';
import {
  type Adjustment,
  type AttemptState,
  DeskFault,
  DeskNotBuilt,
  type DeskEnvelope,
  type DeskState,
  type EnvelopeBalance,
  type EnvelopeBooks,
  type EnvelopeDesk,
  type HoldAnswer,
  type HoldRequest,
  type OpenHold,
  type PresentedHold,
  type PendingRecord,
  type SettleAnswer,
  type Settlement,
} from '#contracts/envelope-desk.js';
import { DeskDatabase, type DeskDatabaseSettings } from './desk-database.js';
import {
  amountText,
  answerOf,
  type AnswerWire,
  envelopeWire,
  found,
  openHoldOf,
  type OpenHoldRow,
  openHoldWire,
  presentedHoldWire,
  placesOf,
  requestWire,
} from './desk-wire.js';

export interface PostgresDeskSettings extends DeskDatabaseSettings {
  organisation: string;
  /** How long an ended hold is remembered, and a repeated settlement recognised. */
  rememberMs?: number;
}

const openHolds = `SELECT id, call_id AS call, amount_nano_usd::text AS amount, expires_at_ms::text AS expires,
    answer -> 'envelopes' AS envelopes
  FROM desk_hold WHERE organisation = $1 AND settled_at IS NULL`;

export class PostgresDesk implements EnvelopeDesk {
  readonly #database: DeskDatabase;
  readonly #organisation: string;
  readonly #rememberMs: number;

  constructor({ organisation, rememberMs = 24 * 3600 * 1000, ...database }: PostgresDeskSettings) {
    this.#database = new DeskDatabase(database);
    this.#organisation = organisation;
    this.#rememberMs = rememberMs;
  }

  async putEnvelopes(envelopes: DeskEnvelope[]): Promise<void> {
    if (envelopes.length === 0) return;
    const [row] = await this.#rows<{ built: boolean }>('desk_put', 'SELECT desk_put($1, $2::jsonb) AS built', [
      JSON.stringify(envelopes.map(envelopeWire)),
    ]);
    if (!row?.built) throw new DeskNotBuilt(this.#organisation);
  }

  async hold(requests: HoldRequest[]): Promise<HoldAnswer[]> {
    if (requests.length === 0) return [];
    // An id repeated within a batch is one request.
    const distinct = new Map<string, HoldRequest>();
    for (const request of requests) if (!distinct.has(request.holdId)) distinct.set(request.holdId, request);
    const asked = [...distinct.values()];
    const envelopes = placesOf(asked.flatMap((request) => request.envelopes.map(({ id }) => id)));
    const lines = placesOf(asked.flatMap((request) => request.line ?? []));
    const [row] = await this.#rows<{ answers: AnswerWire[] }>(
      'desk_hold',
      'SELECT desk_hold($1, $2, $3, $4::jsonb) AS answers',
      [
        [...envelopes.keys()],
        [...lines.keys()],
        JSON.stringify(asked.map((request) => requestWire(request, envelopes, lines))),
      ],
    );
    const answers = new Map((row?.answers ?? []).map((answer) => [answer.holdId, answerOf(answer)]));
    return requests.map(({ holdId }) => found(answers.get(holdId)));
  }

  async settle(settlements: Settlement[]): Promise<SettleAnswer[]> {
    return this.#end(
      settlements.map(({ holdId, costNanoUsd, envelopes, record }) => {
        return { id: holdId, cost: amountText(costNanoUsd), envelopes, record };
      }),
    );
  }

  async adjust(adjustments: Adjustment[]): Promise<SettleAnswer[]> {
    return this.#end(
      adjustments.map(({ adjustmentId, differenceNanoUsd, envelopes, record }) => {
        const amount = amountText(differenceNanoUsd < 0n ? -differenceNanoUsd : differenceNanoUsd);
        return { id: adjustmentId, cost: differenceNanoUsd < 0n ? `-${amount}` : amount, envelopes, record };
      }),
    );
  }

  async #end<Ending extends { id: string }>(endings: Ending[]): Promise<SettleAnswer[]> {
    if (endings.length === 0) return [];
    const first = new Map<string, Ending>();
    for (const ending of endings) if (!first.has(ending.id)) first.set(ending.id, ending);
    const asked = [...first.values()];
    const [row] = await this.#rows<{ settled: boolean[] }>(
      'desk_settle',
      'SELECT desk_settle($1, $2::jsonb) AS settled',
      [JSON.stringify(asked)],
    );
    const settled = new Set(asked.filter((_, place) => found(row?.settled)[place]));
    return endings.map((ending) => ({ holdId: ending.id, outcome: settled.has(ending) ? 'settled' : 'already' }));
  }

  async drain(count: number): Promise<PendingRecord[]> {
    return this.#rows<{ cursor: string; record: string }>(
      'desk_drain',
      'SELECT r.cursor::text, r.record FROM desk_record r WHERE r.organisation = $1 ORDER BY r.cursor LIMIT $2',
      [count],
    );
  }

  async acknowledge(cursors: string[]): Promise<void> {
    if (cursors.length === 0) return;
    await this.#rows('desk_acknowledge', 'SELECT desk_acknowledge($1, $2, $3)', [cursors, this.#rememberMs]);
  }

  async expired(count: number): Promise<OpenHold[]> {
    const rows = await this.#rows<OpenHoldRow>(
      'desk_expired',
      `${openHolds} AND expires_at_ms <= floor(extract(epoch FROM clock_timestamp()) * 1000)
       ORDER BY expires_at_ms, id COLLATE "C" LIMIT $2`,
      [count],
    );
    return rows.map(openHoldOf);
  }

  async openHolds(): Promise<OpenHold[]> {
    return (await this.#rows<OpenHoldRow>('desk_open', openHolds, [])).map(openHoldOf);
  }

  async attempts(holdIds: string[]): Promise<AttemptState[]> {
    const [row] = await this.#rows<{ states: AttemptState[] }>(
      'desk_attempts',
      'SELECT desk_attempts($1, $2) AS states',
      [holdIds],
    );
    return found(row).states;
  }

  async rehold(holds: PresentedHold[]): Promise<void> {
    if (holds.length === 0) return;
    const wire = JSON.stringify(holds.map(presentedHoldWire));
    await this.#rows('desk_rehold', 'SELECT desk_rehold($1, $2::jsonb)', [wire]);
  }

  async balances(envelopes: string[]): Promise<EnvelopeBalance[]> {
    const rows = await this.#rows<{ envelope: string; window: string; settled: string; held: string }>(
      'desk_balances',
      `SELECT b.envelope, b.window_id AS window, b.settled_nano_usd::text AS settled, b.held_nano_usd::text AS held
       FROM unnest($2::text[]) WITH ORDINALITY AS a(id, place)
       CROSS JOIN LATERAL (
         SELECT d.* FROM desk_balance d WHERE d.organisation = $1 AND d.envelope = a.id
          AND (d.settled_nano_usd <> 0 OR d.held_nano_usd <> 0) OFFSET 0) b
       ORDER BY a.place, b.window_id COLLATE "C"`,
      [envelopes],
    );
    return rows.map(({ envelope, window, settled, held }) => {
      return { envelope, window, settledNanoUsd: BigInt(settled), heldNanoUsd: BigInt(held) };
    });
  }

  async books(envelopes: string[]): Promise<EnvelopeBooks[]> {
    const rows = await this.#rows<{
      envelope: string;
      window: string;
      settled: string;
      held: string;
      waiting: string;
    }>(
      'desk_books',
      `WITH waiting AS (
         SELECT w.envelope, w."window", sum(r.cost_nano_usd) AS cost
         FROM desk_record r, jsonb_to_recordset(r.envelopes) AS w(envelope text, "window" text)
         WHERE r.organisation = $1 GROUP BY 1, 2)
       SELECT b.envelope, b.window_id AS window, b.settled_nano_usd::text AS settled, b.held_nano_usd::text AS held,
         coalesce(w.cost, 0)::text AS waiting
       FROM unnest($2::text[]) WITH ORDINALITY AS a(id, place)
       JOIN desk_balance b ON b.organisation = $1 AND b.envelope = a.id AND (b.settled_nano_usd <> 0 OR b.held_nano_usd <> 0)
       LEFT JOIN waiting w ON w.envelope = b.envelope AND w."window" = b.window_id
       ORDER BY a.place, b.window_id COLLATE "C"`,
      [envelopes],
    );
    return rows.map(({ envelope, window, settled, held, waiting }) => ({
      envelope,
      window,
      settledNanoUsd: BigInt(settled),
      heldNanoUsd: BigInt(held),
      waitingNanoUsd: BigInt(waiting),
    }));
  }

  async epoch(): Promise<number | null> {
    const text = 'SELECT epoch::text FROM desk_built WHERE organisation = $1 AND epoch > 0';
    const [row] = await this.#rows<{ epoch: string }>('desk_epoch', text, []);
    return row ? Number(row.epoch) : null;
  }

  async store(): Promise<string> {
    return found((await this.#rows<{ store: string }>('desk_store', 'SELECT desk_store($1) AS store', []))[0]).store;
  }

  async freeze(forMs: number): Promise<string> {
    const proof = randomUUID();
    await this.#rows('desk_freeze', 'SELECT desk_freeze($1, $2, $3)', [proof, Math.ceil(forMs)]);
    return proof;
  }

  async rebuild(state: DeskState, proof?: string): Promise<boolean> {
    const wire = {
      envelopes: state.envelopes.map(envelopeWire),
      balances: state.balances.map(({ envelope, window, settledNanoUsd, heldNanoUsd }) => {
        return { envelope, window, settled: String(settledNanoUsd), held: String(heldNanoUsd) };
      }),
      holds: state.holds.map(openHoldWire),
      lines: state.lines.map(({ line, nextPosition }) => ({ line, next: nextPosition })),
    };
    const [row] = await this.#rows<{ rebuilt: boolean }>(
      'desk_rebuild',
      'SELECT desk_rebuild($1, $2::jsonb, $3, $4, $5) AS rebuilt',
      [JSON.stringify(wire), state.epoch ?? 1, state.ended ?? [], proof ?? null],
    );
    return found(row).rebuilt;
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #rows<Row extends Record<string, unknown>>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    try {
      return await this.#database.rows<Row>(name, text, [this.#organisation, ...values]);
    } catch (error) {
      throw new DeskFault(error);
    }
  }
}
