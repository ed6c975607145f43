/**
 * The periods of committed capacity, as the ledger's lines have used them. It decides nothing: whoever reads lines folds
 * them (domain/pricing/fold-draws) and hands in what the periods have become.
 */
import type { Pool } from 'pg';
import type { UsedPeriod } from '#domain/pricing/fold-draws.js';
import { inTransaction } from './in-transaction.js';

interface PeriodRow {
  commitment: string;
  from_ms: string;
  to_ms: string;
  units_total: string;
  units_used: string;
  price_pico_usd: string;
  shares_pico_usd: string;
  closed: boolean;
}

/** Of all closed periods of a commitment. */
export interface ClosedTotals {
  periods: number;
  usedPicoUsd: bigint;
  idlePicoUsd: bigint;
}

export class CapacityStore {
  constructor(
    private readonly pool: Pool,
    private readonly log: string,
  ) {}

  /** The first line that is not in the periods; null: nothing was ever counted. */
  async nextIndex(): Promise<number | null> {
    const { rows } = await this.pool.query<{ next_index: string }>(
      'SELECT next_index FROM capacity_state WHERE log = $1',
      [this.log],
    );
    return rows[0] ? Number(rows[0].next_index) : null;
  }

  /** Counting begins at this line, and begins anew where it was stopped. */
  async begin(atIndex: number | null): Promise<void> {
    await (atIndex === null
      ? this.pool.query('DELETE FROM capacity_state WHERE log = $1', [this.log])
      : this.pool.query('INSERT INTO capacity_state VALUES ($1, $2) ON CONFLICT DO NOTHING', [this.log, atIndex]));
  }

  /** Puts periods as they are after lines [from, to). False, and nothing changed, when the count does not end at `from`. */
  fold(from: number, to: number, periods: UsedPeriod[]): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        'UPDATE capacity_state SET next_index = $3 WHERE log = $1 AND next_index = $2',
        [this.log, from, to],
      );
      if (rowCount === 0) return false;
      await client.query(
        `UPDATE capacity_period p SET units_used = g.used, shares_pico_usd = g.shares
         FROM unnest($2::text[], $3::bigint[], $4::numeric[], $5::numeric[]) AS g(commitment, from_ms, used, shares)
         WHERE p.log = $1 AND p.commitment = g.commitment AND p.from_ms = g.from_ms`,
        [
          this.log,
          periods.map(({ commitment }) => commitment),
          periods.map(({ fromMs }) => fromMs),
          periods.map(({ unitsUsed }) => String(unitsUsed)),
          periods.map(({ sharesPicoUsd }) => String(sharesPicoUsd)),
        ],
      );
      return true;
    });
  }

  /** Adds periods that are not there yet. */
  async open(periods: UsedPeriod[]): Promise<void> {
    for (const { commitment, fromMs, toMs, unitsTotal, pricePicoUsd } of periods)
      await this.pool.query(
        `INSERT INTO capacity_period VALUES ($1, $2, $3, $4, $5, 0, $6, 0, false) ON CONFLICT DO NOTHING`,
        [this.log, commitment, fromMs, toMs, String(unitsTotal), String(pricePicoUsd)],
      );
  }

  async close({ commitment, fromMs }: UsedPeriod): Promise<void> {
    await this.pool.query(
      'UPDATE capacity_period SET closed = true WHERE log = $1 AND commitment = $2 AND from_ms = $3',
      [this.log, commitment, fromMs],
    );
  }

  /** Those that are open, those that ended since, and of each commitment the latest; oldest first. */
  async since(endedMs: number): Promise<UsedPeriod[]> {
    return this.periods(
      `NOT closed OR to_ms >= $2 OR from_ms = (SELECT max(from_ms) FROM capacity_period o
        WHERE (o.log, o.commitment) = (p.log, p.commitment))`,
      [endedMs],
    );
  }

  /** Latest first. */
  async of(commitment: string, count: number): Promise<UsedPeriod[]> {
    return this.periods('commitment = $2', [commitment], `DESC LIMIT ${Math.trunc(count)}`);
  }

  async closedTotals(): Promise<Map<string, ClosedTotals>> {
    const { rows } = await this.pool.query<{ commitment: string; periods: string; used: string; idle: string }>(
      `SELECT commitment, count(*) AS periods, sum(shares_pico_usd)::text AS used,
         sum(price_pico_usd - shares_pico_usd)::text AS idle
       FROM capacity_period WHERE log = $1 AND closed GROUP BY commitment`,
      [this.log],
    );
    return new Map(
      rows.map(({ commitment, periods, used, idle }) => [
        commitment,
        { periods: Number(periods), usedPicoUsd: BigInt(used), idlePicoUsd: BigInt(idle) },
      ]),
    );
  }

  private async periods(where: string, values: unknown[] = [], order = ''): Promise<UsedPeriod[]> {
    const { rows } = await this.pool.query<PeriodRow>(
      `SELECT commitment, from_ms, to_ms, units_total, units_used, price_pico_usd, shares_pico_usd, closed
       FROM capacity_period p WHERE log = $1 AND (${where}) ORDER BY from_ms ${order}`,
      [this.log, ...values],
    );
    return rows.map((row) => ({
      commitment: row.commitment,
      fromMs: Number(row.from_ms),
      toMs: Number(row.to_ms),
      unitsTotal: BigInt(row.units_total),
      unitsUsed: BigInt(row.units_used),
      pricePicoUsd: BigInt(row.price_pico_usd),
      sharesPicoUsd: BigInt(row.shares_pico_usd),
      closed: row.closed,
    }));
  }
}
