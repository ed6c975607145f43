import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { connectPool } from '#postgres/connect-pool.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { declareNorth, type RunningControl, startControl } from '../control-fixture.spec-data.js';
import { callEntry, callRecord } from '../ledger/call-record.spec-data.js';
import { ledgerLines } from '../ledger-lines.spec-data.js';

let control: RunningControl;
beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
});
afterAll(() => control.stop());

let imported = 0;
const claim = (meter: string, ratePicoUsd: string, also: object = {}) => ({
  row: {
    ...{ venue: 'north', model: 'large', tier: 'standard', meter, ratePicoUsd },
    // Lists are read one after the other, and each takes effect when it was read.
    ...{
      validFrom: `2026-11-20T00:00:${String(imported).padStart(2, '0')}.000Z`,
      source: 'https://list.example',
      ...also,
    },
  },
  dated: false,
  line: 7,
  field: `large.${meter}`,
  confirmedBy: [] as string[],
});
const post = (source: string, claims: object[]) => ({
  ...{ source, format: 'litellm', file: 'list.json', claims, findings: [] },
  fileSha256: String((imported += 1)).padStart(64, '0'),
});
const propose = async (source: string, claims: object[], query = '') =>
  (await control.ask('engineer', 'POST', `/api/prices/imports${query}`, post(source, claims))).body;
const book = async () => (await control.ask('viewer', 'GET', '/api/prices')).body;
const approve = (id: string, body: object = {}, role: 'approver' | 'finance' | 'engineer' = 'approver') =>
  control.ask(role, 'POST', `/api/prices/changes/${id}/approval`, body);

let before: { hash: string };
beforeEach(async () => {
  before = await book();
});

test('one source alone waits; a second that agrees makes the row ready; a third that differs makes it wait again', async () => {
  const first = await propose('litellm', [claim('input_uncached', '2400000')]);
  expect(first.differences).toMatchObject([
    { state: 'waiting', agreeing: ['litellm'], before: { ratePicoUsd: '2500000' } },
  ]);
  const second = await propose('models.dev', [claim('input_uncached', '2400000')]);
  expect(second.differences).toMatchObject([{ state: 'ready', agreeing: ['models.dev', 'litellm'] }]);
  const third = await propose('genai-prices', [claim('input_uncached', '2300000')]);
  expect(third.differences[0]).toMatchObject({ state: 'waiting', findings: [{ code: 'sources_disagree' }] });
  expect(third.differences[0].disagreeing).toHaveLength(2);
  expect(await book()).toEqual(before);
});

test('a second person approves: the book has another hash, old rows end, the ledger has both lines', async () => {
  await propose('litellm', [claim('output_text', '2400000')]);
  const { id } = await propose('models.dev', [claim('output_text', '2400000')]);
  const { status, body } = await approve(id);
  expect([status, body.state, body.decidedBy, body.accepted]).toEqual([200, 'approved', 'approver@bank.example', [1]]);
  const rows = (await book()).rows.filter(
    (row: { model: string; meter: string }) => row.model === 'large' && row.meter === 'output_text',
  );
  expect(rows).toMatchObject([
    { ratePicoUsd: '2500000', validTo: expect.stringMatching(/^2026-11-20T00:00:/) },
    {
      ratePicoUsd: '2400000',
      validFrom: expect.stringMatching(/^2026-11-20T00:00:/),
      approvedBy: 'approver@bank.example',
    },
  ]);
  const lines = (await ledgerLines(control.databaseUrl)).slice(-2);
  expect(lines).toMatchObject([
    {
      kind: 'price_version',
      actor: 'approver@bank.example',
      body: { priceBook: body.priceBook, previous: before.hash, change: id },
    },
    {
      kind: 'approval',
      body: { subject: 'price_change', name: id, state: 'approved', submittedBy: 'engineer@bank.example' },
    },
  ]);
  expect((await approve(id)).body.code).toBe('price_change_state');
  expect((await control.ask('viewer', 'GET', `/api/prices/versions/${before.hash}`)).body).toEqual(before);
});

test('nobody approves what they submitted themselves, and an engineer approves nothing', async () => {
  const own = await control.ask(
    'approver',
    'POST',
    '/api/prices/imports',
    post('own', [claim('output_text', '2300000')]),
  );
  const { id } = own.body;
  const all = { waiting: 'all', reason: 'because I say so myself' };
  expect((await approve(id, all)).body).toMatchObject({ status: 403, code: 'author_cannot_approve' });
  expect((await approve(id, all, 'engineer')).status).toBe(403);
  expect(await book()).toEqual(before);
  expect((await approve(id, all, 'finance')).status).toBe(200);
});

