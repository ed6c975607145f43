/** The desk's envelopes and abandoned holds, over a real desk: kept, rebuilt from the ledger, booked at the ceiling. */
import { afterEach, expect, test } from 'vitest';
import { Plan, Subscription } from '#contracts/plan.js';
import { planEnvelopes } from '#domain/plans/plan-envelopes.js';
import { envelope } from '#postgres/admin/admin-fixture.spec-data.js';
import { newId } from '#runtime/new-id.js';
import { sampleCall, sampleId } from '../../../../test/support/sample-entries.js';
import { Stage } from '../../../../test/support/worker-stage.js';

let stage: Stage;
afterEach(() => stage.close());

const month = new Date().toISOString().slice(0, 7);
const bodyOf = async (holdId: string) => {
  const text = `SELECT convert_from(bytes, 'UTF8')::jsonb -> 'body' AS body FROM ledger_entry WHERE entry_id = $1`;
  await stage.until(`SELECT count(*) = 1 FROM ledger_entry WHERE entry_id = $1`, [holdId]);
  return (await stage.rows<{ body: Record<string, unknown> }>(text, [holdId]))[0]?.body;
};

test('a declared envelope is in the desk soon, and again with its new limit', async () => {
  stage = await Stage.open({ envelopes: [envelope('plan')] });
  await stage.startWorker();
  await stage.until(`SELECT limit_nano_usd = 25000000000 FROM desk_envelope WHERE id = 'plan'`);
  await stage.change(async (stores) => {
    await stores.envelopes.put(envelope('care', { scope: { kind: 'team', team: 'care' }, limitNanoUsd: 5n }), 'spec');
    return { result: null, entries: [] };
  });
  await stage.until(`SELECT limit_nano_usd = 5 FROM desk_envelope WHERE id = 'care'`);
});

test('the spend ceiling of a plan rises with age, and the desk and the ledger hear of it', async () => {
  const since = new Date(Date.now() - 40 * 86_400_000).toISOString();
  const plan = Plan.parse({ id: 'p', name: 'P', spendCeiling: [{ limit: '1' }, { limit: '7', afterDays: 30 }] });
  const subscription = Subscription.parse({ team: 'care', plan: 'p', since });
  const [fresh] = planEnvelopes(plan, subscription, { nowMs: Date.parse(since), spentNanoUsd: 0n });
  stage = await Stage.open({ envelopes: [fresh!] });
  await stage.change(async (stores) => {
    await stores.plans.put(plan, 'spec');
    await stores.subscriptions.put(subscription, 'spec');
    return { result: null, entries: [] };
  });
  await stage.startWorker();
  await stage.until(`SELECT limit_nano_usd = 7000000000 FROM desk_envelope WHERE id = 'plan.care.month'`);
  await stage.until(`SELECT count(*) = 1 FROM ledger_entry WHERE kind = 'envelope_change'`);
});

test('a desk that lost everything is rebuilt with what the ledger says was spent', async () => {
  stage = await Stage.open({ envelopes: [envelope('plan')] });
  await stage.startWorker();
  await stage.until(`SELECT count(*) = 1 FROM desk_envelope`);
  const gate = await stage.gate();
  await stage.stores.desk.settle(
    [1, 2, 3].map((n) => ({
      holdId: sampleId(n),
      costNanoUsd: 2_500_001n,
      envelopes: [{ envelope: 'plan', window: month }],
      record: JSON.stringify(
        sampleCall(n, {
          costPicoUsd: '2500000001',
          costBasis: 'estimated',
          envelopes: [{ envelope: 'plan', window: month }],
          line: { gate, position: n, probability: 0.5 },
        }),
      ),
    })),
  );
  await stage.until(`SELECT count(*) = 3 FROM ledger_entry WHERE kind = 'call'`);
  await stage.rows('TRUNCATE desk_built, desk_envelope, desk_window, desk_balance, desk_hold, desk_line');
  await stage.until(`SELECT count(*) = 1 FROM desk_built WHERE epoch = 2 AND frozen_by IS NULL`);
  expect(await stage.stores.desk.balances(['plan'])).toEqual([
    { envelope: 'plan', window: month, settledNanoUsd: 7_500_003n, heldNanoUsd: 0n },
  ]);
  const [answer] = await stage.stores.desk.hold([
    {
      holdId: sampleId(9),
      callId: sampleId(9),
      amountNanoUsd: 1n,
      envelopes: [{ id: 'plan', refuses: true }],
      expiresInMs: 60_000,
      line: gate,
    },
  ]);
  expect(answer).toMatchObject({ outcome: 'held', position: 4 });
});

