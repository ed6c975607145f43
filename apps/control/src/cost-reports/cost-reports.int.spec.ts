/** A venue's report against the ledger: what is corrected, what is left alone, and that asking twice corrects once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import { connectPool, type Pool } from '#postgres/connect-pool.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { TrueUpStore } from '#postgres/ledger/true-up.store.js';
import { declareNorth, type RunningControl, startControl } from '../control-fixture.spec-data.js';
import { callEntry, callIdOf, callRecord } from '../ledger/call-record.spec-data.js';

let control: RunningControl;
let pool: Pool;
let trueUps: TrueUpStore;
const noon = '2026-11-20T12:00:00.000Z';
beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
  pool = connectPool(control.databaseUrl, 1, 'default');
  trueUps = new TrueUpStore(pool, 'default');
  const priceBook = (await control.ask('viewer', 'GET', '/api/prices')).body.hash;
  const estimate = (n: number, also: Partial<CallRecord> = {}) =>
    callEntry(
      callRecord(n, priceBook, {
        admittedAt: noon,
        endedAt: noon,
        costBasis: 'estimated',
        costPicoUsd: 5_000n,
        envelopes: [{ envelope: 'plan', window: '2026-11' }],
        heldNanoUsd: 5n,
        lines: [],
        ...also,
      }),
    );
  await control.context.publishing.append([
    estimate(1),
    estimate(2),
    estimate(3, { venue: 'elsewhere' }),
    estimate(4, { venue: null, kind: 'hold_expiry' }),
    estimate(5, { admittedAt: '2026-11-20T13:00:00.000Z' }),
    callEntry(callRecord(6, priceBook, { admittedAt: noon, endedAt: noon })),
    callEntry(callRecord(7, priceBook, { admittedAt: noon, endedAt: noon, kind: 'judge', replayOf: callIdOf(6) })),
  ]);
  const ledger = control.context.ledger as LedgerStore;
  while ((await ledger.pendingCount()) > 0) await ledger.sequence('default');
});
afterAll(async () => {
  await pool.end();
  await control.stop();
});

const row = (n: number, costPicoUsd: string) => ({ clientRequestId: callIdOf(n), costPicoUsd });
const post = (body: object) => control.ask('finance', 'POST', '/api/cost-reports', { venue: 'north', ...body });

test('what differs or was an estimate is corrected, once', async () => {
  const rows = [
    row(1, '1500'),
    row(3, '1'),
    row(4, '5000'),
    row(6, '275000000'),
    row(99, '7'),
    { clientRequestId: null, costPicoUsd: '3' },
  ];
  const { status, body } = await post({ rows });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    rows: 6,
    agreed: 1,
    adjusted: 2,
    reconciled: 2,
    unknown: 2,
    elsewhere: 1,
    differencePicoUsd: '-3500',
  });
  const waiting = await trueUps.waiting(10);
  expect(new Map(waiting.map(({ attemptId, differenceNanoUsd }) => [attemptId, differenceNanoUsd]))).toEqual(
    new Map([
      [callIdOf(1), -3n],
      [callIdOf(4), 0n],
    ]),
  );
  expect(waiting[0]?.reason).toBe(`report of north, ${body.report}`);
  expect((await post({ rows })).body).toMatchObject({ agreed: 3, adjusted: 0 });
});

test('a later report is held against the earlier one', async () => {
  expect((await post({ rows: [row(1, '1600')] })).body).toMatchObject({
    adjusted: 1,
    reconciled: 0,
    differencePicoUsd: '100',
  });
  const known = await trueUps.known([callIdOf(1)]);
  expect(known.get(callIdOf(1))).toEqual({ revision: 2, costPicoUsd: 1_600n, reported: true });
});

test('what a complete report does not name was never charged; outside of its time nothing follows', async () => {
  const complete = { from: '2026-11-20T00:00:00.000Z', through: '2026-11-20T12:30:00.000Z' };
  expect((await post({ rows: [row(1, '1600')], complete })).body).toMatchObject({
    agreed: 1,
    adjusted: 1,
    reconciled: 1,
    differencePicoUsd: '-5000',
  });
  expect((await trueUps.known([2, 3, 4, 5].map(callIdOf))).get(callIdOf(2))).toEqual({
    revision: 1,
    costPicoUsd: 0n,
    reported: true,
  });
  expect([...(await trueUps.known([3, 5].map(callIdOf)))]).toEqual([]);
});

test('once the correction is a line, the call costs what its venue reported and is no estimate', async () => {
  const path = `/v1/generation?id=${callIdOf(2)}`;
  expect((await control.ask('viewer', 'GET', path)).body).toMatchObject({
    costBasis: 'estimated',
    costPicoUsd: '5000',
  });
  const [trueUp] = (await trueUps.waiting(10)).filter(({ attemptId }) => attemptId === callIdOf(2));
  const { adjustmentId, attemptId, callId, useCase, envelopes, reason } = trueUp!;
  const body = { attemptId, callId, useCase, envelopes, reason, differencePicoUsd: '-5000', differenceNanoUsd: '-5' };
  await control.context.publishing.append([
    {
      schema: 'o10.entry.v1',
      log: 'default',
      kind: 'adjustment',
      id: adjustmentId,
      occurredAt: noon,
      actor: null,
      body,
    },
  ]);
  await (control.context.ledger as LedgerStore).sequence('default');
  expect((await control.ask('viewer', 'GET', path)).body).toMatchObject({ costBasis: 'reported', costPicoUsd: '0' });
});

test('what is corrected of a judgement is evaluation money', async () => {
  expect((await post({ rows: [row(7, '275000001')] })).body).toMatchObject({ adjusted: 1, differencePicoUsd: '1' });
  const waiting = await trueUps.waiting(100);
  const evaluations = waiting.filter(({ evaluation }) => evaluation).map(({ attemptId }) => attemptId);
  expect(evaluations).toEqual([callIdOf(7)]);
});

const reverse = (body: object, role: 'finance' | 'engineer' = 'finance') =>
  control.ask(role, 'POST', '/api/ledger/reversals', { reason: 'imported by mistake', ...body });

test('a report imported by mistake is taken back, whole and once; what was corrected since is not', async () => {
  const { report } = (await post({ rows: [row(1, '1500'), row(3, '1'), row(4, '7000')] })).body;
  const later = (await post({ rows: [row(4, '6000')] })).body;
  const before = new Map((await trueUps.waiting(100)).map((one) => [one.adjustmentId, one]));
  // What was made of attempt 4 a later report stands on; of attempt 1 it is the latest.
  expect((await reverse({ report })).body).toMatchObject({ reversed: 1, already: 0, correctedAgain: 1 });
  expect((await reverse({ report })).body).toMatchObject({ code: 'corrected_again' });
  expect((await reverse({ report: later.report })).body).toMatchObject({ reversed: 1, differencePicoUsd: '1000' });
  expect((await reverse({ report })).body).toMatchObject({ reversed: 1, already: 1, differencePicoUsd: '-2000' });
  expect((await reverse({ report })).body).toMatchObject({ code: 'already_reversed' });
  const reversals = (await trueUps.waiting(100)).filter(({ reverses }) => reverses !== null);
  expect(reversals).toHaveLength(3);
  for (const { reverses, differencePicoUsd, differenceNanoUsd, by, reason } of reversals) {
    const taken = before.get(reverses!)!;
    expect([differencePicoUsd, differenceNanoUsd]).toEqual([-taken.differencePicoUsd, -taken.differenceNanoUsd]);
    expect([by, reason]).toEqual(['finance@bank.example', 'imported by mistake']);
  }
  expect((await trueUps.known([callIdOf(4)])).get(callIdOf(4))).toMatchObject({ costPicoUsd: 5_000n, reported: true });
  // By the id of its line too; and then the attempt is the estimate it was.
  const [first] = [...before.values()].filter(({ attemptId, revision }) => attemptId === callIdOf(4) && revision === 1);
  expect((await reverse({ adjustment: first!.adjustmentId })).body).toMatchObject({ reversed: 1 });
  expect((await trueUps.known([callIdOf(4)])).get(callIdOf(4))).toMatchObject({ costPicoUsd: 5_000n, reported: false });
});

test.each([
  ['a line nobody wrote', { adjustment: callIdOf(404) }, 404],
  ['a call, which no report made', { adjustment: callIdOf(6) }, 404],
  ['both at once', { adjustment: callIdOf(1), report: 'a'.repeat(64) }, 400],
  ['no reason', { adjustment: callIdOf(1), reason: ' ' }, 400],
] as const)('%s is not reversed', async (_name, body, status) => expect((await reverse(body)).status).toBe(status));

test.each([
  ['a request named twice', 'finance', { rows: [row(1, '1'), row(1, '2')] }, 400],
  ['a venue nobody declared', 'finance', { venue: 'nowhere', rows: [] }, 404],
  ['who may not', 'engineer', { rows: [] }, 403],
] as const)('%s is refused', async (_name, role, body, status) =>
  expect((await control.ask(role, 'POST', '/api/cost-reports', { venue: 'north', ...body })).status).toBe(status),
);
