/**
 * Writes migrations out of prisma/schema.prisma with Prisma's own engine, compiled to WebAssembly: no binary to fetch,
 * and no database for a new migration. For developers only; libs/postgres/src/migrate.ts applies them everywhere.
 *
 *   node scripts/migrate-dev.mjs new <name>   schema as of the last migration -> prisma/schema.prisma, into a new folder
 *   node scripts/migrate-dev.mjs check        fails when schema.prisma changed and no migration was written
 *   node scripts/migrate-dev.mjs drift        migrates a scratch database of DATABASE_URL and compares it with the schema
 *
 * The engine sees tables, columns and indexes. Triggers, functions, CHECKs and grants are added to the file by hand.
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { SchemaEngine } from '@prisma/schema-engine-wasm';

const prismaDir = resolve(import.meta.dirname, '../prisma');
const schemaFile = join(prismaDir, 'schema.prisma');
const migrationsDir = join(prismaDir, 'migrations');
const lastSchemaFile = join(migrationsDir, 'schema.snapshot.prisma');

/** Prisma's tables. All others belong to migrations written by hand. */
const ownPrefix = 'admin_';

globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message: (message) => process.stderr.write(`The engine gave up: ${message.slice(0, 300)}\n`),
};

const schemaFiles = async (path) => [{ path, content: await readFile(path, 'utf8') }];

async function openEngine(files, factory) {
  const datamodels = files.map((file) => [file.path, file.content]);
  return SchemaEngine.new({ datamodels }, () => {}, bindMigrationAwareSqlAdapterFactory(factory));
}

/** The engine asks one thing when it starts, the server's version; comparing two files needs nothing else. */
const offline = {
  provider: 'postgres',
  adapterName: 'offline',
  connectToShadowDb: () => Promise.reject(new Error('offline')),
  connect: async () => ({
    provider: 'postgres',
    adapterName: 'offline',
    executeRaw: async () => 0,
    executeScript: async () => undefined,
    dispose: async () => undefined,
    startTransaction: () => Promise.reject(new Error('offline')),
    getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
    queryRaw: async () => ({
      columnNames: ['exists', 'version', 'numeric_version'],
      columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
      rows: [[true, 'PostgreSQL 16.0', 160000]],
    }),
  }),
};

/** PostgreSQL's one-byte "char" (OID 18), in its own catalogues, is a type the adapter hands over unread. */
class CataloguePg extends PrismaPg {
  async connect() {
    const adapter = await super.connect();
    const query = adapter.client.query.bind(adapter.client);
    const queryRaw = adapter.queryRaw.bind(adapter);
    let isChar = [];
    adapter.client.query = async (...args) => {
      const result = await query(...args);
      isChar = (result.fields ?? []).map((field) => field.dataTypeID === 18);
      result.fields?.forEach((field, at) => isChar[at] && (field.dataTypeID = 1042));
      return result;
    };
    adapter.queryRaw = async (params) => {
      const result = await queryRaw(params);
      const chars = isChar;
      result.columnTypes = result.columnTypes.map((type, at) => (chars[at] ? ColumnTypeEnum.Character : type));
      return result;
    };
    return adapter;
  }
}

/** SQL from the last migration's schema to the present one; null when they are equal. */
async function pendingSql() {
  const to = await schemaFiles(schemaFile);
  const engine = await openEngine(to, offline);
  const from = existsSync(lastSchemaFile)
    ? { tag: 'schemaDatamodel', files: await schemaFiles(lastSchemaFile) }
    : { tag: 'empty' };
  const filters = { externalTables: [], externalEnums: [] };
  const diff = await engine.diff({
    from,
    to: { tag: 'schemaDatamodel', files: to },
    script: true,
    exitCode: true,
    filters,
  });
  return diff.exitCode ? diff.stdout : null;
}

async function writeMigration(name) {
  if (!/^[a-z0-9_]+$/.test(name ?? '')) throw new Error('Name the migration in lower case: "add_owner".');
  const sql = await pendingSql();
  if (!sql) return 'Nothing changed.';
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(migrationsDir, `${stamp}_${name}`);
  await mkdir(folder);
  await writeFile(join(folder, 'migration.sql'), sql);
  await copyFile(schemaFile, lastSchemaFile);
  return `Wrote ${folder}/migration.sql`;
}

async function check() {
  const sql = await pendingSql();
  if (sql) throw new Error(`schema.prisma differs from its last migration:\n${sql}`);
  return 'Schema and migrations agree.';
}

async function drift() {
  const server = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await server.connect();
  const name = `scratch_${process.pid}`;
  await server.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  const scratch = new URL(process.env.DATABASE_URL);
  scratch.pathname = `/${name}`;
  try {
    const { migrate } = await import('../libs/postgres/src/migrate.ts');
    await migrate(scratch.toString(), migrationsDir);
    const found = await differenceOf(scratch.toString());
    if (found) throw new Error(`The migrated database differs from schema.prisma:\n${found}`);
    return 'A migrated database equals schema.prisma.';
  } finally {
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await server.end();
  }
}

async function differenceOf(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
  await client.end();
  const foreign = rows
    .map((row) => row.tablename)
    .filter((table) => !table.startsWith(ownPrefix))
    .map((table) => `public.${table}`);
  const files = await schemaFiles(schemaFile);
  const engine = await openEngine(files, new CataloguePg({ connectionString: url }));
  const filters = { externalTables: foreign, externalEnums: [] };
  const from = { tag: 'schemaDatasource', files, configDir: '.' };
  const diff = await engine.diff({
    from,
    to: { tag: 'schemaDatamodel', files },
    script: true,
    exitCode: true,
    filters,
  });
  return diff.exitCode ? diff.stdout : null;
}

const commands = { new: () => writeMigration(process.argv[3]), check, drift };
const command = commands[process.argv[2]];
try {
  if (!command) throw new Error('Say one of: new <name>, check, drift.');
  process.stdout.write(`${await command()}\n`);
  process.exit(0); // the engine leaves a timer of some ten seconds behind
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
