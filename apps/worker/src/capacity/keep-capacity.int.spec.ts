/**
 * Committed capacity over a real ledger and desk: whatever order proxies booked in, the calls and the idle rest of an hour
 * sum to its price, envelopes are put right, and proxies hear what is left.
 */
import { afterEach, expect, test } from 'vitest';
import type { CallRecordWire } from '#contracts/call-record.js';
import { Commitment } from '#contracts/commitment.js';
import { deskEnvelopes } from '#domain/envelope/desk-envelopes.js';
import { LineAudit } from '#domain/ledger/line-audit.js';
import { envelope } from '#postgres/admin/admin-fixture.spec-data.js';
import { sampleCall, sampleId } from '../../../../test/support/sample-entries.js';
import { Stage } from '../../../../test/support/worker-stage.js';
import { makeLog } from '#runtime/log.js';
import { intakeRecords } from '../ledger/intake-records.js';
import { WorkerMetrics } from '../worker-metrics.js';
import { keepCapacity } from './keep-capacity.js';

let stage: Stage;
afterEach(() => stage.close());

const hourMs = 3_600_000;
const hour = Math.floor(Date.now() / hourMs) * hourMs;
const at = (ms: number) => new Date(ms).toISOString();
const month = at(hour).slice(0, 7);
const commitment = Commitment.decode({
  ...{ id: 'units', kind: 'provisioned', owner: 'care', routes: ['south/small'], weights: { input_uncached: 1 } },
  ...{ unitsPerPeriod: 2_500, periodHours: 1, periodPicoUsd: '39.6', from: at(hour), to: null, source: 'contract' },
} as never);

/** 1,000 tokens in at 2.5 USD a million: a cost of 2,500,000,000 pico-USD at list, less what the proxy took off. */
function call(n: number, covered: number | null): CallRecordWire {
  const list = { meter: 'input_uncached' as const, quantity: 1_000, ratePicoUsd: '2500000', costPicoUsd: '2500000000' };
  const credit = String(-2_500_000 * (covered ?? 0));
  const share = (BigInt(covered ?? 0) * 39_600_000_000_000n) / 2_500n;
  return sampleCall(n, {
    ...{ route: 'south/small', venue: 'south', admittedAt: at(hour + n * 1_000), endedAt: at(hour + n * 1_000 + 500) },
    ...{ usage: { basis: 'reported', parts: { input_uncached: 1_000 } }, heldNanoUsd: '2500000' },
    costPicoUsd: String(2_500_000_000 + Number(credit)),
    chargePicoUsd: String(2_500_000_000 + Number(credit)),
    envelopes: [{ envelope: 'plan', window: month }],
    lines: covered
      ? [list, { meter: 'committed_capacity', quantity: 1, ratePicoUsd: credit, costPicoUsd: credit }]
      : [list],
    ...(covered !== null && {
      capacity: {
        ...{ commitment: 'units', period: at(hour), units: 1_000, unitsCovered: covered },
        sharePicoUsd: String(share),
      },
    }),
  });
}

async function settled(calls: CallRecordWire[]) {
  const { desk, ledger } = stage.stores;
  await desk.settle(
    calls.map((record) => ({
      holdId: record.attemptId,
      costNanoUsd: (BigInt(record.costPicoUsd) + 999n) / 1_000n,
      envelopes: record.envelopes,
      record: JSON.stringify(record),
    })),
  );
  await takeIn();
  return ledger;
}

async function takeIn() {
  const nothing = () => Promise.resolve();
  const parts = { ...stage.stores, organisation: 'acme', voidPlace: nothing, heard: nothing };
  const metrics = new WorkerMetrics();
  while ((await intakeRecords({ ...parts, metrics, log: makeLog('spec', 'silent') }, 100)) > 0);
  await stage.stores.ledger.sequence('acme');
}

test('an hour of provisioned units: drained in order, corrected, charged where idle', async () => {
  stage = await Stage.open({ envelopes: [envelope('plan')] });
  const { stores } = stage;
  await stores.desk.rebuild({
    ...{ envelopes: deskEnvelopes([envelope('plan')], Date.now()), balances: [], holds: [], lines: [] },
  });
  await stage.change(async ({ commitments }) => {
    await commitments.put(commitment, 'spec');
    return { result: null, entries: [] };
  });
  const index = await stage.index();
  const keep = (nowMs: number) => keepCapacity({ ...stores, organisation: 'acme', current: () => index }, nowMs);

  await keep(hour + 1_000);
  expect((await stores.feed.capacity())?.periods).toEqual([{ commitment: 'units', from: at(hour), unitsUsed: '0' }]);

  // Booked as if nothing was known, as if all was left, and as if all was left once more.
  await settled([call(1, null), call(2, 1_000), call(3, 1_000)]);
  await keep(hour + 10_000);
  expect((await stores.feed.capacity())?.periods[0]?.unitsUsed).toBe('2500');
  await takeIn();
  const adjustments = await stage.rows<{ body: Record<string, unknown> }>(
    `SELECT convert_from(bytes, 'UTF8')::jsonb -> 'body' AS body FROM ledger_entry WHERE kind = 'adjustment' ORDER BY leaf_index`,
  );
  expect(adjustments.map(({ body }) => [body['attemptId'], body['differencePicoUsd']])).toEqual([
    [sampleId(1), '-2500000000'],
    [sampleId(3), '1250000000'],
  ]);
  // Calls cost nothing, nothing, and half of list: so says the desk too.
  expect(await stores.desk.balances(['plan'])).toMatchObject([{ settledNanoUsd: 1_250_000n }]);
  // Done again after a crash: the same words, once.
  await stage.rows(`UPDATE capacity_state SET next_index = 0`);
  await stage.rows(`UPDATE capacity_period SET units_used = 0, shares_pico_usd = 0`);
  await keep(hour + 11_000);
  await takeIn();
  expect(await stores.desk.balances(['plan'])).toMatchObject([{ settledNanoUsd: 1_250_000n }]);

  // The hour is over, and its grace; the next ones idled as a whole. What comes late is at list.
  expect(await keep(hour + 3 * hourMs + 20 * 60_000)).toBe(3);
  await settled([call(4, 1_000)]);
  await keep(hour + 3 * hourMs + 20 * 60_000 + 1_000);
  await takeIn();
  await stores.ledger.sequence('acme');

  const audit = new LineAudit();
  let shares = 0n;
  const charges: Record<string, unknown>[] = [];
  const problems: string[] = [];
  for await (const { index: line, bytes, entry } of stores.ledger.entries('acme', { fromIndex: 0, toIndex: 1e6 })) {
    problems.push(...audit.add(line, bytes).problems);
    const { capacity } = entry.body as {
      capacity?: { sharePicoUsd?: string; shareDifferencePicoUsd?: string };
    };
    shares += BigInt(capacity?.sharePicoUsd ?? capacity?.shareDifferencePicoUsd ?? 0);
    if (entry.kind === 'standing_charge') charges.push(entry.body);
  }
  expect(problems.filter((text) => !text.includes('no line before names'))).toEqual([]);
  expect(charges.map((body) => [body['from'], body['unitsUsed'], body['owner'], body['costPicoUsd']])).toEqual([
    [at(hour), '2500', 'care', '0'],
    [at(hour + hourMs), '0', 'care', '39600000000000'],
    [at(hour + 2 * hourMs), '0', 'care', '39600000000000'],
  ]);
  expect(shares).toBe(39_600_000_000_000n);
  expect(await stores.desk.balances(['plan'])).toMatchObject([{ settledNanoUsd: 3_750_000n }]);
});
