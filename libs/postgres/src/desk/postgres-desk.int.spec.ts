import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeskFault } from '#contracts/envelope-desk.js';
import { ending, envelope, newOrganisation, request, stateOf } from '../../../../test/conformance/desk-fixtures.js';
import { describeEnvelopeDesk } from '../../../../test/conformance/envelope-desk.js';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { PostgresDesk } from './postgres-desk.js';

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 10 });
  // The database is dropped while the last connections are still closing.
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describeEnvelopeDesk('PostgreSQL', (organisation) => new PostgresDesk({ organisation, database: pool }));

describe('PostgreSQL alone', () => {
  test('an ended hold is forgotten after its time, with the records acknowledged', async () => {
    const organisation = newOrganisation();
    const desk = new PostgresDesk({ organisation, database: pool, rememberMs: 0 });
    await desk.rebuild(stateOf({ envelopes: [envelope('org', 10n)] }));
    await desk.hold([request('a', 1, 'org'), request('b', 1, 'org')]);
    await desk.settle([ending('a', 1)]);
    await desk.acknowledge((await desk.drain(9)).map(({ cursor }) => cursor));
    const { rows } = await pool.query('SELECT id FROM desk_hold WHERE organisation = $1', [organisation]);
    expect(rows).toEqual([{ id: 'b' }]);
    expect(await desk.settle([ending('a', 1, 'org/w')])).toMatchObject([{ outcome: 'settled' }]);
  });

  test('a lock held by another is a fault in bounded time, and nothing is held', async () => {
    const organisation = newOrganisation();
    const desk = new PostgresDesk({ organisation, database: database.url, timeoutMs: 300 });
    await desk.rebuild(stateOf({ envelopes: [envelope('org', 10n)] }));
    const blocker = await pool.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE desk_balance');
    const startedMs = performance.now();
    await expect(desk.hold([request('a', 1, 'org')])).rejects.toThrow(DeskFault);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    await blocker.query('ROLLBACK');
    blocker.release();
    expect(await desk.hold([request('b', 10, 'org')])).toMatchObject([{ outcome: 'held' }]);
    await desk.close();
  });

  test('a server that is not there is a fault', async () => {
    const desk = new PostgresDesk({
      organisation: 'acme',
      database: 'postgresql://nobody@127.0.0.1:1/none',
      timeoutMs: 500,
    });
    await expect(desk.hold([request('a', 1, 'org')])).rejects.toThrow(DeskFault);
    await expect(desk.drain(1)).rejects.toMatchObject({ code: 'desk_fault' });
    await desk.close();
  });
});
