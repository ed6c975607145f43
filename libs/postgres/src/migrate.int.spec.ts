import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '#postgres/migrate.js';
import { createDatabase, projectDir, type TestDatabase } from '../../../test/support/database.js';

let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await createDatabase();
  folder = await mkdtemp(join(tmpdir(), 'o10-migrations-'));
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function migration(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'migration.sql'), sql);
}

test('the template is migrated, and migrating again applies nothing', async () => {
  expect(await migrate(database.url, `${projectDir}/prisma/migrations`)).toEqual([]);
});

test('functions with $$ bodies and semicolons arrive whole, in order, once', async () => {
  await migration('20990101000000_a', 'CREATE TABLE a (t text)');
  await migration(
    '20990102000000_b',
    `CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$; INSERT INTO a VALUES ('x;y')`,
  );
  expect(await migrate(database.url, folder)).toEqual(['20990101000000_a', '20990102000000_b']);
  expect(await migrate(database.url, folder)).toEqual([]);
});

test('an edited migration and a failed one are refused by name', async () => {
  await migration('20990101000000_a', 'CREATE TABLE a (t text)');
  await migrate(database.url, folder);
  await migration('20990101000000_a', 'CREATE TABLE a (t text, u text)');
  await expect(migrate(database.url, folder)).rejects.toThrow('20990101000000_a was edited');
  await migration('20990101000000_a', 'CREATE TABLE a (t text)');
  await migration('20990102000000_b', 'CREATE TABLE b (t text); SELECT nonsense');
  await expect(migrate(database.url, folder)).rejects.toThrow('20990102000000_b failed');
  await expect(migrate(database.url, folder)).rejects.toThrow('20990102000000_b failed before');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  expect((await client.query(`SELECT to_regclass('b') AS t`)).rows).toEqual([{ t: null }]);
  await client.end();
});
