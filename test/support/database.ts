/** A database of its own for each suite, cloned from the migrated template in some 30 ms. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';

export const projectDir = resolve(import.meta.dirname, '../..');
export const templateDatabase = 'o10_template';

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

export async function createDatabase(): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const name = `o10_${randomBytes(6).toString('hex')}`;
  await administer(server, `CREATE DATABASE ${name} TEMPLATE ${templateDatabase}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.toString(), drop: () => leave(server, name) };
}

/** Connections that are closing are let go first: one that is cut off while it says goodbye has nobody to tell. */
async function leave(server: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    for (let tries = 0; tries < 50; tries += 1) {
      const { rowCount } = await client.query('SELECT FROM pg_stat_activity WHERE datname = $1', [name]);
      if (rowCount === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    await client.end();
  }
  await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

/** Two suites cloning at once collide on the template, which PostgreSQL locks: one waits for the other. */
async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock(10)');
    await client.query(statement);
  } finally {
    await client.end();
  }
}
