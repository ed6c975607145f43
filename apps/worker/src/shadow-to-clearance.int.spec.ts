/** From a mirrored call to a clearance in a snapshot, over real PostgreSQL and real sockets. */
import { Queue } from 'bullmq';
import { afterEach, expect, test } from 'vitest';
import { queueConnection, queuePrefix } from '#queues/queue-connection.js';
import { envelope } from '#postgres/admin/admin-fixture.spec-data.js';
import { Stage, type StageOptions } from '../../../test/support/worker-stage.js';

let stage: Stage;
const opened = async (options: StageOptions = {}) => (stage = await Stage.open(options));
afterEach(() => stage.close());

const mirrorMany = async (count: number) => {
  for (let n = 0; n < count; n++) await stage.mirror();
};
const lineOf = async (candidate: string) =>
  (
    await stage.rows<{ next: number; stopped: string | null; samples: number; word: string | null }>(
      `SELECT next_position::int AS next, stopped, (state ->> 'samples')::int AS samples, verdict ->> 'verdict' AS word
       FROM evidence_line WHERE candidate = $1`,
      [candidate],
    )
  )[0];
const outcomes = async (candidate: string) =>
  (
    await stage.rows<{ state: string; reason: string | null }>(
      'SELECT state, reason FROM evidence_row WHERE candidate = $1 ORDER BY position',
      [candidate],
    )
  ).map(({ state, reason }) => reason ?? state);

test('a good candidate is cleared in a snapshot, a bad one fails and is not asked again', async () => {
  await opened();
  await stage.startWorker();
  await mirrorMany(80);
  await stage.until(`SELECT count(*) = 2 FROM admin_verdict`);
  const verdicts = await stage.rows('SELECT candidate, word FROM admin_verdict ORDER BY candidate');
  expect(verdicts).toEqual([
    { candidate: 'south/small', word: 'cleared' },
    { candidate: 'west/dull', word: 'failed' },
  ]);
  await stage.published(({ clearances }) => clearances.length > 0);
  const { snapshot } = await stage.index();
  expect(snapshot.clearances).toMatchObject([
    { useCase: 'triage', baseline: 'north/large', candidate: 'south/small', revision: '2026-10-01' },
  ]);
  await stage.until(`SELECT count(*) = 2 FROM ledger_entry WHERE kind = 'verdict'`);
  await stage.decided(80, 1);

  const before = stage.dials('west');
  await mirrorMany(5);
  await stage.until(`SELECT count(*) = 85 FROM evidence_row WHERE candidate = 'south/small' AND state = 'scored'`);
  expect(stage.dials('west')).toBe(before);
  expect(stage.dials('north')).toBe(0);
});

test('what the ledger says replays cost is what the venues say, and nothing stays held', async () => {
  await opened({ envelopes: [envelope('shadow', { purpose: 'shadow' })] });
  await stage.startWorker();
  await mirrorMany(12);
  await stage.decided(12);
  await stage.until(`SELECT count(*) = 24 FROM ledger_entry WHERE kind = 'shadow_replay'`);
  const [ledger] = await stage.rows<{ sum: string }>('SELECT sum(cost_pico)::text AS sum FROM ledger_entry');
  expect(ledger?.sum).toBe(stage.simulator.bill().totalPicoUsd);
  const [balance] = await stage.stores.desk.balances(['shadow']);
  expect(balance?.heldNanoUsd).toBe(0n);
  const [nano] = await stage.rows<{ sum: string }>('SELECT sum(ceil(cost_pico / 1000))::text AS sum FROM ledger_entry');
  expect(String(balance?.settledNanoUsd)).toBe(nano?.sum);
  const records = await stage.rows<{ body: { replayOf: string; line: object; mode: string; costBasis: string } }>(
    `SELECT convert_from(bytes, 'UTF8')::jsonb -> 'body' AS body FROM ledger_entry WHERE kind = 'shadow_replay'`,
  );
  expect(
    records.every(({ body }) => body.replayOf && body.line && body.costBasis === 'reported' && body.mode === 'shadow'),
  ).toBe(true);
});

