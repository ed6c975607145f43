import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PriceRow } from '#contracts/price.js';
import { priceBookHashOf } from '#domain/pricing/price-book.js';
import { type AdminStores, adminStores } from '#postgres/admin/admin-stores.js';
import { type AdminClient, connectAdmin, inChange } from '#postgres/admin/prisma.js';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { envelope, priceRow, route, useCase, venue, verdict } from './admin-fixture.spec-data.js';

let database: TestDatabase;
let client: AdminClient;
let stores: AdminStores;
let sql: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  client = connectAdmin(database.url);
  stores = adminStores(client);
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
});
afterAll(async () => {
  await client.$disconnect();
  await sql.end();
  await database.drop();
});

test('what is put is found, money included, and every change counts', async () => {
  await stores.venues.put(venue('north'), 'ana');
  const changed = await stores.venues.put(venue('north', { jurisdiction: null }), 'ben');
  expect(changed).toMatchObject({ definition: venue('north', { jurisdiction: null }), revision: 2, updatedBy: 'ben' });
  await stores.routes.put(route('north', 'large'), 'ana');
  expect((await stores.routes.find('north/large'))?.definition).toEqual(route('north', 'large'));
  await stores.envelopes.put(envelope('all'), 'ana');
  expect((await stores.envelopes.list())[0]?.definition.limitNanoUsd).toBe(25_000_000_000n);
  expect(await stores.venues.delete('south')).toBe(false);
});

test('an edited use case keeps its mode, and starts off', async () => {
  expect((await stores.useCases.put(useCase('triage'), 'ana')).definition.mode).toBe('off');
  await stores.useCases.switchMode('triage', 'shadow', 'ana');
  const edited = await stores.useCases.put(useCase('triage', { samplingShare: 0.5 }), 'ana');
  expect(edited).toMatchObject({ definition: { mode: 'shadow', samplingShare: 0.5 }, revision: 3 });
});

test('a price book is added, never changed or deleted, not even by a replica session', async () => {
  const rows = [priceRow('north', 'large'), priceRow('north', 'large', { meter: 'output_text' })];
  const hash = priceBookHashOf(rows.map((row) => PriceRow.encode(row)));
  await stores.prices.add({ hash, rows }, 'ana');
  await stores.prices.add({ hash: priceBookHashOf([]), rows: [] }, 'ana');
  expect(await stores.prices.byHash(hash)).toEqual({ hash, rows });
  expect((await stores.prices.current())?.rows).toEqual([]);
  for (const statement of [
    'UPDATE admin_price_book SET row_count = 9',
    'DELETE FROM admin_price_book',
    'TRUNCATE admin_price_book',
  ])
    await expect(sql.query(`SET session_replication_role = replica; ${statement}`)).rejects.toThrow('immutable');
});

test('a suite is versioned; the newest is current, an old case stays readable', async () => {
  const digest = (text: string) => createHash('sha256').update(text).digest('hex');
  const [first, second] = [digest('a'), digest('b')];
  await stores.suites.add('triage', digest('v1'), [{ inputDigest: first, expected: null }], 'ana');
  await stores.suites.add('triage', digest('v2'), [{ inputDigest: second, expected: { refund: true } }], 'ana');
  expect(await stores.suites.list()).toMatchObject([{ useCase: 'triage', version: 2, caseCount: 1 }]);
  expect(await stores.suites.findCase('triage', 1, first)).toEqual({ inputDigest: first, expected: null });
  expect(await stores.suites.findCase('triage', 2, first)).toBeNull();
  expect(await stores.suites.cases('triage', 2)).toEqual([{ inputDigest: second, expected: { refund: true } }]);
});

test('of verdicts on one candidate the latest counts; one with a known id changes nothing', async () => {
  const gate = 'a'.repeat(64);
  await stores.verdicts.add(verdict(gate));
  const later = verdict(gate, {
    id: '01900000-0000-7000-8000-000000000002',
    verdict: 'failed',
    decidedAt: '2026-01-02T00:00:00.000Z',
  });
  await stores.verdicts.add(later);
  await stores.verdicts.add({ ...later, verdict: 'cleared' });
  expect(await stores.verdicts.latest()).toEqual([later]);
});

test('a row that another hand spoiled is named, not passed on', async () => {
  await sql.query(`UPDATE admin_route SET definition = definition - 'family' WHERE id = 'north/large'`);
  await expect(stores.routes.find('north/large')).rejects.toThrow(/admin_route north\/large.*family/);
});

test('changes wait for each other, and a failed one leaves nothing', async () => {
  const order: string[] = [];
  const change = (name: string) =>
    inChange(client, async (transaction) => {
      order.push(`${name} begins`);
      await adminStores(transaction).venues.put(venue(name), name);
      await transaction.$executeRaw`SELECT pg_sleep(0.05)`;
      order.push(`${name} ends`);
      if (name === 'west') throw new Error('no');
    });
  await Promise.allSettled([change('east'), change('west')]);
  expect(order.map((line) => line.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);
  expect(await stores.venues.find('east')).not.toBeNull();
  expect(await stores.venues.find('west')).toBeNull();
});

test('10,000 keys go in and are paged in order; a revocation keeps its first instant', async () => {
  const keys = Array.from({ length: 10_000 }, (_, at) => ({
    id: at.toString().padStart(12, '0'),
    secretHmac: 'b'.repeat(64),
    name: `bulk-${at}`,
    organisation: 'default',
    team: 'care',
    useCase: null,
    scopes: ['call' as const],
    modelAllowList: null,
    expiresAt: null,
    revokedAt: null,
  }));
  await stores.keys.add(keys, 'ana');
  expect((await stores.keys.page('000000009997', 10)).map(({ id }) => id)).toEqual(['000000009998', '000000009999']);
  await stores.keys.revoke('000000000007', '2026-11-20T00:00:00.000Z', 'ana');
  const again = await stores.keys.revoke('000000000007', '2026-11-21T00:00:00.000Z', 'ana');
  expect(again?.revokedAt).toBe('2026-11-20T00:00:00.000Z');
});
