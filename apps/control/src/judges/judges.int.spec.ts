/** From judged answers to a judge that may gate: blind showings, labels in both orders, the admission and what follows. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabelTask } from '#contracts/api/judge-api.js';
import { connectPool, type Pool } from '#postgres/connect-pool.js';
import { JudgeLabelStore } from '#postgres/evidence/judge-label.store.js';
import { newId } from '#runtime/new-id.js';
import { seal } from '#runtime/seal.js';
import { declareNorth, type RunningControl, startControl, triage } from '../control-fixture.spec-data.js';

let control: RunningControl;
let pool: Pool;
let store: JudgeLabelStore;
let judge: string;

async function put(path: string, body: object): Promise<void> {
  const answer = await control.ask('engineer', 'PUT', path, body);
  if (answer.status !== 200) throw new Error(answer.text);
}

beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
  pool = connectPool(control.databaseUrl, 2);
  store = new JudgeLabelStore(pool);
  const court = { protocol: 'openai-chat', baseUrl: 'https://court.example/v1' };
  await put('/api/venues/court', court);
  const route = {
    venue: 'court',
    model: 'judge',
    revision: '1',
    family: 'court',
    contextWindow: 8_000,
    maxOutputTokens: 1_000,
  };
  await put('/api/routes', route);
  const grader = { kind: 'judge', route: 'court/judge', compare: 'pairwise', rubric: 'The better answer wins.' };
  await put('/api/use-cases/triage', { ...triage, grader });
  judge = (await control.ask('viewer', 'GET', '/api/judges/triage')).body.judge;
});
afterAll(async () => {
  await pool.end();
  await control.stop();
});

/** The judge says the candidate is better where `score` is 1. Texts name whose they are, for this spec alone. */
async function keep(n: number, score: number, swapConsistent = true): Promise<void> {
  const id = newId(Date.now());
  const texts = { question: `Question ${n}`, candidate: `candidate ${n}`, baseline: `baseline ${n}` };
  const pair = { id, useCase: 'triage', judgeKey: judge, callId: newId(Date.now()), candidate: 'north/small' };
  const sealed = seal(control.context.masterKey, Buffer.from(JSON.stringify(texts)), `judge|${id}`);
  await store.keep({ ...pair, pairwise: true, flipped: n % 3 === 0, score, swapConsistent, texts: sealed });
}
const next = async () =>
  (await control.ask('engineer', 'GET', '/api/judges/triage/labels/next')).body.task as LabelTask | null;
const label = (task: LabelTask, says: string) =>
  control.ask('engineer', 'POST', `/api/judges/labels/${task.id}`, { showing: task.showing, says });

test('a judge without labels informs and does not gate', async () => {
  const { body } = await control.ask('viewer', 'GET', '/api/judges/triage');
  expect(body).toMatchObject({ admitted: false, labels: 0, missing: expect.arrayContaining(['50 more human labels']) });
});

test('a showing says nothing of whose answers they are; both orders come, and the first word stands', async () => {
  await keep(0, 1);
  const first = await next();
  expect(Object.keys(first!).sort()).toEqual(['first', 'id', 'question', 'second', 'showing']);
  expect(await label(first!, 'good')).toMatchObject({ status: 404 });
  expect(await label(first!, 'first')).toMatchObject({ status: 200 });
  const second = await next();
  expect([second!.first, second!.second]).toEqual([first!.second, first!.first]);
  await label(second!, 'tie');
  await label(second!, 'first');
  expect(await next()).toBeNull();
  expect((await pool.query(`SELECT says FROM judge_label WHERE showing = 1`)).rows).toEqual([{ says: 'tie' }]);
});

test('sixty labels that agree admit the judge, in the snapshot and in the ledger; disagreement takes it back', async () => {
  for (let n = 1; n <= 60; n++) await keep(n, n % 2);
  for (let task = await next(); task; task = await next()) {
    const candidateBetter = Number(task.question.split(' ')[1]) % 2 === 1;
    const candidateFirst = task.first.startsWith('candidate');
    const said = await label(task, candidateBetter === candidateFirst ? 'first' : 'second');
    expect([said.status, said.text]).toEqual([200, expect.any(String)]);
  }
  const { body } = await control.ask('viewer', 'GET', '/api/judges/triage');
  expect(body).toMatchObject({ admitted: true, labels: 60, swapConsistency: 1, balancedAccuracy: 1, missing: [] });
  expect(await control.context.stores.judges.list()).toEqual([{ useCase: 'triage', judgeKey: judge }]);
  for (let n = 100; n < 120; n++) await keep(n, 1, false);
  const task = await next();
  expect((await label(task!, 'tie')).status).toBe(200);
  await label((await next())!, 'tie');
  for (let more = await next(); more; more = await next())
    await label(more, more.first.startsWith('candidate') ? 'second' : 'first');
  expect((await control.ask('viewer', 'GET', '/api/judges/triage')).body).toMatchObject({ admitted: false });
  expect(await control.context.stores.judges.list()).toEqual([]);
}, 60_000);

test.each([
  ['viewer', 'GET', '/api/judges/triage/labels/next', undefined, 403],
  ['engineer', 'GET', '/api/judges/nowhere', undefined, 404],
  ['engineer', 'POST', `/api/judges/labels/${newId(0)}`, { showing: 0, says: 'first' }, 404],
  ['engineer', 'POST', `/api/judges/labels/${newId(0)}`, { showing: 2, says: 'first' }, 400],
  ['engineer', 'POST', `/api/judges/labels/${newId(0)}`, { showing: 0, says: 'better' }, 400],
] as const)('%s %s %s: refused', async (role, method, path, body, status) =>
  expect((await control.ask(role, method, path, body)).status).toBe(status),
);