test('rows that wait are accepted by number and with a reason only; refused rows by nobody', async () => {
  const { id, differences } = await propose('litellm', [
    claim('output_text', '2000000'),
    claim('input_uncached', '2500000000000'),
    claim('cache_read', '9000000'),
  ]);
  expect(
    differences.map((one: { state: string; findings: { code: string }[] }) => [
      one.state,
      ...one.findings.map(({ code }) => code),
    ]),
  ).toEqual([
    ['waiting', 'ratio_output_input', 'sources_disagree'],
    ['refused', 'unit_slip', 'thousandfold', 'sources_disagree'],
    ['waiting', 'ratio_cache_read'],
  ]);
  expect((await approve(id)).body.code).toBe('price_rows_refused');
  expect((await approve(id, { waiting: [1] })).body.code).toBe('invalid_request');
  expect((await approve(id, { waiting: [2], reason: 'it looks right to me' })).body).toMatchObject({
    code: 'price_rows_refused',
    detail: expect.stringContaining('line 7'),
  });
  expect((await approve(id, { waiting: [9], reason: 'it looks right to me' })).body.code).toBe('price_rows_refused');
  expect(await book()).toEqual(before);
  const { body } = await approve(id, { waiting: [1], reason: 'seen on the page of the venue' });
  expect(body).toMatchObject({ state: 'approved', accepted: [1], reason: 'seen on the page of the venue' });
});

test('a change of a book that is no longer in force is refused; a dry run keeps nothing; a rejected one stays so', async () => {
  const stale = await propose('stale', [claim('output_text', '1900000')]);
  const other = await propose('other', [claim('output_text', '1800000')]);
  const reason = { waiting: 'all', reason: 'seen on the page of the venue' };
  expect((await approve(other.id, reason)).status).toBe(200);
  expect((await approve(stale.id, reason)).body).toMatchObject({
    code: 'price_change_state',
    detail: expect.stringContaining('import it again'),
  });
  const rejected = await control.ask('finance', 'POST', `/api/prices/changes/${stale.id}/rejection`, {
    reason: 'too old',
  });
  expect(rejected.body).toMatchObject({ state: 'rejected', reason: 'too old', decidedBy: 'finance@bank.example' });
  const dry = await propose('dry', [claim('output_text', '1700000')], '?dryRun=true');
  expect((await control.ask('viewer', 'GET', `/api/prices/changes/${dry.id}`)).status).toBe(404);
  const same = await propose('same', [claim('output_text', '1800000')]);
  expect(same).toMatchObject({ differences: [], unchanged: 1 });
  const { items } = (await control.ask('viewer', 'GET', '/api/prices/changes?state=rejected')).body;
  expect(items.map(({ id }: { id: string }) => id)).toEqual([stale.id]);
});

test('what last month would have cost is said before anyone approves', async () => {
  const pool = connectPool(control.databaseUrl, 2);
  const ledger = new LedgerStore(pool, ledgerTree);
  const at = new Date(Date.now() - 86_400_000).toISOString();
  const old = new Date(Date.now() - 60 * 86_400_000).toISOString();
  const call = (number: number, admittedAt: string) =>
    callEntry(callRecord(number, before.hash, { admittedAt, endedAt: admittedAt }));
  await ledger.append([call(1, at), call(2, at), call(3, old)]);
  await ledger.sequence('default');
  await pool.end();
  const was = (await book()).rows.find(
    (row: { model: string; meter: string; validTo?: string }) =>
      row.model === 'large' && row.meter === 'input_uncached' && !row.validTo,
  );
  expect(was.ratePicoUsd).toBe('2500000');
  const { effect } = await propose('effect', [claim('input_uncached', '5000000')]);
  // Two calls of 100 tokens in, at 2.5 micro-dollars more each.
  expect(effect).toMatchObject({
    calls: 2,
    capped: false,
    differencePicoUsd: '500000000',
    newlyPriced: 0,
    newlyUnpriced: 0,
  });
  expect(effect.routes).toMatchObject([{ route: 'north/large', calls: 2 }]);
});

test('nobody passes prices of their own off as the shipped book, and models no route names are left out', async () => {
  const seed = await control.ask(
    'engineer',
    'POST',
    '/api/prices/imports',
    post('o10-seed', [claim('output_text', '1')]),
  );
  expect(seed.body).toMatchObject({ code: 'invalid_request' });
  const left = await propose('left', [claim('output_text', '2200000', { model: 'unheard-of' })]);
  expect(left).toMatchObject({ differences: [], leftOut: 1 });
});
