import { afterAll, beforeAll, expect, test } from 'vitest';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { connectPool } from '#postgres/connect-pool.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { declareNorth, type RunningControl, startControl } from '../control-fixture.spec-data.js';
import { callEntry, callRecord } from '../ledger/call-record.spec-data.js';

let control: RunningControl;
beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
  const { hash } = (await control.ask('viewer', 'GET', '/api/prices')).body;
  const pool = connectPool(control.databaseUrl, 2);
  const ledger = new LedgerStore(pool, ledgerTree);
  const admittedAt = new Date(Date.now() - 3_600_000).toISOString();
  const timed = { admittedAt, endedAt: admittedAt, latencyMs: 500, firstByteMs: 100, stream: true };
  const calls = [
    callRecord(1, hash, timed),
    callRecord(2, hash, timed),
    callRecord(3, hash, { ...timed, outcome: 'fault', status: 500 }),
    callRecord(4, hash, {
      ...{ admittedAt, endedAt: admittedAt, route: 'north/new', servedModel: 'new', costBasis: 'unpriced' },
      ...{ costPicoUsd: 0n, chargePicoUsd: 0n, lines: [] },
    }),
  ];
  await ledger.append(calls.map(callEntry));
  await ledger.sequence('default');
  await pool.end();
});
afterAll(() => control.stop());

const ask = async (path: string) => (await control.ask('viewer', 'GET', path)).body;

test('what was measured here is shown on the endpoint, and what was never tried is said to be', async () => {
  const profile = await ask('/api/catalog/profile?id=north/large');
  expect(profile).toMatchObject({
    id: 'north/large',
    facts: null,
    tabs: [{ tier: 'standard', blendedPicoUsd: '2500000' }],
  });
  expect(profile.endpoints).toMatchObject([
    {
      route: 'north/large',
      jurisdiction: null,
      priced: true,
      measured: { calls: 2, latencyMsP50: 500, throughputP50: 25, attempts24h: 3 },
    },
  ]);
  expect(profile.endpoints[0].measured.uptime24h).toBeCloseTo(2 / 3);
  expect(profile.guidance).toMatchObject([{ useCase: 'triage', word: 'baseline', floor: 0.9 }]);
  const small = await ask('/api/catalog/profile?id=north/small');
  expect(small.guidance).toMatchObject([{ useCase: 'triage', word: 'never_tried', mean: null }]);
  expect(small.endpoints[0].measured).toBeNull();
});

test('calls at an unknown price are listed with what they used, and priced ones are not', async () => {
  expect((await ask('/api/prices/unpriced')).items).toMatchObject([
    {
      route: 'north/new',
      servedModel: 'new',
      calls: 1,
      meters: ['input_uncached', 'output_text'],
      useCases: ['triage'],
    },
  ]);
});

test('one compliant route has no spread', async () => {
  const { items } = await ask('/api/catalog/spreads');
  expect(items).toMatchObject([
    {
      useCase: 'triage',
      basis: 'calls',
      ratioThousandths: null,
      compliant: [{ route: 'north/large', role: 'baseline' }],
    },
  ]);
});

test('facts are put once, and the ledger says so', async () => {
  const model = {
    ...{
      venue: 'north',
      model: 'large',
      name: 'Large',
      type: 'text',
      source: 'https://north.example',
      checked: '2026-11-20',
    },
    modality: { input: ['text'], output: ['text'] },
  };
  const put = () => control.ask('engineer', 'POST', '/api/catalog', { models: [model], venues: [] });
  expect((await put()).body).toEqual({ models: 1, venues: 0 });
  expect((await put()).body).toEqual({ models: 0, venues: 0 });
  expect((await ask('/api/catalog/profile?id=north/large')).facts).toMatchObject({ name: 'Large', released: null });
  expect((await ask('/api/catalog')).items).toMatchObject([
    { id: 'north/large', type: 'text' },
    { id: 'north/small', type: null },
  ]);
  expect((await control.ask('viewer', 'GET', '/api/catalog/profile?id=north/unheard')).body.code).toBe('not_found');
});
