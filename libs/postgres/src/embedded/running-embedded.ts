/** Finds an embedded PostgreSQL that is up already, started by another process of the same project. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { embeddedHome } from './embedded-home.js';

/** The connection string of its superuser; null when it is not running. */
export async function runningEmbedded(projectDir: string, name: string): Promise<string | null> {
  const { data } = await embeddedHome(projectDir, name);
  const lock = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => null);
  const password = await readFile(`${data}.password`, 'utf8').catch(() => null);
  // The fourth line of the lock file is the port; the first, whose it was, may be long gone.
  const port = lock?.split('\n')[3];
  if (!port || password === null) return null;
  const url = `postgresql://postgres:${password.trim()}@127.0.0.1:${port}/postgres`;
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return url;
  } catch {
    return null;
  }
}