test('a job that runs twice dials once', async () => {
  await opened();
  const parts = await stage.startWorker();
  const job = await stage.mirror();
  await stage.decided(1);
  const dialled = stage.dials('south');
  await stage.mirror({ callId: job.callId, position: 1, job: { ...job } });
  await stage.mirror();
  await stage.decided(2);
  expect(stage.dials('south')).toBe(dialled + 1);
  expect((await parts.stores.lines.list('triage')).map((line) => line.nextPosition)).toEqual(
    expect.arrayContaining([expect.any(Number)]),
  );
});

test('a claim whose worker died scores 0, and is never sent', async () => {
  await opened();
  const job = await stage.mirror();
  const { evidence } = stage.stores;
  const [first] = await evidence.open([
    {
      gate: job.line.gate,
      position: 1,
      useCase: 'triage',
      callId: job.callId,
      cluster: job.cluster,
      admittedAt: job.admittedAt,
      candidates: [
        {
          candidate: 'south/small',
          revision: '2026-10-01',
          attemptId: '01900000-0000-7000-8000-000000000001',
          void: null,
        },
      ],
    },
  ]);
  expect(await evidence.claim([first?.attemptId ?? ''])).toEqual(new Set([first?.attemptId]));
  expect(await evidence.claim([first?.attemptId ?? ''])).toEqual(new Set());
  await stage.startWorker();
  await stage.decided(1);
  expect(stage.dials('south')).toBe(0);
  expect(stage.dials('west')).toBe(1);
  const [row] = await stage.rows(
    `SELECT score_candidate AS candidate, score_baseline AS baseline FROM evidence_row WHERE candidate = 'south/small'`,
  );
  expect(row).toEqual({ candidate: 0, baseline: 1 });
});

test('a place that never comes holds the line, then counts 0', async () => {
  await opened({ settings: { O10_MISSING_AFTER_SECONDS: '3' } });
  await stage.startWorker();
  for (const position of [1, 2, 4, 5]) await stage.mirror({ position });
  await stage.decided(4);
  await stage.until(`SELECT bool_and(next_position = 3) FROM evidence_line`);
  await stage.until(`SELECT next_position = 6 FROM evidence_line WHERE candidate = 'south/small'`);
  const [line] = await stage.rows<{ samples: number; histogram: [number, number][] }>(
    `SELECT (state ->> 'samples')::int AS samples, state -> 'criteria' -> 0 -> 'histogram' AS histogram FROM evidence_line WHERE candidate = 'south/small'`,
  );
  expect(line).toEqual({
    samples: 5,
    histogram: [
      [0, 1],
      [1, 4],
    ],
  });
  await stage.mirror({ position: 3 });
  await stage.mirror({ position: 6 });
  await stage.until(`SELECT next_position = 7 FROM evidence_line WHERE candidate = 'south/small'`);
  expect(await outcomes('south/small')).toEqual(['scored', 'scored', 'scored', 'scored', 'scored']);
});

test('void places: nothing kept, no case in the suite, the same cluster, another gate', async () => {
  await opened({ tickets: 10 });
  await stage.startWorker();
  await stage.mirror({ pointer: null });
  await stage.mirror({ ticket: 5_000 });
  await stage.mirror({ ticket: 3, cluster: 'd'.repeat(64) });
  await stage.decided(3);
  await stage.mirror({ ticket: 4, cluster: 'd'.repeat(64) });
  await stage.decided(4);
  expect(await outcomes('south/small')).toEqual(['not_kept', 'not_gradable', 'scored', 'same_cluster']);
  await stage.until(`SELECT bool_and(next_position = 5) FROM evidence_line`);
  expect((await lineOf('south/small'))?.samples).toBe(1);
  expect(stage.dials('south')).toBe(1);
  const gone = await stage.mirror({
    position: 1,
    job: { line: { gate: 'e'.repeat(64), position: 1, probability: 1 } },
  });
  await stage.until(`SELECT bool_and(reason = 'gate_changed') FROM evidence_row WHERE call_id = $1`, [gone.callId]);
  expect(stage.dials('south')).toBe(1);
});

