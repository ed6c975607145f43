/**
 * The connections behind desk, feed and mirror store: a pool of one's own, or one shared with others. What goes wrong
 * in here goes wrong in bounded time; after a timeout the statement may still take effect.
 */
import pg from 'pg';

export interface DeskDatabaseSettings {
  /** A connection string, then the pool is closed by `close`; or a pool, then it is left open. */
  database: string | pg.Pool;
  /** Longest wait for a connection, and for an answer. */
  timeoutMs?: number;
}

/** Another batch had the same id, or the same rows the other way round: asked again, the function answers. */
const passingCodes = new Set(['23505', '40001', '40P01']);
const attemptsMax = 4;

export class DeskDatabase {
  readonly #pool: pg.Pool;
  readonly #owned: boolean;
  readonly #timeoutMs: number;

  constructor({ database, timeoutMs = 2_000 }: DeskDatabaseSettings) {
    this.#owned = typeof database === 'string';
    this.#timeoutMs = timeoutMs;
    this.#pool = typeof database === 'string' ? ownPool(database, timeoutMs) : database;
  }

  /** Runs one statement, prepared under `name`; a statement is one transaction. Throws the driver's error. */
  async rows<Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    // The pool destroys a connection whose query timed out: its late answer reaches nobody.
    const query = { name, text, values, query_timeout: this.#timeoutMs };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.#pool.query<Row>(query)).rows;
      } catch (error) {
        if (attempt >= attemptsMax || !passingCodes.has(codeOf(error))) throw error;
      }
    }
  }

  /** A connection outside the pool, for LISTEN: not connected yet. */
  dedicatedClient(): pg.Client {
    return new pg.Client({ ...this.#pool.options, keepAlive: true } as pg.ClientConfig);
  }

  async close(): Promise<void> {
    if (this.#owned) await this.#pool.end();
  }
}

function ownPool(connectionString: string, timeoutMs: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: 8,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
  });
  // A connection the server closed while nobody used it, or while it was closing: the pool has dropped it, and the next
  // query opens another or fails aloud. Without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
