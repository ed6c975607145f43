/**
 * Copies a database into a folder, all of one instant, while everything goes on: COPY of every table in one repeatable
 * read. Jobs waiting in the queues are left out; what was to be replayed then is closed by its timeout.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { copyOut } from './copy-table.js';
import { type BackupManifest, tableFile } from './manifest.js';

/**
 * Requires a new or empty folder, and an account that sees every row: a superuser, or one with BYPASSRLS. Another is
 * refused by the server, since rows that are not shown would be missing without a word.
 */
export async function backupDatabase(databaseUrl: string, dir: string, nowMs: number): Promise<BackupManifest> {
  await mkdir(join(dir, 'tables'), { recursive: true });
  const files = await readdir(dir);
  if (files.some((name) => name !== 'tables' && name !== 'installation'))
    throw new Error(`${dir} is not empty. Back up into a new directory.`);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('SET row_security = off; SET statement_timeout = 0');
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const manifest = await copyAll(client, dir, nowMs);
    await client.query('COMMIT');
    // Last: a folder without it is a backup that was broken off.
    await writeFile(join(dir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  } finally {
    await client.end();
  }
}

async function copyAll(client: pg.Client, dir: string, nowMs: number): Promise<BackupManifest> {
  const tables: BackupManifest['tables'] = [];
  for (const { name, columns } of await tablesOf(client))
    tables.push({ name, columns, ...(await copyTable(client, dir, name, columns)) });
  const rows = async <Row extends pg.QueryResultRow>(text: string) => (await client.query<Row>(text)).rows;
  return {
    format: 'o10.backup.v1',
    takenAt: new Date(nowMs).toISOString(),
    migrations: await rows(
      'SELECT migration_name AS name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1',
    ),
    tables,
    months: (
      await rows<{ month: string }>(
        `SELECT to_char(to_date(right(c.relname, 6), 'YYYYMM'), 'YYYY-MM-DD') AS month FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'ledger_entry'::regclass ORDER BY 1`,
      )
    ).map(({ month }) => month),
    sequences: await sequencesOf(client),
    checkpoints: await rows(
      'SELECT DISTINCT ON (log) log, size::text AS size, note FROM ledger_checkpoint ORDER BY log, ledger_checkpoint.size DESC',
    ),
  };
}

/** Partitions are copied through their parent; generated columns make themselves. */
async function tablesOf(client: pg.Client): Promise<{ name: string; columns: string[] }[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(`
    SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    GROUP BY c.oid ORDER BY c.relname`);
  return rows;
}

async function copyTable(
  client: pg.Client,
  dir: string,
  name: string,
  columns: string[],
): Promise<{ rows: number; sha256: string }> {
  const hash = createHash('sha256');
  const through = new Transform({
    transform: (chunk: Buffer, _, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const written = pipeline(through, createWriteStream(join(dir, tableFile(name)), { flags: 'wx', mode: 0o600 }));
  const list = columns.map((column) => `"${column}"`).join(', ');
  await copyOut(client, `COPY (SELECT ${list} FROM "${name}") TO STDOUT`, through);
  through.end();
  await written;
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM "${name}"`);
  return { rows: Number(rows[0]!.count), sha256: hash.digest('hex') };
}

/** A sequence is not part of a snapshot: it may be ahead of the rows, never behind. */
async function sequencesOf(client: pg.Client): Promise<BackupManifest['sequences']> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace ORDER BY 1",
  );
  const sequences: BackupManifest['sequences'] = [];
  for (const { name } of rows) {
    const state = await client.query<{ value: string; called: boolean }>(
      `SELECT last_value::text AS value, is_called AS called FROM "${name}"`,
    );
    sequences.push({ name, ...state.rows[0]! });
  }
  return sequences;
}
