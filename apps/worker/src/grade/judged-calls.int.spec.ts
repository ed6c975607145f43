/** Judges in the worker: paid from their own envelope, on the record, and silent ones count against the claim. */
import { afterEach, expect, test } from 'vitest';
import type { Grader } from '#contracts/use-case.js';
import type { Envelope } from '#contracts/envelope.js';
import { envelope } from '#postgres/admin/admin-fixture.spec-data.js';
import { open } from '#runtime/seal.js';
import { masterKey, Stage } from '../../../../test/support/worker-stage.js';

let stage: Stage;
afterEach(() => stage.close());

const rubric = 'Right and complete answers score 10.';
const alone: Grader = { kind: 'judge', route: 'court/judge', compare: 'pointwise', rubric };
const pair: Grader = { kind: 'judge', route: 'court/judge', compare: 'pairwise', rubric };
const money = (id: string, purpose: Envelope['purpose'], limitNanoUsd: bigint) =>
  envelope(id, { purpose, limitNanoUsd });

async function judged(
  judge: string | Record<string, unknown>,
  grader: Grader,
  envelopes: Envelope[] = [],
): Promise<object[]> {
  const says = typeof judge === 'string' ? { judge } : { judgeCalls: judge };
  stage = await Stage.open({ ...says, envelopes, useCase: { candidates: ['south/small'], grader } });
  await stage.startWorker();
  await stage.mirror();
  await stage.mirror();
  await stage.decided(2, 1);
  return stage.rows(
    `SELECT state, score_candidate AS candidate, score_baseline AS baseline FROM evidence_row ORDER BY position`,
  );
}
const records = async () => {
  await stage.until(`SELECT count(*) >= 2 FROM ledger_entry WHERE kind = 'judge'`);
  return stage.rows<{ route: string; cost: string; envelopes: { envelope: string }[]; replay: string }>(
    `SELECT body ->> 'route' AS route, body ->> 'costPicoUsd' AS cost, body -> 'envelopes' AS envelopes, body ->> 'replayOf' AS replay
     FROM (SELECT convert_from(bytes, 'UTF8')::jsonb -> 'body' AS body FROM ledger_entry WHERE kind = 'judge') AS e`,
  );
};

test('a pointwise judge scores both answers, each judgement a line of the ledger on the envelope for judging', async () => {
  const rows = await judged('{"reason": "fine", "score": 9}', alone, [
    money('judging', 'judge', 10n ** 12n),
    money('shadowing', 'shadow', 10n ** 12n),
  ]);
  expect(rows).toEqual([
    { state: 'scored', candidate: 0.9, baseline: 0.9 },
    { state: 'scored', candidate: 0.9, baseline: 0.9 },
  ]);
  await stage.until(`SELECT count(*) = 4 FROM ledger_entry WHERE kind = 'judge'`);
  for (const record of await records()) {
    expect(record).toMatchObject({ route: 'court/judge', envelopes: [{ envelope: 'judging' }] });
    expect(BigInt(record.cost)).toBeGreaterThan(0n);
  }
});

test('a judge that always names the first answer is not believed: a tie, asked in both orders', async () => {
  const rows = await judged('{"reason": "", "winner": "A"}', pair);
  expect(rows).toEqual([
    { state: 'scored', candidate: 0.5, baseline: 0.5 },
    { state: 'scored', candidate: 0.5, baseline: 0.5 },
  ]);
  expect(stage.dials('court')).toBe(4);
  const kept = await stage.rows<{ id: string; texts: Buffer }>(`SELECT * FROM judge_pair`);
  expect(kept).toHaveLength(2);
  expect(kept[0]).toMatchObject({ candidate: 'south/small', pairwise: true, score: 0.5, swap_consistent: false });
  const [{ id, texts }] = kept as [{ id: string; texts: Buffer }];
  expect(texts.toString()).not.toContain('billing');
  expect(JSON.parse(open(masterKey, texts, `judge|${id}`).toString())).toEqual({
    question: expect.stringContaining('my invoice is wrong'),
    candidate: 'billing',
    baseline: 'billing',
  });
});

