/** The share proxies draw at: the bootstrap's until its samples are paid, then what five percent of the baseline pays for. */
import { afterEach, expect, test } from 'vitest';
import type { Entry } from '#contracts/entry.js';
import { newId } from '#runtime/new-id.js';
import { Stage } from '../../../../test/support/worker-stage.js';
import { callEntry, callRecord } from '../../../control/src/ledger/call-record.spec-data.js';
import { planShares } from './plan-shares.js';

let stage: Stage;
afterEach(() => stage.close());

test('once the samples of the bootstrap are paid, the spend sets the share; a declared share is left alone', async () => {
  stage = await Stage.open({ useCase: { samplingShare: null, candidates: ['south/small'] } });
  const drawnAt = async () => (await stage.index()).useCases.get('triage')?.definition.samplingShare;
  const plan = async () => planShares({ ...stage.stores, ...(await partsOf()) }, Date.now());
  const partsOf = async () => {
    const index = await stage.index();
    return { current: () => index, publishing: stage.publishing, log: quiet };
  };
  expect(await drawnAt()).toBe(0.2);

  await stage.startWorker();
  for (let sent = 0; sent < 20; sent += 1) await stage.mirror();
  await stage.decided(20, 1);
  await stage.until(`SELECT count(*) = 20 FROM ledger_entry WHERE kind = 'shadow_replay'`);
  await stage.stopWorker();
  const spent = await stage.rows<{ cost: string }>(
    `SELECT sum(cost_pico)::text AS cost FROM ledger_entry WHERE kind = 'shadow_replay'`,
  );
  const perSample = BigInt(spent[0]!.cost) / 20n;
  // A baseline of ten calls, each as dear as a replay: 5 % of it pays for half a sample.
  const at = new Date().toISOString();
  await stage.publishing.append(Array.from({ length: 10 }, () => live(perSample, at)));
  while ((await stage.stores.ledger.pendingCount()) > 0) await stage.stores.ledger.sequence('acme');
  await plan();
  expect(await drawnAt()).toBeCloseTo(0.05, 2);
  expect((await stage.stores.admin.shadowPlans.all())['triage']).toMatchObject({ shareBy: 'spend' });
  expect(await plan()).toBe(0);

  await stage.change(async ({ useCases }) => {
    const row = await useCases.find('triage');
    await useCases.put({ ...row!.definition, samplingShare: 0.4 }, 'spec');
    return { result: null, entries: [] };
  });
  expect(await plan()).toBe(0);
  expect(await drawnAt()).toBe(0.4);
});

const live = (costPicoUsd: bigint, at: string): Entry => {
  const id = newId(Date.now());
  const ids = { callId: id, attemptId: id, organisation: 'acme' };
  return callEntry(
    callRecord(1, 'a'.repeat(64), { ...ids, admittedAt: at, endedAt: at, costPicoUsd, chargePicoUsd: costPicoUsd }),
  );
};
const quiet = { info: () => undefined } as never;
