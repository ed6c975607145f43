/**
 * The envelope desk in PostgreSQL. All deciding is done by the functions of the migration `desk`, one call per batch;
 * here is only their spelling. Money crosses as text: JSON numbers would lose nano-dollars.
 */
import {
  DeskFault,
  DeskNotBuilt,
  type DeskEnvelope,
  type DeskState,
  type EnvelopeBalance,
  type EnvelopeDesk,
  type HeldEnvelope,
  type HoldAnswer,
  type HoldRefusal,
  type HoldRequest,
  type OpenHold,
  type PendingRecord,
  type SettleAnswer,
  type Settlement,
} from '#contracts/envelope-desk.js';
import { nanoUsdMax } from '#contracts/money.js';
import { DeskDatabase, type DeskDatabaseSettings } from './desk-database.js';

export interface PostgresDeskSettings extends DeskDatabaseSettings {
  organisation: string;
  /** How long an ended hold is remembered, and a repeated settlement recognised. */
  rememberMs?: number;
}

type RefusalWire = Omit<HoldRefusal, 'limitNanoUsd' | 'settledNanoUsd' | 'heldNanoUsd'> & {
  limitNanoUsd: string;
  settledNanoUsd: string;
  heldNanoUsd: string;
};
type AnswerWire =
  Exclude<HoldAnswer, { outcome: 'refused' }> | { outcome: 'refused'; holdId: string; refusal: RefusalWire };

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
    if (settlements.length === 0) return [];
    const first = new Map<string, Settlement>();
    for (const ending of settlements) if (!first.has(ending.holdId)) first.set(ending.holdId, ending);
    const asked = [...first.values()];
    const wire = asked.map(({ holdId, costNanoUsd, envelopes, record }) => {
      return { id: holdId, cost: amountText(costNanoUsd), envelopes, record };
    });
    const [row] = await this.#rows<{ settled: boolean[] }>(
      'desk_settle',
      'SELECT desk_settle($1, $2::jsonb) AS settled',
      [JSON.stringify(wire)],
    );
    const settled = new Set(asked.filter((_, place) => found(row?.settled)[place]));
    return settlements.map((ending) => {
      return { holdId: ending.holdId, outcome: settled.has(ending) ? 'settled' : 'already' };
    });
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
    const rows = await this.#rows<{
      id: string;
      call: string;
      amount: string;
      expires: string;
      envelopes: HeldEnvelope[];
    }>(
      'desk_expired',
      `SELECT id, call_id AS call, amount_nano_usd::text AS amount, expires_at_ms::text AS expires,
        answer -> 'envelopes' AS envelopes
       FROM desk_hold WHERE organisation = $1 AND settled_at IS NULL
        AND expires_at_ms <= floor(extract(epoch FROM clock_timestamp()) * 1000)
       ORDER BY expires_at_ms, id COLLATE "C" LIMIT $2`,
      [count],
    );
    return rows.map(({ id, call, amount, expires, envelopes }) => {
      return { holdId: id, callId: call, amountNanoUsd: BigInt(amount), envelopes, expiresAtMs: Number(expires) };
    });
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

  async rebuild(state: DeskState): Promise<void> {
    const wire = {
      envelopes: state.envelopes.map(envelopeWire),
      balances: state.balances.map(({ envelope, window, settledNanoUsd, heldNanoUsd }) => {
        return { envelope, window, settled: String(settledNanoUsd), held: String(heldNanoUsd) };
      }),
      holds: state.holds.map(({ holdId, callId, amountNanoUsd, envelopes, expiresAtMs }) => {
        return { id: holdId, call: callId, amount: amountText(amountNanoUsd), expires: expiresAtMs, envelopes };
      }),
      lines: state.lines.map(({ line, nextPosition }) => ({ line, next: nextPosition })),
    };
    await this.#rows('desk_rebuild', 'SELECT desk_rebuild($1, $2::jsonb)', [JSON.stringify(wire)]);
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

/** Each text once, sorted, with its place from 1. */
function placesOf(texts: string[]): Map<string, number> {
  return new Map([...new Set(texts)].sort().map((text, index) => [text, index + 1]));
}

function requestWire(request: HoldRequest, envelopes: Map<string, number>, lines: Map<string, number>) {
  const { holdId, callId, amountNanoUsd, expiresInMs, line } = request;
  return {
    id: holdId,
    call: callId,
    amount: holdText(amountNanoUsd),
    expires: Math.ceil(expiresInMs),
    line: line === undefined ? null : lines.get(line),
    at: request.envelopes.map(({ id }) => envelopes.get(id)),
    refuses: request.envelopes.map(({ refuses }) => refuses),
  };
}

function envelopeWire({ id, limitNanoUsd, steerAtPercent, windows }: DeskEnvelope) {
  // Rounded up: settled + held reaches the whole number when it reaches the share.
  const steer = steerAtPercent === null ? null : String((limitNanoUsd * BigInt(steerAtPercent) + 99n) / 100n);
  return {
    id,
    limit: amountText(limitNanoUsd),
    steer,
    windows: windows.map((window) => ({ id: window.id, starts: window.startsAtMs, ends: window.endsAtMs })),
  };
}

function answerOf(answer: AnswerWire): HoldAnswer {
  if (answer.outcome !== 'refused') return answer;
  const { limitNanoUsd, settledNanoUsd, heldNanoUsd, ...rest } = answer.refusal;
  const figures = {
    limitNanoUsd: BigInt(limitNanoUsd),
    settledNanoUsd: BigInt(settledNanoUsd),
    heldNanoUsd: BigInt(heldNanoUsd),
  };
  return { outcome: 'refused', holdId: answer.holdId, refusal: { ...rest, ...figures } };
}

/** Beyond `nanoUsdMax`, the least amount that fits no envelope: what a client asks for must not fail its whole batch. */
const holdText = (nanoUsd: bigint): string => (nanoUsd > nanoUsdMax ? String(nanoUsdMax + 1n) : amountText(nanoUsd));

function amountText(nanoUsd: bigint): string {
  if (nanoUsd < 0n || nanoUsd > nanoUsdMax + 1n)
    throw new RangeError(`${nanoUsd} nano-USD is beyond what a desk counts`);
  return String(nanoUsd);
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('desk function gave no answer for a request');
  return value;
}