/** What was folded of the two calls: no score, and two observations that speak neither way. */
async function expectNeitherWay(rows: object[]): Promise<void> {
  const unjudged = { state: 'scored', candidate: 0, baseline: 1 };
  expect(rows).toEqual([unjudged, unjudged]);
  await stage.until(`SELECT count(*) = 1 FROM evidence_line WHERE next_position = 3`);
  const [line] = await stage.rows<{ criterion: object }>(
    `SELECT state -> 'criteria' -> 0 AS criterion FROM evidence_line`,
  );
  expect(line?.criterion).toMatchObject({ histogram: [], unjudged: 2 });
}

test('a judge that babbles has judged nothing: neither for the candidate nor against it', async () =>
  expectNeitherWay(await judged('Both are nice.', alone)));

test('a pair no envelope pays the judge for speaks neither for the candidate nor against it', async () => {
  await expectNeitherWay(await judged('{"reason": "", "winner": "A"}', pair, [money('judging', 'judge', 1n)]));
  expect([stage.dials('court'), stage.dials('south')]).toEqual([0, 2]);
});

test('without money for judging nothing is observed, and no candidate is asked', async () => {
  const broke = await judged('{"reason": "fine", "score": 9}', alone, [money('judging', 'judge', 1n)]);
  expect(broke).toEqual([
    { state: 'void', candidate: null, baseline: null },
    { state: 'void', candidate: null, baseline: null },
  ]);
  expect([stage.dials('court'), stage.dials('south')]).toEqual([0, 0]);
});

const judging = [money('judging', 'judge', 10n ** 12n), money('shadowing', 'shadow', 10n ** 12n)];
const onJudging = async (lines: number) => {
  await stage.until(`SELECT count(*) = ${lines} FROM ledger_entry WHERE kind = 'judge'`);
  for (const record of await records()) {
    expect(record).toMatchObject({ route: 'court/judge', envelopes: [{ envelope: 'judging' }] });
    expect(BigInt(record.cost)).toBeGreaterThan(0n);
  }
};

test('vectors of an embeddings route are compared, beside a grader that can tell right from wrong, and paid for', async () => {
  const parts = [
    { weight: 1, grader: { kind: 'exact' as const, reference: 'suite' as const, ignoreCase: true } },
    { weight: 1, grader: { kind: 'embedding' as const, reference: 'suite' as const, route: 'court/judge' } },
  ];
  const rows = await judged('', { kind: 'composite', parts }, judging);
  const alike = { state: 'scored', candidate: expect.closeTo(1, 9), baseline: expect.closeTo(1, 9) };
  expect(rows).toEqual([alike, alike]);
  await onJudging(4);
});

test('every request of a measure of retrieval is held, booked and on the judge’s own envelope', async () => {
  const supported = (verdict: number) => ({ statement: 's', verdict, reason: 'r' });
  const calls = { statements: ['a', 'b', 'c', 'd'], faithfulness: [1, 1, 1, 0].map(supported) };
  const rows = await judged(calls, { kind: 'rag', measure: 'faithfulness', route: 'court/judge' }, judging);
  expect(rows).toEqual([0, 1].map(() => ({ state: 'scored', candidate: 0.75, baseline: 0.75 })));
  await onJudging(8); // two requests for each answer of each call
});

test('a judge of retrieval that decides only what it likes has decided nothing', async () => {
  const calls = { statements: ['a', 'b'], faithfulness: [{ statement: 'a', verdict: 1, reason: 'r' }] };
  await expectNeitherWay(await judged(calls, { kind: 'rag', measure: 'faithfulness', route: 'court/judge' }, judging));
});

test('a measure of retrieval without money observes nothing', async () => {
  const grader: Grader = { kind: 'rag', measure: 'faithfulness', route: 'court/judge' };
  const rows = await judged({ statements: [] }, grader, [money('judging', 'judge', 1n)]);
  expect(rows).toEqual([0, 1].map(() => ({ state: 'void', candidate: null, baseline: null })));
  expect([stage.dials('court'), stage.dials('south')]).toEqual([0, 0]);
});