test('an abandoned hold of a live call is booked at its ceiling, estimated', async () => {
  stage = await Stage.open({ envelopes: [envelope('triage', { scope: { kind: 'use_case', useCase: 'triage' } })] });
  await stage.startWorker();
  await stage.until(`SELECT count(*) = 1 FROM desk_envelope`);
  await stage.stores.desk.hold([
    {
      holdId: sampleId(5),
      callId: sampleId(6),
      amountNanoUsd: 77n,
      envelopes: [{ id: 'triage', refuses: false }],
      expiresInMs: 1,
    },
  ]);
  expect(await bodyOf(sampleId(5))).toMatchObject({
    kind: 'hold_expiry',
    callId: sampleId(6),
    useCase: 'triage',
    team: 'care',
    costBasis: 'estimated',
    costPicoUsd: '77000',
    replayOf: null,
  });
  expect(await stage.stores.desk.balances(['triage'])).toMatchObject([{ settledNanoUsd: 77n, heldNanoUsd: 0n }]);
});

test('an abandoned replay is evaluation money if it was sent, and nothing if it was not', async () => {
  stage = await Stage.open();
  await stage.startWorker();
  await stage.until(`SELECT count(*) = 1 FROM desk_built WHERE epoch = 1`);
  const gate = await stage.gate();
  const callId = newId(Date.now());
  const attempts = [newId(Date.now()), newId(Date.now())] as const;
  await stage.stores.evidence.open([
    {
      gate,
      position: 1,
      useCase: 'triage',
      callId,
      cluster: 'a'.repeat(64),
      admittedAt: new Date().toISOString(),
      candidates: [
        { candidate: 'south/small', revision: '2026-10-01', attemptId: attempts[0], void: null },
        { candidate: 'west/dull', revision: '2026-10-01', attemptId: attempts[1], void: null },
      ],
    },
  ]);
  await stage.stores.evidence.claim([attempts[0]]);
  await stage.stores.desk.hold(
    attempts.map((holdId) => ({
      holdId,
      callId: newId(Date.now()),
      amountNanoUsd: 1_000n,
      envelopes: [],
      expiresInMs: 1,
    })),
  );
  expect(await bodyOf(attempts[0])).toMatchObject({
    kind: 'hold_expiry',
    replayOf: callId,
    useCase: 'triage',
    route: 'south/small',
    costBasis: 'estimated',
    costPicoUsd: '1000000',
  });
  expect(await bodyOf(attempts[1])).toMatchObject({ replayOf: callId, costBasis: 'none', costPicoUsd: '0' });
  expect(await stage.rows(`SELECT candidate, state, reason FROM evidence_row ORDER BY candidate`)).toEqual([
    { candidate: 'south/small', state: 'claimed', reason: null },
    { candidate: 'west/dull', state: 'void', reason: 'hold_expired' },
  ]);
});

test('a settlement that lands while the desk is rebuilt counts once', async () => {
  stage = await Stage.open({ envelopes: [envelope('plan')], settings: { O10_DRIFT_SECONDS: '0.1' } });
  const { metrics } = await stage.startWorker();
  await stage.until(`SELECT count(*) = 1 FROM desk_envelope`);
  const places = { envelopes: [{ envelope: 'plan', window: month }] };
  let settled = 0;
  const settleOne = async () => {
    const n = ++settled;
    const record = JSON.stringify(sampleCall(n, { costPicoUsd: '1000', costBasis: 'estimated', ...places }));
    const settlement = { holdId: sampleId(n), costNanoUsd: 1n, ...places, record };
    for (;;)
      if (
        await stage.stores.desk.settle([settlement]).then(
          () => true,
          () => false,
        )
      )
        return;
  };
  const rebuilt = { times: 0 };
  const settling = (async () => {
    while (rebuilt.times < 2) await Promise.all([settleOne(), settleOne()]);
  })();
  for (const epoch of [2, 3]) {
    await stage.rows('TRUNCATE desk_built, desk_envelope, desk_window, desk_balance, desk_hold, desk_line');
    await stage.until(`SELECT count(*) = 1 FROM desk_built WHERE epoch = ${epoch} AND frozen_by IS NULL`);
    rebuilt.times += 1;
  }
  await settling;
  await stage.until(`SELECT count(*) = ${settled} FROM ledger_entry WHERE kind = 'call'`);
  expect(await stage.stores.desk.balances(['plan'])).toMatchObject([{ settledNanoUsd: BigInt(settled) }]);
  await expect.poll(async () => (await metrics.drift.get()).values[0]?.value, { timeout: 5_000 }).toBe(0);
});