test('a spent shadow envelope stops replays, and their places are void, not 0', async () => {
  await opened({ envelopes: [envelope('shadow', { purpose: 'shadow', limitNanoUsd: 400_000n })] });
  await stage.startWorker({ O10_SHADOW_CONCURRENCY: 1 });
  await stage.until(`SELECT count(*) = 1 FROM desk_envelope WHERE id <> '-probe'`);
  await mirrorMany(30);
  await stage.decided(30);
  const said = [...(await outcomes('south/small')), ...(await outcomes('west/dull'))];
  expect(new Set(said)).toEqual(new Set(['scored', 'envelope']));
  const sent = said.filter((word) => word === 'scored').length;
  expect(stage.dials('south') + stage.dials('west')).toBe(sent);
  const [balance] = await stage.stores.desk.balances(['shadow']);
  expect(balance?.settledNanoUsd).toBeLessThanOrEqual(400_000n);
});

test('policy: a candidate out of region, or whose venue keeps too much, is never dialled', async () => {
  await opened({
    useCase: { policy: { residency: ['eu'], retentionAtMost: 'zero', approvedModels: null, appliesIn: 'enforce' } },
    venues: { south: { jurisdiction: 'us' }, west: { retention: 'full' } },
  });
  await stage.startWorker();
  await mirrorMany(3);
  await stage.decided(3);
  expect(await outcomes('south/small')).toEqual(['residency', 'residency', 'residency']);
  expect(await outcomes('west/dull')).toEqual(['retention', 'retention', 'retention']);
  expect(stage.dials('south') + stage.dials('west')).toBe(0);
});

test('an unpriced candidate is not replayed', async () => {
  await opened({ unpriced: ['west'] });
  await stage.startWorker();
  await mirrorMany(2);
  await stage.decided(2);
  expect(await outcomes('west/dull')).toEqual(['unpriced', 'unpriced']);
  expect(stage.dials('west')).toBe(0);
});

test('a venue that fails scores 0 and costs what it can have cost', async () => {
  await opened({ settings: { O10_REPLAY_DEADLINE_SECONDS: '0.3' } });
  stage.simulator.order({ venue: 'south', kind: 'status', times: 1, status: 503 });
  stage.simulator.order({ venue: 'south', kind: 'hang', times: 1 });
  stage.simulator.order({ venue: 'south', kind: 'no_usage', times: 1 });
  await stage.startWorker({ O10_SHADOW_CONCURRENCY: 1 });
  await mirrorMany(3);
  await stage.until(
    `SELECT count(*) = 3 FROM ledger_entry WHERE kind = 'shadow_replay' AND convert_from(bytes, 'UTF8')::jsonb -> 'body' ->> 'venue' = 'south'`,
  );
  const records = await stage.rows<{ outcome: string; basis: string; held: string; cost: string }>(
    `SELECT body ->> 'outcome' AS outcome, body ->> 'costBasis' AS basis, body ->> 'heldNanoUsd' AS held, body ->> 'costPicoUsd' AS cost
     FROM (SELECT convert_from(bytes, 'UTF8')::jsonb -> 'body' AS body FROM ledger_entry WHERE kind = 'shadow_replay') AS e
     WHERE body ->> 'venue' = 'south' ORDER BY (body -> 'line' ->> 'position')::int`,
  );
  expect(records.map(({ outcome, basis }) => [outcome, basis])).toEqual([
    ['fault', 'none'],
    ['fault', 'estimated'],
    ['served', 'estimated'],
  ]);
  expect(records[1]?.cost).toBe(String(BigInt(records[1]?.held ?? 0) * 1000n));
  const scores = await stage.rows(
    `SELECT score_candidate AS score FROM evidence_row WHERE candidate = 'south/small' ORDER BY position`,
  );
  expect(scores).toEqual([{ score: 0 }, { score: 0 }, { score: 1 }]);
});

test('a poison job fails for good and the others are done', async () => {
  await opened();
  await stage.startWorker();
  await stage.mirror({ pointer: null });
  await stage.decided(1);
  const queue = new Queue('mirror', {
    connection: queueConnection({ redisUrl: null, databaseUrl: stage.database.url }, { migrate: false }),
    prefix: queuePrefix,
  });
  await queue.add('mirror', { callId: 'not an id' }, { attempts: 3 });
  await mirrorMany(3);
  await stage.decided(4);
  expect(await queue.getFailedCount()).toBe(1);
  expect(await queue.getWaitingCount()).toBe(0);
  await queue.close();
});
