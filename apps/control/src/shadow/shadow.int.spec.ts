/** A plan from the calls of the last days, and from none. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { declareNorth, type RunningControl, startControl, triage } from '../control-fixture.spec-data.js';
import { callEntry, callRecord } from '../ledger/call-record.spec-data.js';

let control: RunningControl;
let priceBook: string;
beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
  priceBook = (await control.ask('viewer', 'GET', '/api/prices')).body.hash;
});
afterAll(() => control.stop());

const plan = async (query = '') => (await control.ask('viewer', 'GET', `/api/shadow/triage/plan${query}`)).body;

async function write(...records: CallRecord[]): Promise<void> {
  await control.context.publishing.append(records.map(callEntry));
  const ledger = control.context.ledger as LedgerStore;
  while ((await ledger.pendingCount()) > 0) await ledger.sequence('default');
}
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

test('without a call nothing is known, and that is said', async () => {
  expect(await plan()).toMatchObject({
    callsPerDay: null,
    costPerSamplePicoUsd: null,
    share: null,
    shareBy: 'unknown',
    daysToVerdict: null,
    says: [expect.stringContaining('not known yet'), expect.stringContaining('is not known')],
  });
});

test('calls on the baseline set traffic, spend and the price of a sample; others do not count', async () => {
  const asked = (n: number, also: Partial<CallRecord> = {}) => {
    const at = daysAgo(4 - (n % 4) - 0.5);
    const record = callRecord(n, priceBook, { admittedAt: at, endedAt: at, ...also });
    const considered = record.decision!.considered.map((one) =>
      one.route === 'north/small' ? { ...one, expectedCostPicoUsd: 11_000_000n } : one,
    );
    return { ...record, decision: { ...record.decision!, considered } };
  };
  await write(...Array.from({ length: 35 }, (_, n) => asked(n + 1)));
  await write(asked(100, { route: 'north/small' }), asked(101, { useCase: 'other' }), asked(102, { outcome: 'fault' }));
  const seen = await plan();
  expect(seen.observedDays).toBeCloseTo(3.5, 1);
  expect(seen).toMatchObject({ costPerSamplePicoUsd: '11000000', shareBy: 'all_calls', share: 1, declaredShare: null });
  expect(seen).toMatchObject({ drawnShare: 0.2, drawnBy: 'bootstrap' });
  expect(seen.callsPerDay).toBeCloseTo(10, 0);
  expect(Number(seen.baselineSpendPicoUsdPerDay)).toBeCloseTo(10 * 275_000_000, -8);
  expect(seen.bootstrap).toEqual({ share: 0.2, samples: 100, costPicoUsd: '1100000000' });
});

test('the share and the traffic may be supposed, to see what they would notice', async () => {
  const floor = { absolute: 0.95 };
  await control.ask('engineer', 'PUT', '/api/use-cases/triage', { ...triage, floor });
  const { says, daysToNotice } = await plan('?share=0.01&callsPerDay=1000&drop=0.05');
  expect(daysToNotice).toBeCloseTo(20, 0);
  expect(says.at(-1)).toBe('1 % of 1,000 calls a day notices a 5-point drop in about 20 days.');
});

test('a judge that has not judged leaves the price of a sample open', async () => {
  const court = { protocol: 'openai-chat', baseUrl: 'https://court.example/v1' };
  const route = {
    venue: 'court',
    model: 'judge',
    revision: '1',
    family: 'court',
    contextWindow: 8_000,
    maxOutputTokens: 1_000,
  };
  await control.ask('engineer', 'PUT', '/api/venues/court', court);
  await control.ask('engineer', 'PUT', '/api/routes', route);
  const grader = { kind: 'judge', route: 'court/judge', compare: 'pairwise', rubric: 'The better answer wins.' };
  const put = await control.ask('engineer', 'PUT', '/api/use-cases/triage', { ...triage, grader });
  expect(put.status).toBe(200);
  expect(await plan()).toMatchObject({ costPerSamplePicoUsd: null, shareBy: 'unknown' });
  const at = daysAgo(1);
  const judged = (n: number, costPicoUsd: bigint) =>
    callRecord(n, priceBook, {
      kind: 'judge',
      mode: 'shadow',
      admittedAt: at,
      endedAt: at,
      replayOf: callRecord(1, priceBook).callId,
      costPicoUsd,
      chargePicoUsd: costPicoUsd,
    });
  await write(judged(201, 2_000_000n), judged(202, 3_000_000n));
  expect(await plan()).toMatchObject({ costPerSamplePicoUsd: '16000000' });
});

test.each([
  ['/api/shadow/nowhere/plan', 404],
  ['/api/shadow/triage/plan?share=2', 400],
  ['/api/shadow/triage/plan?drop=0', 400],
  ['/api/shadow/triage/plan?callsPerDay=many', 400],
])('%s: %s', async (path, status) => expect((await control.ask('viewer', 'GET', path)).status).toBe(status));
