/** A database of its own on a server that is used for other things too, dropped when it is no longer needed. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Requires the right to create databases. `name` is lower-case letters and underscores. */
export async function scratchDatabase(
  serverUrl: string,
  name: string,
): Promise<{ url: string; stop(): Promise<void> }> {
  const database = `o10_${name}_${randomBytes(4).toString('hex')}`;
  await administer(serverUrl, `CREATE DATABASE ${database}`);
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return { url: url.toString(), stop: () => administer(serverUrl, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`) };
}

async function administer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
