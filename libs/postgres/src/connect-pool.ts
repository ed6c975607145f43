/** A pool of plain connections, for stores that speak SQL themselves. Apps get it from here: `pg` does not leave this library. */
import pg from 'pg';

export type { Pool } from 'pg';

/**
 * Waits at most 5 s for a connection and 30 s for an answer, so that a database that is gone is noticed. As the role of
 * the apps, rows of the ledger are those of `organisation`, and none without one.
 */
export function connectPool(databaseUrl: string, connectionsMax = 8, organisation?: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: organisation === undefined ? databaseUrl : organisationUrl(databaseUrl, organisation),
    max: connectionsMax,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
    keepAlive: true,
  });
  // An idle connection the server closed: the pool has dropped it, and the next query opens another or fails aloud.
  pool.on('error', () => undefined);
  return pool;
}

/** Names the organisation in the connection's start-up options, behind those already there. Requires a slug. */
export function organisationUrl(databaseUrl: string, organisation: string): string {
  if (!/^[a-z0-9._-]+$/.test(organisation)) throw new Error(`"${organisation}" cannot be an organisation.`);
  const url = new URL(databaseUrl);
  const before = url.searchParams.get('options');
  url.searchParams.set('options', `${before ? `${before} ` : ''}-c o10.organisation=${organisation}`);
  // Not "+" for a space: the driver decodes what comes behind the question mark as a URI does.
  url.search = url.search.replaceAll('+', '%20');
  return url.toString();
}
