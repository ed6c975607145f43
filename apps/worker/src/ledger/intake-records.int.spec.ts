/** From the desk's stream into the ledger: once each, whatever crashes, and never blocked by a record that is none. */
import { afterEach, expect, test } from 'vitest';
import { sampleCall, sampleId } from '../../../../test/support/sample-entries.js';
import { Stage } from '../../../../test/support/worker-stage.js';
import { WorkerMetrics } from '../worker-metrics.js';
import { makeLog } from '#runtime/log.js';
import { intakeRecords, type IntakeParts } from './intake-records.js';

let stage: Stage;
afterEach(() => stage.close());

const settle = (from: number, count: number) =>
  stage.stores.desk.settle(
    Array.from({ length: count }, (_, n) => ({
      holdId: sampleId(from + n),
      costNanoUsd: 0n,
      envelopes: [],
      record: JSON.stringify(sampleCall(from + n)),
    })),
  );
const settleText = (n: number, record: string) =>
  stage.stores.desk.settle([{ holdId: sampleId(n), costNanoUsd: 0n, envelopes: [], record }]);
const ledgerIds = async () =>
  (
    await stage.rows<{ id: string }>(`SELECT entry_id AS id FROM ledger_entry WHERE kind = 'call' ORDER BY leaf_index`)
  ).map(({ id }) => id);
const ids = (from: number, count: number) => Array.from({ length: count }, (_, n) => sampleId(from + n));
const parts = (also: Partial<IntakeParts> = {}): IntakeParts => ({
  ...stage.stores,
  organisation: 'acme',
  heard: () => Promise.resolve(),
  voidPlace: () => Promise.resolve(),
  metrics: new WorkerMetrics(),
  log: makeLog('spec', 'silent'),
  ...also,
});

test('every drained record is a line, byte for byte what was settled', async () => {
  stage = await Stage.open();
  await settle(1, 2_500);
  await stage.startWorker();
  await stage.until(`SELECT count(*) = 2500 FROM ledger_entry WHERE kind = 'call'`);
  expect(await ledgerIds()).toEqual(ids(1, 2_500));
  const bodies = await stage.rows<{ body: unknown }>(
    `SELECT convert_from(bytes, 'UTF8')::jsonb -> 'body' AS body FROM ledger_entry WHERE kind = 'call' ORDER BY leaf_index`,
  );
  expect(bodies.map(({ body }) => body)).toEqual(Array.from({ length: 2_500 }, (_, n) => sampleCall(n + 1)));
  expect(await stage.stores.desk.drain(10)).toEqual([]);
  await stage.until(`SELECT max(size) = (SELECT size FROM ledger_state WHERE log = 'acme') FROM ledger_checkpoint`);
});

test('a crash between append and acknowledge writes no line twice', async () => {
  stage = await Stage.open();
  await settle(1, 10);
  const { desk } = stage.stores;
  const crash = { drain: (count: number) => desk.drain(count), acknowledge: () => Promise.reject(new Error('killed')) };
  await expect(intakeRecords(parts({ desk: crash }), 100)).rejects.toThrow('killed');
  await settle(11, 5);
  await stage.startWorker();
  await stage.until(`SELECT count(*) = 15 FROM ledger_entry WHERE kind = 'call'`);
  expect(await ledgerIds()).toEqual(ids(1, 15));
  expect((await stage.rows(`SELECT * FROM ledger_quarantine`)).length).toBe(0);
});

test('records that cannot be lines are put aside once, and the others go through', async () => {
  stage = await Stage.open();
  await settle(1, 3);
  await settleText(100, '{"half": ');
  await settleText(101, JSON.stringify(sampleCall(101, { outcome: 'guessed' as never })));
  await settleText(
    102,
    JSON.stringify({ ...sampleCall(102), usage: { basis: 'reported', parts: {}, raw: 'x'.repeat(70_000) } }),
  );
  await settle(4, 3);
  const counted = parts();
  expect(await intakeRecords(counted, 100)).toBe(9);
  expect(await intakeRecords(counted, 100)).toBe(0);
  await stage.startWorker();
  await stage.until(`SELECT count(*) = 6 FROM ledger_entry WHERE kind = 'call'`);
  const aside = await stage.stores.quarantine.list('acme', 10);
  expect(aside.map(({ reason }) => reason).reverse()).toEqual([
    'not a JSON object',
    expect.stringMatching(/^outcome: /),
    expect.stringContaining('a line has at most'),
  ]);
  expect((await counted.metrics.quarantined.get()).values[0]?.value).toBe(3);
});

test('a second story under an id the ledger has is put aside, and the first stands', async () => {
  stage = await Stage.open();
  await stage.stores.ledger.append([
    {
      schema: 'o10.entry.v1',
      log: 'acme',
      kind: 'call',
      id: sampleId(7),
      occurredAt: '2026-11-20T10:00:01.000Z',
      actor: null,
      body: { ...sampleCall(7) },
    },
  ]);
  await settleText(7, JSON.stringify(sampleCall(7, { status: 201 })));
  await intakeRecords(parts(), 10);
  expect(await stage.stores.quarantine.list('acme', 10)).toMatchObject([
    { reason: 'the ledger has another line under this id' },
  ]);
});

test('two endings of one attempt that come together are one line, the first', async () => {
  stage = await Stage.open();
  await settleText(8, JSON.stringify(sampleCall(8, { kind: 'attempt', final: false })));
  await settleText(9, JSON.stringify(sampleCall(8)));
  await intakeRecords(parts(), 10);
  expect(await stage.rows("SELECT kind FROM ledger_inbox WHERE kind <> 'gate_declared'")).toEqual([
    { kind: 'attempt' },
  ]);
  expect(await stage.stores.quarantine.list('acme', 10)).toMatchObject([
    { reason: 'the attempt ended before, under another kind' },
  ]);
});

test('of two workers one writes the ledger; when it stops the other does', async () => {
  stage = await Stage.open();
  const first = await stage.startWorker();
  const one = stage.running;
  await settle(1, 1);
  await stage.until(`SELECT count(*) = 1 FROM ledger_entry WHERE kind = 'call'`);
  const second = await stage.startWorker();
  expect(await second.stores.leader.isOurs()).toBe(false);
  expect(await first.stores.leader.isOurs()).toBe(true);
  await one?.close();
  await settle(2, 1);
  await stage.until(`SELECT count(*) = 2 FROM ledger_entry WHERE kind = 'call'`);
});
