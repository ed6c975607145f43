/** An estimate at its ceiling is trued up by the venue's report: the desk, the ledger and its sums agree, and verify. */
import { afterEach, expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import { envelope } from '#postgres/admin/admin-fixture.spec-data.js';
import { reversalOf, trueUpOf } from '#domain/ledger/true-up.js';
import type { StoredTrueUp } from '#postgres/ledger/true-up.store.js';
import { newId } from '#runtime/new-id.js';
import { CallRecord as CallRecordSchema } from '#contracts/call-record.js';
import { sampleCall, sampleId } from '../../../../test/support/sample-entries.js';
import { Stage } from '../../../../test/support/worker-stage.js';

let stage: Stage;
afterEach(() => stage.close());

const places = [{ envelope: 'plan', window: 'total' }];

async function estimated(n: number, nanoUsd: bigint): Promise<CallRecord> {
  const record = sampleCall(n, {
    costPicoUsd: `${nanoUsd}000`,
    heldNanoUsd: String(nanoUsd),
    costBasis: 'estimated',
    envelopes: places,
  });
  await stage.stores.desk.settle([
    { holdId: sampleId(n), costNanoUsd: nanoUsd, envelopes: places, record: JSON.stringify(record) },
  ]);
  return CallRecordSchema.parse(record);
}

const reported = (record: CallRecord, costPicoUsd: bigint): StoredTrueUp => ({
  ...trueUpOf(record, null, costPicoUsd)!,
  adjustmentId: newId(Date.now()),
  reverses: null,
  reason: 'report of north, 0',
});

test('desk, ledger and its sums follow the report, and a second time changes nothing', async () => {
  stage = await Stage.open({
    envelopes: [envelope('plan', { window: { unit: 'total', zone: 'UTC' } })],
    settings: { O10_DRIFT_SECONDS: '0.1' },
  });
  const { metrics } = await stage.startWorker();
  const [low, high, never] = [await estimated(1, 900n), await estimated(2, 900n), await estimated(3, 900n)];
  await stage.until(`SELECT count(*) = 3 FROM ledger_entry WHERE kind = 'call'`);
  const { trueUps, desk } = stage.stores;
  const corrections = [reported(low, 400_500n), reported(high, 1_000_000n), reported(never, 0n)];
  await trueUps.add(corrections, 'spec');
  await stage.until(`SELECT count(*) = 3 FROM ledger_entry WHERE kind = 'adjustment'`);
  await stage.until(`SELECT spent_nano_usd = 1401 FROM ledger_spend WHERE envelope = 'plan'`);
  expect(await desk.balances(['plan'])).toMatchObject([{ settledNanoUsd: 1_401n, heldNanoUsd: 0n }]);
  const alerts = (await stage.stores.alerts.newest(10)).filter(({ body }) => body.kind === 'overrun');
  expect(alerts.map(({ body }) => body)).toMatchObject([
    { attemptId: sampleId(2), heldNanoUsd: 900n, costNanoUsd: 1_000n },
  ]);
  await stage.rows('UPDATE true_up SET applied_at = NULL');
  await stage.until('SELECT count(*) = 3 FROM true_up WHERE applied_at IS NOT NULL');
  expect(await desk.balances(['plan'])).toMatchObject([{ settledNanoUsd: 1_401n }]);
  await expect.poll(async () => (await metrics.drift.get()).values[0]?.value, { timeout: 5_000 }).toBe(0);
  expect(await stage.rows(`SELECT epoch FROM desk_built`)).toEqual([{ epoch: '1' }]);

  const [taken] = corrections;
  const back: StoredTrueUp = {
    ...reversalOf(taken!, 2),
    ...{ adjustmentId: newId(Date.now()), reverses: taken!.adjustmentId, reason: 'imported by mistake' },
  };
  await trueUps.add([back], 'finance@acme.example');
  await stage.until(`SELECT spent_nano_usd = 1900 FROM ledger_spend WHERE envelope = 'plan'`);
  expect(await desk.balances(['plan'])).toMatchObject([{ settledNanoUsd: 1_900n }]);
  const [line] = await stage.rows<{ text: string }>(
    `SELECT convert_from(bytes, 'UTF8') AS text FROM ledger_entry WHERE kind = 'reversal'`,
  );
  expect(JSON.parse(line!.text)).toMatchObject({
    actor: 'finance@acme.example',
    body: {
      ...{
        attemptId: sampleId(1),
        differencePicoUsd: '499500',
        differenceNanoUsd: '499',
        reason: 'imported by mistake',
      },
      reverses: { kind: 'adjustment', id: taken!.adjustmentId },
    },
  });
  expect([...(await trueUps.add([{ ...back, adjustmentId: newId(Date.now()), revision: 3 }], 'spec'))]).toEqual([]);
  expect(await trueUps.known([sampleId(1), sampleId(2)])).toEqual(
    new Map([
      [sampleId(1), { revision: 2, costPicoUsd: 900_000n, reported: false }],
      [sampleId(2), { revision: 1, costPicoUsd: 1_000_000n, reported: true }],
    ]),
  );
});
