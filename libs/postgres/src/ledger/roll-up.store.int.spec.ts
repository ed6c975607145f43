/** Roll-ups over real lines: grown in turns, made again, tampered with, and found. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { sampleEntries, sampleEntry, samplePrices } from '../../../../test/support/sample-entries.js';
import { applicationUrl } from '../application-role.js';
import { connectPool, type Pool } from '../connect-pool.js';
import { LedgerStore } from './ledger.store.js';
import { RollUpStore } from './roll-up.store.js';

let database: TestDatabase;
let pool: Pool;
let owner: Pool;
let store: RollUpStore;
let ledger: LedgerStore;
beforeEach(async () => {
  database = await createDatabase();
  pool = connectPool((await applicationUrl(database.url, 'spec')) ?? '', 3, 'acme');
  owner = connectPool(database.url, 1);
  ledger = new LedgerStore(pool, ledgerTree);
  store = new RollUpStore(pool, 'acme', ledger);
});
afterEach(async () => {
  await Promise.all([pool.end(), owner.end()]);
  await database.drop();
});

async function write(...entries: Parameters<LedgerStore['append']>[0]): Promise<void> {
  await ledger.append(entries);
  while ((await ledger.sequence('acme')).sequenced > 0);
}
const nextDay = { endedAt: '2026-11-21T10:00:01.000Z' };

test('grown in turns and by two at once they are what one rebuild makes, to the checksum', async () => {
  await write(samplePrices(), ...sampleEntries(120));
  await Promise.all([store.grow(), store.grow()]);
  await write(...sampleEntries(80, 120), sampleEntry(900, nextDay));
  expect(await store.grow()).toBe(202);
  const grown = await store.read();
  expect(grown.rows.map(({ day, useCase, calls }) => [day, useCase, calls])).toEqual([
    ['2026-11-20', 'search', 100],
    ['2026-11-20', 'support', 100],
    ['2026-11-21', 'support', 1],
  ]);
  expect(await store.check()).toEqual({ lines: 202, same: 2, different: [], fromDay: null });
  expect(await store.rebuild()).toBe(202);
  expect(await store.read()).toEqual(grown);
  expect((await store.read({ fromDay: '2026-11-21', toDay: '2026-11-30' })).rows).toHaveLength(1);
});

test('a row that was changed, added or removed is neither read nor added to, and named', async () => {
  await write(samplePrices(), ...sampleEntries(10), sampleEntry(900, nextDay));
  await store.grow();
  const tampers = [
    "UPDATE ledger_rollup SET cost_pico = cost_pico - 1 WHERE use_case = 'search'",
    "DELETE FROM ledger_rollup WHERE use_case = 'search'",
    `INSERT INTO ledger_rollup SELECT log, day, 'invented', route, key, calls, attempts, cost_pico, charge_pico,
       evaluations, evaluation_cost_pico, estimated, unpriced FROM ledger_rollup WHERE use_case = 'search'`,
    "DELETE FROM ledger_rollup WHERE day = '2026-11-20'",
  ];
  for (const [turn, tamper] of tampers.entries()) {
    await owner.query(tamper);
    await expect(store.read()).rejects.toThrow('the roll-up of 2026-11-20 does not have its checksum');
    expect((await store.read({ fromDay: '2026-11-21', toDay: '2026-11-21' })).rows).toHaveLength(1);
    await write(sampleEntry(20 + turn));
    await expect(store.grow()).rejects.toThrow('does not have its checksum');
    expect((await store.check()).different).toEqual([{ day: '2026-11-20', what: 'its lines do not sum to its rows' }]);
    await store.rebuild();
  }
});

test('who rewrites the checksum as well is found by the lines', async () => {
  await write(samplePrices(), ...sampleEntries(10));
  await store.grow();
  await owner.query("UPDATE ledger_rollup_day SET checksum = sha256('another')");
  expect((await store.check()).different).toEqual([
    { day: '2026-11-20', what: expect.stringContaining('its checksum is') },
  ]);

  const blind = Object.assign(new LedgerStore(pool, ledgerTree), { entries: () => none() });
  const forged = new RollUpStore(pool, 'acme', blind);
  await forged.rebuild();
  expect((await forged.read()).rows).toEqual([]);
  expect((await store.check()).different).toEqual([{ day: '2026-11-20', what: 'its lines do not sum to its rows' }]);
});

test("another organisation's sums are not there", async () => {
  await write(samplePrices(), ...sampleEntries(10));
  await store.grow();
  const rival = connectPool((await applicationUrl(database.url, 'spec')) ?? '', 1, 'rival');
  for (const table of ['ledger_rollup', 'ledger_rollup_day', 'ledger_rollup_state'])
    expect((await rival.query(`SELECT FROM ${table}`)).rowCount, table).toBe(0);
  await rival.end();
});

async function* none() {}
