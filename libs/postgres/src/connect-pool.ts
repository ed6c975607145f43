/** A pool of plain connections, for stores that speak SQL themselves. Apps get it from here: `pg` does not leave this library. */
import pg from 'pg';

export type { Pool } from 'pg';

/** Waits at most 5 s for a connection and 30 s for an answer, so that a database that is gone is noticed. */
export function connectPool(databaseUrl: string, connectionsMax = 8): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connectionsMax,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
    keepAlive: true,
  });
  // An idle connection the server closed: the pool has dropped it, and the next query opens another or fails aloud.
  pool.on('error', () => undefined);
  return pool;
}
