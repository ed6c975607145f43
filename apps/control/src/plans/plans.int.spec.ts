import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bill } from '#contracts/bill.js';
import type { CallRecord } from '#contracts/call-record.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import type { RollUpStore } from '#postgres/ledger/roll-up.store.js';
import { declareNorth, type RunningControl, startControl } from '../control-fixture.spec-data.js';
import { callEntry, callIdOf, callRecord } from '../ledger/call-record.spec-data.js';

let control: RunningControl;
let priceBook: string;
beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
  await control.context.desk.rebuild({ envelopes: [], balances: [], holds: [], lines: [] });
  priceBook = (await control.ask('viewer', 'GET', '/api/prices')).body.hash;
});
afterAll(() => control.stop());

const snapshot = async () => JSON.parse((await control.context.publishing.feed.latest())!.body);
const envelopes = async (): Promise<Record<string, string>> => {
  const { items } = (await control.ask('viewer', 'GET', '/api/envelopes')).body;
  return Object.fromEntries(
    items
      .filter(({ definition }: { definition: { id: string } }) => definition.id.startsWith('plan.'))
      .map(({ definition }: { definition: { id: string; limitNanoUsd: string } }) => [
        definition.id,
        definition.limitNanoUsd,
      ]),
  );
};
const growing = {
  name: 'Growing',
  includedCredit: '2',
  hourlyLimit: '3',
  spendCeiling: [{ limit: '10' }, { limit: '40', afterDays: 30 }],
};

test('a subscription declares the envelopes of its plan, at the desk and to proxies, and takes them along', async () => {
  expect((await control.ask('finance', 'PUT', '/api/plans/growing', growing)).status).toBe(200);
  expect((await control.ask('finance', 'PUT', '/api/subscriptions/care', { plan: 'none' })).status).toBe(400);
  const put = await control.ask('finance', 'PUT', '/api/subscriptions/care', { plan: 'growing' });
  expect(put.body.definition).toMatchObject({ team: 'care', plan: 'growing', paymentMethod: false, onHold: false });
  expect(await envelopes()).toEqual({ 'plan.care.month': '10', 'plan.care.hour': '3' });
  expect(await snapshot()).toMatchObject({
    plans: [{ id: 'growing' }],
    subscriptions: [{ team: 'care' }],
    envelopes: [{ id: 'plan.care.hour' }, { id: 'plan.care.month' }],
  });
  const held = { holdId: 'h', callId: 'c', amountNanoUsd: 4_000_000_000n, expiresInMs: 1_000 };
  const envelope = [{ id: 'plan.care.hour', refuses: true }];
  const [answer] = await control.context.desk.hold([{ ...held, envelopes: envelope }]);
  expect(answer).toMatchObject({ outcome: 'refused', refusal: { reason: 'never_fits', limitNanoUsd: 3_000_000_000n } });
  const old = await control.ask('finance', 'PUT', '/api/subscriptions/care', {
    plan: 'growing',
    since: '2020-01-01T00:00:00.000Z',
  });
  expect(old.status).toBe(200);
  expect(await envelopes()).toEqual({ 'plan.care.month': '40', 'plan.care.hour': '3' });
});

test('a changed plan changes the envelopes of who is on it; nothing else may', async () => {
  await control.ask('finance', 'PUT', '/api/plans/growing', { ...growing, hourlyLimit: null });
  expect(await envelopes()).toEqual({ 'plan.care.month': '40' });
  const by = { scope: { kind: 'team', team: 'care' }, limitNanoUsd: '1', window: { unit: 'month' } };
  expect((await control.ask('finance', 'PUT', '/api/envelopes/plan.care.month', by)).status).toBe(400);
  expect((await control.ask('finance', 'DELETE', '/api/envelopes/plan.care.month')).status).toBe(400);
  expect((await control.ask('finance', 'DELETE', '/api/plans/growing')).body.code).toBe('snapshot_invalid');
});

test('terms that contradict each other are refused by field', async () => {
  const answer = await control.ask('finance', 'PUT', '/api/plans/odd', { name: 'Odd', hardStop: true });
  expect(answer.body).toMatchObject({ status: 400, code: 'invalid_request' });
  expect(answer.body.errors.map(({ path }: { path: string }) => path)).toContain('includedCredit');
});

