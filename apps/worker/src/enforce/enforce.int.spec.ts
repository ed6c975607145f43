import { afterEach, expect, test } from 'vitest';
import { Demotion } from '#contracts/enforcement.js';
import { Snapshot } from '#contracts/snapshot.js';
import { canaryLineOf } from '#domain/gate/canary-terms.js';
import { demotionHolds } from '#domain/gate/drift-trace.js';
import { newId } from '#runtime/new-id.js';
import { route, verdict } from '../../../../libs/postgres/src/admin/admin-fixture.spec-data.js';
import { Stage, type StageOptions } from '../../../../test/support/worker-stage.js';

let stage: Stage;
let proof: string;
afterEach(() => stage.close());

async function open({
  expiresAt = new Date(Date.now() + 86_400_000).toISOString(),
  ...options
}: StageOptions & { expiresAt?: string } = {}): Promise<void> {
  stage = await Stage.open({ tickets: 1_000, ...options });
  proof = newId(Date.now());
  const gate = await stage.gate();
  await stage.change(async (stores) => {
    await stores.verdicts.add(verdict(gate, { id: proof, candidate: 'south/small', expiresAt }));
    await stores.useCases.switchMode('triage', 'enforce', 'spec');
    return { result: null, entries: [] };
  });
  await stage.startWorker();
}

interface CanaryOf {
  ticket?: number;
  cluster?: string;
  paired?: number;
  outcome?: 'served' | 'fault' | 'client_gone' | 'refused';
}

/** What the proxy does after an enforced call that was drawn; its answer is right. */
const canary = (position: number, { ticket = position, cluster, paired, outcome = 'served' }: CanaryOf = {}) =>
  stage.mirror({
    ticket,
    position,
    ...(cluster && { cluster }),
    job: {
      route: 'south/small',
      outcome,
      line: {
        gate: canaryLineOf(proof),
        position,
        probability: 1,
        canary: { verdict: proof, paired: paired ?? null },
      },
    },
  });
const canaries = async (from: number, to: number, also?: CanaryOf) => {
  for (let position = from; position <= to; position++) await canary(position, also);
};
const folded = (to: number) => stage.until('SELECT next_position > $1 FROM enforcement', [to], 25_000);
const clearance = async () =>
  Snapshot.parse(JSON.parse((await stage.stores.feed.latest())?.body ?? '')).clearances.find(
    (one) => one.verdict === proof,
  );
const published = () => stage.until('SELECT bool_and(published) FROM enforcement');
const entries = async (kind: string) => {
  await stage.until('SELECT count(*) = 0 FROM ledger_inbox');
  const found = [];
  for await (const line of stage.stores.ledger.entries('acme', {
    fromIndex: 0,
    toIndex: 1e9,
    kinds: [kind as 'demotion'],
  }))
    found.push(line.entry.body);
  return found;
};

const detectorCounts = async () => {
  const [row] = await stage.rows<{ state: { detectors: { kind: string; canaries: number }[] } }>(
    'SELECT state FROM enforcement',
  );
  return Object.fromEntries(row!.state.detectors.map(({ kind, canaries: count }) => [kind, count]));
};
const absoluteCanaries = async () => (await detectorCounts())['absolute'];

test('the ramp climbs after 100 canaries each, and what was lost on our side does not count', async () => {
  await open();
  await canaries(1, 99);
  await canary(100, { outcome: 'refused' });
  await canary(101, { outcome: 'client_gone' });
  await folded(101);
  expect((await clearance())?.enforcement?.rampShare ?? 0.05).toBe(0.05);
  await canary(102);
  await folded(102);
  await published();
  expect((await clearance())?.enforcement).toMatchObject({ rampShare: 0.25, warned: false });
  await canaries(103, 202);
  await folded(202);
  await published();
  expect((await clearance())?.enforcement?.rampShare).toBe(1);
  expect(await entries('ramp_step')).toMatchObject([
    { verdict: proof, from: 0.05, to: 0.25, canaries: 100 },
    { verdict: proof, from: 0.25, to: 1, canaries: 100 },
  ]);
});

