/**
 * Fills an empty database from a backup: the migrations the backup was made with, then its rows, then the migrations
 * that came since. Every file is held against its hash before a row of it is used.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { migrate } from '../migrate.js';
import { copyIn } from './copy-table.js';
import { BackupManifest, tableFile } from './manifest.js';

/** Throws, with nothing restored, when the folder is not a whole backup or the database holds tables already. */
export async function restoreDatabase(
  databaseUrl: string,
  dir: string,
  migrationsDir: string,
): Promise<BackupManifest> {
  const manifest = await readManifest(dir);
  for (const table of manifest.tables) await requireWhole(dir, table);
  await requireEmpty(databaseUrl);
  await migrateAsOf(databaseUrl, manifest, migrationsDir);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await requireSameMigrations(client, manifest);
    // Rows come in the order of their tables' names: what they refer to may follow.
    await client.query('SET LOCAL session_replication_role = replica');
    for (const month of manifest.months) await client.query('SELECT ledger_ensure_partition($1)', [month]);
    for (const table of manifest.tables) await fill(client, dir, table);
    for (const { name, value, called } of manifest.sequences)
      await client.query('SELECT setval($1::regclass, $2::bigint, $3)', [`"${name}"`, value, called]);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
  await migrate(databaseUrl, migrationsDir);
  return manifest;
}

async function readManifest(dir: string): Promise<BackupManifest> {
  const text = await readFile(join(dir, 'manifest.json'), 'utf8').catch(() => null);
  if (text === null) throw new Error(`${dir} has no manifest.json: it is no backup, or one that was broken off.`);
  return BackupManifest.parse(JSON.parse(text));
}

async function requireWhole(dir: string, { name, sha256 }: BackupManifest['tables'][number]): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(dir, tableFile(name))), hash);
  if (hash.digest('hex') !== sha256) throw new Error(`${tableFile(name)} is not what was backed up.`);
}

async function requireEmpty(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') LIMIT 1",
    );
    if (rows[0])
      throw new Error(`The database is not empty: it has the table ${rows[0].name}. Restore into a new one.`);
  } finally {
    await client.end();
  }
}

/** Through a folder that holds those migrations only. */
async function migrateAsOf(databaseUrl: string, { migrations }: BackupManifest, migrationsDir: string): Promise<void> {
  const asOf = await mkdtemp(join(tmpdir(), 'o10-restore-'));
  try {
    for (const { name } of migrations) await cp(join(migrationsDir, name), join(asOf, name), { recursive: true });
    await migrate(databaseUrl, asOf);
  } finally {
    await rm(asOf, { recursive: true, force: true });
  }
}

async function requireSameMigrations(client: pg.Client, { migrations }: BackupManifest): Promise<void> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT migration_name AS name, checksum FROM _prisma_migrations ORDER BY 1',
  );
  const here = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  const other = migrations.find(({ name, checksum }) => here.get(name) !== checksum);
  if (other) throw new Error(`Migration ${other.name} is not the one the backup was made with.`);
}

/** What the migrations themselves wrote gives way to what was backed up; of the ledger they wrote nothing. */
async function fill(client: pg.Client, dir: string, table: BackupManifest['tables'][number]): Promise<void> {
  const { name, columns, rows: wanted } = table;
  const before = await client.query<{ count: string }>(`SELECT count(*) FROM "${name}"`);
  if (before.rows[0]!.count !== '0') await client.query(`DELETE FROM "${name}"`);
  const list = columns.map((column) => `"${column}"`).join(', ');
  await copyIn(client, `COPY "${name}" (${list}) FROM STDIN`, createReadStream(join(dir, tableFile(name))));
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM "${name}"`);
  if (Number(rows[0]!.count) !== wanted)
    throw new Error(`${name} has ${rows[0]!.count} rows; ${wanted} were backed up.`);
}
