/** Requests per second in PostgreSQL: a row for each who asks, moved by one function call per batch. */
import type { RateAnswer, RateCounter, RateRequest } from '#contracts/rate-counter.js';
import { DeskDatabase, type DeskDatabaseSettings } from './desk-database.js';

export class PostgresRateCounter implements RateCounter {
  readonly #database: DeskDatabase;
  readonly #organisation: string;

  constructor({ organisation, ...database }: DeskDatabaseSettings & { organisation: string }) {
    this.#database = new DeskDatabase(database);
    this.#organisation = organisation;
  }

  async take(requests: RateRequest[]): Promise<RateAnswer[]> {
    if (requests.length === 0) return [];
    const [row] = await this.#database.rows<{ waits: (string | null)[] }>(
      'desk_take_rates',
      'SELECT desk_take_rates($1, $2::jsonb) AS waits',
      [this.#organisation, JSON.stringify(requests.map(({ subject, perSecond }) => ({ subject, rate: perSecond })))],
    );
    return (row?.waits ?? []).map((wait) => (wait === null ? null : Number(wait) / 1_000));
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}