test('a bill has its lines by lane, takes off what is included, and sums to what the ledger charges', async () => {
  const month = (day: number) => ({
    endedAt: `2026-02-${day}T12:00:00.000Z`,
    admittedAt: `2026-02-${day}T11:00:00.000Z`,
  });
  const usd = 1_000_000_000_000n;
  const records: CallRecord[] = [
    callRecord(1, priceBook, { ...month(10), lane: 'fast', chargePicoUsd: usd }),
    callRecord(2, priceBook, { ...month(11), lane: 'reasoning', chargePicoUsd: 3n * usd }),
    callRecord(3, priceBook, { ...month(12), pinned: true }),
    callRecord(4, priceBook, { ...month(13), team: 'other', lane: 'fast', chargePicoUsd: 7n * usd }),
    callRecord(5, priceBook, { admittedAt: '2026-01-31T23:59:00.000Z', endedAt: '2026-02-01T00:00:01.000Z' }),
    callRecord(6, priceBook, { admittedAt: '2026-02-28T23:59:00.000Z', endedAt: '2026-03-01T00:00:01.000Z' }),
  ];
  await control.context.publishing.append(records.map(callEntry));
  const ledger = control.context.ledger as LedgerStore;
  while ((await ledger.pendingCount()) > 0) await ledger.sequence('default');
  const ofTeam = Bill.parse((await control.ask('finance', 'GET', '/api/bill?month=2026-02&team=care')).body);
  expect(
    ofTeam.lines.map(({ lane, calls, pinnedCalls, chargePicoUsd }) => [lane, calls, pinnedCalls, chargePicoUsd]),
  ).toEqual([
    ['fast', 1, 0, usd],
    [null, 2, 1, 550_000_000n],
    ['reasoning', 1, 0, 3n * usd],
  ]);
  expect(ofTeam).toMatchObject({
    plan: 'growing',
    creditUsedPicoUsd: 2n * usd,
    overagePicoUsd: 2n * usd + 550_000_000n,
    costPicoUsd: 4n * 275_000_000n,
  });
  const whole = Bill.parse((await control.ask('viewer', 'GET', '/api/bill?month=2026-02')).body);
  await (control.context.rollUps as RollUpStore).grow();
  const { items } = (await control.ask('viewer', 'GET', '/api/ledger/rollups?from=2026-02-01&to=2026-02-28')).body;
  const charged = items.reduce((sum: bigint, row: { chargePicoUsd: string }) => sum + BigInt(row.chargePicoUsd), 0n);
  expect(whole.chargePicoUsd).toBe(charged);
  expect(whole.lines.reduce((sum, line) => sum + line.chargePicoUsd, 0n)).toBe(charged);
  expect(ofTeam.lines.reduce((sum, line) => sum + line.chargePicoUsd, 0n)).toBe(ofTeam.chargePicoUsd);
});

test('what is corrected is billed as corrected, and the ledger’s sums agree', async () => {
  const { context } = control;
  const records = [
    callRecord(7, priceBook, { admittedAt: '2026-03-09T11:00:00.000Z', endedAt: '2026-03-09T11:00:01.000Z', lane: 'fast', costBasis: 'estimated', costPicoUsd: 9_000n, chargePicoUsd: 9_000n, lines: [] }),
    callRecord(8, priceBook, { admittedAt: '2026-03-09T11:00:00.000Z', endedAt: '2026-03-09T11:00:01.000Z', team: 'other' }),
  ]; // prettier-ignore
  const line = (n: number, chargeDifferencePicoUsd: string) => ({
    ...{
      schema: 'o10.entry.v1' as const,
      log: 'default',
      kind: 'adjustment' as const,
      id: callIdOf(100 + n),
      actor: null,
    },
    occurredAt: '2026-03-31T23:00:00.000Z',
    body: {
      ...{ schema: 'o10.adjustment.v1', attemptId: callIdOf(n), callId: callIdOf(n), useCase: 'triage' },
      ...{
        envelopes: [],
        differencePicoUsd: '-8000',
        chargeDifferencePicoUsd,
        differenceNanoUsd: '-8',
        reason: 'spec',
      },
    },
  });
  await context.publishing.append([...records.map(callEntry), line(7, '-8000'), line(8, '-8000')]);
  const ledger = context.ledger as LedgerStore;
  while ((await ledger.pendingCount()) > 0) await ledger.sequence('default');
  const bill = async (query: string) => Bill.parse((await control.ask('finance', 'GET', `/api/bill?${query}`)).body);
  const [fast] = (await bill('month=2026-03&team=care')).lines.filter(({ lane }) => lane === 'fast');
  expect(fast).toMatchObject({ calls: 1, costPicoUsd: 1_000n, chargePicoUsd: 1_000n });
  await (context.rollUps as RollUpStore).grow();
  const { items } = (await control.ask('viewer', 'GET', '/api/ledger/rollups?from=2026-03-01&to=2026-03-31')).body;
  const charged = items.reduce((sum: bigint, row: { chargePicoUsd: string }) => sum + BigInt(row.chargePicoUsd), 0n);
  expect(await bill('month=2026-03')).toMatchObject({ chargePicoUsd: charged, estimatedAttempts: 0 });
});

test('a caller’s key sees the bill of its own team, whatever team it names', async () => {
  const { body } = await control.ask('engineer', 'POST', '/api/keys', { name: 'app', team: 'other' });
  const bill = await fetch(`${control.url}/api/bill?month=2026-02&team=care`, {
    headers: { authorization: `Bearer ${body.secret}` },
  });
  expect(await bill.json()).toMatchObject({ team: 'other', chargePicoUsd: '7000000000000' });
});

test('a rotated key works beside the new one for the overlap, on the same terms', async () => {
  const terms = { name: 'app', team: 'care', scopes: ['call', 'pin'], modelAllowList: ['flux-*'] };
  const { key: old } = (await control.ask('engineer', 'POST', '/api/keys', terms)).body;
  const { status, body } = await control.ask('engineer', 'POST', `/api/keys/${old.id}/rotate`, { overlapSeconds: 60 });
  expect([status, body.key]).toMatchObject([201, { ...terms, expiresAt: null, revokedAt: null }]);
  expect(body.key.id).not.toBe(old.id);
  const told = await control.context.publishing.feed.keysSince(0, 1_000);
  const ending = told.findLast(({ key }) => key.id === old.id)!.key;
  const left = Date.parse(ending.expiresAt!) - Date.now();
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(60_000);
  await control.ask('engineer', 'DELETE', `/api/keys/${old.id}`);
  expect((await control.ask('engineer', 'POST', `/api/keys/${old.id}/rotate`, {})).status).toBe(404);
});

test('without its subscription a team has no limits of a plan', async () => {
  expect((await control.ask('finance', 'DELETE', '/api/subscriptions/care')).status).toBe(204);
  expect(await envelopes()).toEqual({});
  expect((await control.ask('finance', 'DELETE', '/api/plans/growing')).status).toBe(204);
});
