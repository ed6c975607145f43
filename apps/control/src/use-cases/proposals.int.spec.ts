/** Calls without a use case over the API: grouped from the ledger, made a use case of, and proposed no more. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { declareNorth, type RunningControl, startControl } from '../control-fixture.spec-data.js';
import { callEntry, callRecord } from '../ledger/call-record.spec-data.js';

let control: RunningControl;
const [mails, chats] = ['a'.repeat(64), 'b'.repeat(64)];
beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
  const { hash } = (await control.ask('viewer', 'GET', '/api/prices')).body;
  const at = new Date(Date.now() - 3_600_000).toISOString();
  const unnamed = (n: number, shape: string, also: Partial<CallRecord> = {}) =>
    callEntry(
      callRecord(n, hash, { useCase: 'unclassified', shape, admittedAt: at, endedAt: at, mode: 'off', ...also }),
    );
  await control.context.publishing.append([
    unnamed(1, mails),
    unnamed(2, mails),
    unnamed(3, mails, { route: 'north/small' }),
    unnamed(4, chats, { team: null }),
    unnamed(5, chats, { useCase: 'triage' }),
    unnamed(6, chats, { outcome: 'refused', route: null }),
  ]);
  const ledger = control.context.ledger as LedgerStore;
  while ((await ledger.pendingCount()) > 0) await ledger.sequence('default');
});
afterAll(() => control.stop());

const proposed = async () => (await control.ask('viewer', 'GET', '/api/use-cases/proposed')).body;
const accept = (shape: string, body: object, as: 'engineer' | 'viewer' = 'engineer') =>
  control.ask(as, 'POST', `/api/use-cases/proposed/${shape}`, body);
const wanted = { slug: 'mails', floor: { absolute: 0.9 }, grader: { kind: 'numeric', reference: 'baseline' } };

test('groups name their calls, spend and routes', async () => {
  expect(await proposed()).toMatchObject({
    days: 7,
    items: [
      { shape: mails, calls: 3, costPicoUsd: '825000000', routes: [{ route: 'north/large', calls: 2 }, { calls: 1 }] },
      { shape: chats, calls: 1, teams: [] },
    ],
  });
});

test('a group becomes a use case, off, on the route it used most; the snapshot carries its shape', async () => {
  expect((await accept(mails, wanted, 'viewer')).status).toBe(403);
  const { status, body } = await accept(mails, { ...wanted, candidates: ['north/small'] });
  expect(status).toBe(200);
  const accepted = { slug: 'mails', mode: 'off', baseline: 'north/large', team: 'care', shapes: [mails] };
  expect(body.definition).toMatchObject(accepted);
  const { useCases } = JSON.parse((await control.context.publishing.feed.latest())!.body);
  expect(useCases.find(({ slug }: { slug: string }) => slug === 'mails')).toMatchObject(accepted);
  expect((await proposed()).items.map(({ shape }: { shape: string }) => shape)).toEqual([chats]);
  expect((await accept(mails, wanted)).status).toBe(404);
});

test('a name that is taken, a team nobody knows and a shape two would claim are refused', async () => {
  expect((await accept(chats, { ...wanted, slug: 'triage', team: 'care' })).body.code).toBe('name_taken');
  expect((await accept(chats, { ...wanted, slug: 'chats' })).body.code).toBe('invalid_request');
  const { slug: _, ...rest } = wanted;
  const claim = { ...rest, team: 'care', baseline: 'north/large', candidates: [], shapes: [mails] };
  const two = await control.ask('engineer', 'PUT', '/api/use-cases/other', claim);
  expect(two.body).toMatchObject({ code: 'snapshot_invalid' });
});
