/** Envelopes over the API: what counts in a rolling window, how fast it goes, and whom alerts are told. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AlertStore } from '#postgres/alert/alert.store.js';
import { openText, webhookAad } from '#runtime/seal.js';
import { windowSpans } from '#domain/envelope/window-spans.js';
import { connectPool, type Pool } from '#postgres/connect-pool.js';
import { newId } from '#runtime/new-id.js';
import type { CallRecord } from '#contracts/call-record.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { callEntry, callIdOf, callRecord } from '../ledger/call-record.spec-data.js';
import { declareNorth, type RunningControl, startControl } from '../control-fixture.spec-data.js';

let control: RunningControl;
let pool: Pool;
beforeAll(async () => {
  control = await startControl();
  pool = connectPool(control.databaseUrl, 1, 'default');
  await declareNorth(control);
  await control.context.desk.rebuild({ envelopes: [], balances: [], holds: [], lines: [] });
});
afterAll(async () => {
  await pool.end();
  await control.stop();
});

const put = (id: string, also: Record<string, unknown>) =>
  control.ask('finance', 'PUT', `/api/envelopes/${id}`, {
    scope: { kind: 'organisation' },
    limitNanoUsd: '1',
    ...also,
  });

test('a rolling window counts the buckets before it, and says when it is empty', async () => {
  const window = { unit: 'rolling', zone: 'UTC', hours: 24 } as const;
  expect((await put('day', { window })).status).toBe(200);
  const [span] = windowSpans(window, Date.now(), 1);
  const settle = (holdId: string, id: string, costNanoUsd: bigint) =>
    control.context.desk.settle([{ holdId, costNanoUsd, envelopes: [{ envelope: 'day', window: id }], record: '{}' }]);
  await settle('a', span!.id, 100_000_000n);
  await settle('b', span!.also![23]!, 400_000_000n);
  await settle('c', '24h-2020-01-01T00Z', 700_000_000n);
  const minute = Math.floor(Date.now() / 60_000) * 60_000;
  await pool.query(
    `INSERT INTO envelope_spend_point VALUES ('default', 'day', $1, 0), ('default', 'day', $2, 250000000)`,
    [minute - 7_200_000, minute - 60_000],
  );
  const { balance } = (await control.ask('viewer', 'GET', '/api/envelopes/day')).body;
  expect(balance).toMatchObject({ window: span!.id, settledNanoUsd: '500000000', heldNanoUsd: '0' });
  expect(balance.burnRate).toBeCloseTo(6);
  expect((Date.parse(balance.exhaustsAt) - Date.now()) / 3_600_000).toBeCloseTo(2, 1);
});

test.each([
  ['a rolling window without its length', { unit: 'rolling' }, 'window.hours'],
  ['a length of what does not roll', { unit: 'day', hours: 3 }, 'window.hours'],
  ['a fiscal year of months', { unit: 'month', yearStartsMonth: 4 }, 'window.yearStartsMonth'],
])('%s is refused', async (_name, window, path) => {
  const { status, body } = await put('wrong', { window });
  expect(status).toBe(400);
  expect(body.errors[0].path).toBe(path);
});

test('a webhook has a secret of its own, shown once, and another one at another host', async () => {
  const ask = (url: string) => control.ask('engineer', 'PUT', '/api/webhooks/chat', { url });
  expect((await ask('ftp://chat.example/hook')).status).toBe(400);
  expect((await control.ask('viewer', 'PUT', '/api/webhooks/chat', { url: 'https://chat.example/' })).status).toBe(403);
  const { body: first } = await ask('https://chat.example/hook');
  expect(first.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect((await ask('https://chat.example/other')).body).toEqual({
    id: 'chat',
    url: 'https://chat.example/other',
    secret: null,
  });
  const stored = (await control.context.webhooks.find('chat'))!;
  expect(openText(control.context.masterKey, stored.sealedSecret, webhookAad(stored))).toBe(first.secret);
  const { body: moved } = await ask('https://elsewhere.example/hook');
  expect(moved.secret).not.toBe(first.secret);
  const listed = await control.ask('viewer', 'GET', '/api/webhooks');
  expect(listed.body.items).toEqual([{ id: 'chat', url: 'https://elsewhere.example/hook' }]);
  expect((await control.ask('finance', 'DELETE', '/api/webhooks/chat')).status).toBe(204);
  expect((await control.ask('finance', 'DELETE', '/api/webhooks/chat')).status).toBe(404);
});

test('alerts are read newest first', async () => {
  const alerts = new AlertStore(pool, 'default');
  const overrun = (n: number) => ({
    id: newId(Date.now()),
    onceKey: `overrun ${n}`,
    body: {
      kind: 'overrun' as const,
      callId: newId(1),
      attemptId: newId(2),
      envelopes: ['day'],
      heldNanoUsd: 1n,
      costNanoUsd: BigInt(n),
    },
  });
  for (const n of [2, 3, 3]) await alerts.raise([overrun(n)], 1_000 * n);
  const { items } = (await control.ask('viewer', 'GET', '/api/alerts')).body;
  expect(items.map(({ body }: { body: { costNanoUsd: string } }) => body.costNanoUsd)).toEqual(['3', '2']);
});

test('what a limit would have refused last month, before it is switched on', async () => {
  const priceBook = (await control.ask('viewer', 'GET', '/api/prices')).body.hash;
  const at = (hours: number) => new Date(Date.now() - 20 * 86_400_000 + hours * 3_600_000).toISOString();
  const call = (n: number, hours: number, also: Partial<CallRecord> = {}) =>
    callEntry(
      callRecord(n, priceBook, {
        admittedAt: at(hours),
        endedAt: at(hours),
        costPicoUsd: 200_000_000_000n,
        envelopes: [{ envelope: 'day', window: 'x' }],
        heldNanoUsd: 300_000_000n,
        ...also,
      }),
    );
  await control.context.publishing.append([
    call(1, 0),
    call(2, 1),
    call(3, 2),
    call(4, 3),
    call(5, 4),
    call(6, 5, { envelopes: [], heldNanoUsd: 0n, ceilingNanoUsd: 900_000_000n, useCase: 'search' }),
    call(7, 6, { envelopes: [], heldNanoUsd: 0n, costPicoUsd: 1_000n }),
    call(8, 7, { team: 'other' }),
    call(9, 8, { kind: 'shadow_replay', replayOf: callIdOf(1) }),
    call(10, 9, { outcome: 'refused', costPicoUsd: 0n }),
    call(11, -24 * 12),
  ]);
  const ledger = control.context.ledger as LedgerStore;
  while ((await ledger.pendingCount()) > 0) await ledger.sequence('default');
  const limit = { scope: { kind: 'team', team: 'care' }, limitNanoUsd: '1', window: { unit: 'total' } };
  const answer = await control.ask('viewer', 'POST', '/api/envelopes/trial', limit);
  expect(answer.status).toBe(200);
  // Four calls of 20 cents are spent; 30 more fit no longer, nor does what was held for 90; a tenth of a cent does.
  expect(answer.body).toMatchObject({
    attempts: 7,
    refused: { in_flight: 0, never_fits: 0, spent: 2 },
    firstRefusedAt: expect.stringContaining('Z'),
    admittedPicoUsd: '800000001000',
    refusedPicoUsd: '400000000000',
    withoutCeiling: 1,
    capped: false,
    windows: [{ window: 'total', refused: 2, settledPicoUsd: '800000001000' }],
  });
  expect(answer.body.useCases.map(({ useCase }: { useCase: string }) => useCase)).toEqual(['search', 'triage']);
  const ofModel = await control.ask('viewer', 'POST', '/api/envelopes/trial', { ...limit, model: 'small' });
  expect(ofModel.body.attempts).toBe(0);
  const short = await control.ask('viewer', 'POST', '/api/envelopes/trial', { ...limit, from: at(-1), to: at(2.5) });
  expect(short.body).toMatchObject({ attempts: 3, refused: { spent: 0 } });
  // The venue says later that it charged nothing for the first: then the fifth fits too.
  await control.context.publishing.append([
    {
      ...{
        schema: 'o10.entry.v1',
        log: 'default',
        kind: 'adjustment',
        id: callIdOf(50),
        actor: null,
        occurredAt: at(30),
      },
      body: {
        ...{ attemptId: callIdOf(1), callId: callIdOf(1), useCase: 'triage', envelopes: [], reason: 'report' },
        ...{ differencePicoUsd: '-200000000000', differenceNanoUsd: '-200000000' },
      },
    },
  ]);
  while ((await ledger.pendingCount()) > 0) await ledger.sequence('default');
  const trued = await control.ask('viewer', 'POST', '/api/envelopes/trial', limit);
  expect(trued.body).toMatchObject({ attempts: 7, refused: { spent: 1 }, admittedPicoUsd: '800000001000' });
  expect(
    (await control.ask('viewer', 'GET', '/api/envelopes')).body.items.map(
      (one: { definition: { id: string } }) => one.definition.id,
    ),
  ).toEqual(['day']);
});
