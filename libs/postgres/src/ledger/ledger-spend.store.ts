/**
 * What the ledger says of each envelope's windows, kept as running sums; and what it says of single attempts. It never
 * decides anything: whoever reads lines folds them (domain/envelope/spend-of-lines) and hands in what to add.
 */
import type { Pool } from 'pg';
import type { HeldEnvelope } from '#contracts/envelope-desk.js';
import { correctionKinds } from '#domain/ledger/correction.js';
import { inTransaction } from './in-transaction.js';

export interface WindowSpend extends HeldEnvelope {
  nanoUsd: bigint;
}

export interface SpendToAdd {
  spent: WindowSpend[];
  /** Per line of evidence, the next free position. */
  positions: ReadonlyMap<string, number>;
}

export interface SpendState {
  nextIndex: number;
  deskEpoch: number;
}

/** Kinds under which an attempt has its one ending. */
const endingKinds = ['call', 'attempt', 'shadow_replay', 'judge', 'hold_expiry'];

export class LedgerSpendStore {
  constructor(
    private readonly pool: Pool,
    private readonly log: string,
  ) {}

  async state(): Promise<SpendState> {
    const { rows } = await this.pool.query<{ next_index: string; desk_epoch: string }>(
      'SELECT next_index, desk_epoch FROM ledger_spend_state WHERE log = $1',
      [this.log],
    );
    return { nextIndex: Number(rows[0]?.next_index ?? 0), deskEpoch: Number(rows[0]?.desk_epoch ?? 0) };
  }

  /** Adds what lines [from, to) say, once: false, and nothing changed, when the sums do not end at `from`. */
  add(from: number, to: number, { spent, positions }: SpendToAdd): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      await client.query('INSERT INTO ledger_spend_state (log) VALUES ($1) ON CONFLICT DO NOTHING', [this.log]);
      const { rowCount } = await client.query(
        'UPDATE ledger_spend_state SET next_index = $3 WHERE log = $1 AND next_index = $2',
        [this.log, from, to],
      );
      if (rowCount === 0) return false;
      await client.query(
        `INSERT INTO ledger_spend AS s (log, envelope, window_id, spent_nano_usd)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::numeric[])
         ON CONFLICT (log, envelope, window_id) DO UPDATE SET spent_nano_usd = s.spent_nano_usd + excluded.spent_nano_usd`,
        [
          this.log,
          spent.map(({ envelope }) => envelope),
          spent.map(({ window }) => window),
          spent.map(({ nanoUsd }) => String(nanoUsd)),
        ],
      );
      await client.query(
        `INSERT INTO ledger_line_position AS p (log, line, next_position) SELECT $1, * FROM unnest($2::text[], $3::bigint[])
         ON CONFLICT (log, line) DO UPDATE SET next_position = greatest(p.next_position, excluded.next_position)`,
        [this.log, [...positions.keys()], [...positions.values()]],
      );
      return true;
    });
  }

  /** Of these envelopes, every window anything was ever spent in. */
  async spent(envelopes: string[]): Promise<WindowSpend[]> {
    const { rows } = await this.pool.query<{ envelope: string; window: string; spent: string }>(
      `SELECT envelope, window_id AS window, spent_nano_usd::text AS spent FROM ledger_spend
       WHERE log = $1 AND envelope = ANY ($2) ORDER BY 1, 2`,
      [this.log, envelopes],
    );
    return rows.map(({ envelope, window, spent }) => ({ envelope, window, nanoUsd: BigInt(spent) }));
  }

  async positions(): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ line: string; next_position: string }>(
      'SELECT line, next_position FROM ledger_line_position WHERE log = $1',
      [this.log],
    );
    return new Map(rows.map(({ line, next_position }) => [line, Number(next_position)]));
  }

  /** Which of these attempts have an ending in the ledger, and under which kind. */
  async endingsOf(attemptIds: string[]): Promise<Map<string, string>> {
    if (attemptIds.length === 0) return new Map();
    const { rows } = await this.pool.query<{ id: string; kind: string }>({
      name: 'ledger_endings_of',
      text: `SELECT a.id, k.kind FROM unnest($2::uuid[]) AS a(id)
        CROSS JOIN LATERAL (
          SELECT e.kind FROM ledger_entry_key e WHERE e.log = $1 AND e.kind = ANY ($3) AND e.entry_id = a.id
          UNION ALL
          SELECT i.kind FROM ledger_inbox i WHERE i.log = $1 AND i.kind = ANY ($3) AND i.entry_id = a.id
          LIMIT 1) k`,
      values: [this.log, attemptIds, endingKinds],
    });
    return new Map(rows.map(({ id, kind }) => [id, kind]));
  }

  /** Attempts that ended, and corrections that were made, in lines recorded since: what a rebuilt desk must remember. */
  async endedSince(sinceMs: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `SELECT entry_id AS id FROM ledger_entry_key WHERE log = $1 AND kind = ANY ($2) AND recorded_at >= $3`,
      [this.log, [...endingKinds, ...correctionKinds], new Date(sinceMs)],
    );
    return rows.map(({ id }) => id);
  }

  /** The epoch of the desk that is being built now; later than any before. */
  async nextEpoch(): Promise<number> {
    const { rows } = await this.pool.query<{ desk_epoch: string }>(
      `INSERT INTO ledger_spend_state AS s (log, desk_epoch) VALUES ($1, 1)
       ON CONFLICT (log) DO UPDATE SET desk_epoch = s.desk_epoch + 1 RETURNING desk_epoch`,
      [this.log],
    );
    return Number(rows[0]?.desk_epoch);
  }
}