test('fifty turns of one conversation, and one prompt in ten sessions, are one canary each; answers that never came score 0 and demote', async () => {
  await open();
  await canaries(1, 50, { cluster: 'd'.repeat(64) });
  await folded(50);
  expect(await absoluteCanaries()).toBe(1);
  await canaries(51, 60, { ticket: 900 });
  await folded(60);
  expect(await absoluteCanaries()).toBe(2);
  await canaries(61, 80, { outcome: 'fault' });
  await stage.until('SELECT demoted_at IS NOT NULL FROM enforcement');
  await published();
  expect(await clearance()).toBeUndefined();
  const [body] = await entries('demotion');
  const demotion = Demotion.parse(body);
  expect(demotionHolds(demotion)).toBe(true);
  expect(demotionHolds({ ...demotion, detector: { ...demotion.detector, scores: [[1, 60]] } })).toBe(false);
});

test('a demoted candidate is not replayed before it has cooled down, and then takes the next slot', async () => {
  await open();
  await canaries(1, 20, { outcome: 'fault' });
  await stage.until("SELECT count(*) = 1 FROM evidence_line WHERE stopped = 'demoted'");
  const before = stage.dials('south');
  await stage.mirror({ ticket: 500, position: 1 });
  await stage.until("SELECT count(*) >= 1 FROM evidence_row WHERE candidate = 'west/dull' AND state = 'scored'");
  expect(stage.dials('south')).toBe(before);
  await stage.sql.query(
    "UPDATE evidence_line SET slot = 2, cools_until = now() - interval '1 second' WHERE stopped = 'demoted'",
  );
  await stage.until("SELECT stopped IS NULL AND slot = 3 FROM evidence_line WHERE candidate = 'south/small'");
  await stage.mirror({ ticket: 501, position: 2 });
  await stage.until("SELECT count(*) = 1 FROM evidence_row WHERE candidate = 'south/small' AND state = 'scored'");
});

test('a pair asks the baseline once, however often the job runs, and books it as a replay', async () => {
  await open({ useCase: { floor: { absolute: 0.9, nonInferiorMargin: 0.05 } } });
  const job = await canary(1, { paired: 0.5 });
  await folded(1);
  expect(stage.dials('north')).toBe(1);
  stage.queue.add({ ...job });
  await canary(2);
  await folded(2);
  expect(stage.dials('north')).toBe(1);
  const [pair] = await stage.rows('SELECT score_candidate, score_baseline FROM canary_place WHERE position = 1');
  expect(pair).toEqual({ score_candidate: 1, score_baseline: 1 });
  await stage.until("SELECT count(*) = 1 FROM ledger_entry WHERE kind = 'shadow_replay'");
  const seen = await detectorCounts();
  expect(seen).toEqual({ absolute: 2, non_inferior: 1, schema: 0, hard_failure: 0 });
});

test('a proof that lapsed is a line once, as of that instant; of a floating name it lapses sooner; a restart adds nothing', async () => {
  const inDays = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString();
  const lapsed = inDays(-0.1);
  await open({ expiresAt: lapsed });
  const other = newId(Date.now());
  const gate = await stage.gate();
  const change = (work: (stores: Parameters<Parameters<Stage['change']>[0]>[0]) => Promise<unknown>) =>
    stage.change(async (stores) => work(stores).then(() => ({ result: null, entries: [] })));
  await change((stores) =>
    stores.verdicts.add(verdict(gate, { id: other, candidate: 'west/dull', expiresAt: inDays(22.9) })),
  );
  const written = (count: number) =>
    stage.until("SELECT count(*) = $1 FROM ledger_entry WHERE kind = 'certificate_expiry'", [count]);
  await written(1);
  const about = { schema: 'o10.certificate_expiry.v1', useCase: 'triage', candidate: 'south/small' };
  expect(await entries('certificate_expiry')).toEqual([{ ...about, verdict: proof, expiredAt: lapsed }]);
  // It stays in the snapshot, so that the call path can say why the route is out.
  expect((await clearance())?.expiresAt).toBe(lapsed);
  await change((stores) => stores.routes.put(route('west', 'dull', { floating: true }), 'spec'));
  await written(2);
  await stage.stopWorker();
  await stage.startWorker();
  await canary(1);
  await folded(1);
  expect((await entries('certificate_expiry')).map((body) => body['verdict'])).toEqual([proof, other]);
});
