/** A suite is replayed by the week, in a line of its own, through the tables and the ledger of every replay. */
import { afterEach, expect, test } from 'vitest';
import type { Offer } from '#contracts/offered-tools.js';
import type { UseCaseDefinition } from '#postgres/admin/use-case.store.js';
import { inputDigestOf } from '#domain/gate/case-key.js';
import { inputAad } from '#domain/suite/suite-hash.js';
import { suiteLineOf } from '#domain/suite/suite-line.js';
import { seal } from '#runtime/seal.js';
import { noteFreshness } from '../gate/note-freshness.js';
import { masterKey, Stage, type StageOptions } from '../../../../test/support/worker-stage.js';

let stage: Stage;
afterEach(() => stage.close());

const tickets = 40;
const ticket = (n: number) => `Ticket ${n}: my invoice is wrong.`;

interface SuiteOptions extends Pick<StageOptions, 'venues' | 'calls'> {
  expected?: unknown;
  /** What case n offers besides its words. */
  offer?: (n: number) => Offer;
}

async function withSuite(
  useCase: Partial<UseCaseDefinition>,
  { expected = 'billing', offer = () => ({}), ...options }: SuiteOptions = {},
): Promise<string> {
  stage = await Stage.open({ tickets, useCase: { gate: terms, ...useCase }, ...options });
  const inputs = Array.from({ length: tickets }, (_, n) => ({
    input: ticket(n),
    system: 'Sort tickets.',
    ...offer(n),
  }));
  await stage.change(async ({ suites }) => {
    await suites.add(
      'triage',
      'e'.repeat(64),
      inputs.map(({ input }) => ({ inputDigest: inputDigestOf(input), expected })),
      'spec',
    );
    await suites.keepInputs(
      'triage',
      inputs.map((asked) => {
        const inputDigest = inputDigestOf(asked.input);
        const sealed = seal(masterKey, Buffer.from(JSON.stringify(asked)), inputAad('triage', inputDigest));
        return { inputDigest, sealed, offersTools: asked.tools !== undefined };
      }),
    );
    return { result: null, entries: [] };
  });
  await want();
  return suiteLineOf(await stage.gate());
}

const want = () => stage.sql.query(`INSERT INTO suite_wanted (use_case, wanted_by) VALUES ('triage', 'ana')`);

const terms = {
  ...{ alpha: 0.05, slots: 5, samplesMin: 20, samplesMax: 5_000, clustersMin: 20, spanHours: 0 },
  evidenceExpiryDays: 30,
};
const done = (passes: number) =>
  stage.until(`SELECT count(*) >= $1 FROM suite_pass WHERE done_at IS NOT NULL`, [passes]);
const words = async (line: string) =>
  Object.fromEntries(
    (
      await stage.rows<{ candidate: string; word: string | null }>(
        `SELECT candidate, verdict ->> 'verdict' AS word FROM evidence_line WHERE gate = $1`,
        [line],
      )
    ).map(({ candidate, word }) => [candidate, word]),
  );

test('cases are drawn once, asked of every candidate and folded apart from live calls; the week decides when again', async () => {
  const line = await withSuite({ candidates: ['south/small'], floor: { absolute: 0.7 } });
  await stage.startWorker();
  await done(1);
  await stage.until(`SELECT count(*) = 1 FROM evidence_line WHERE gate = $1 AND verdict IS NOT NULL`, [line]);
  expect(await words(line)).toEqual({ 'south/small': 'cleared' });
  const [pass] = await stage.rows<{ draws: string[]; first_position: string }>(`SELECT * FROM suite_pass`);
  expect(pass).toMatchObject({ first_position: '1' });
  expect(pass?.draws).toHaveLength(tickets);
  expect(new Set(pass?.draws).size).toBeLessThan(tickets);
  const rows = await stage.rows(`SELECT DISTINCT gate, state FROM evidence_row`);
  expect(rows).toEqual([{ gate: line, state: 'scored' }]);
  // What a suite shows clears nothing: that takes calls of production.
  expect((await stage.index()).useCases.get('triage')?.cleared.size).toBe(0);
  const index = await stage.index();
  const { stores, publishing } = stage;
  expect(await noteFreshness({ ...stores, publishing, current: () => index })).toBe(1);
  expect(await stores.admin.freshness.all()).toMatchObject([{ gate: await stage.gate(), candidate: 'south/small' }]);
  expect(await noteFreshness({ ...stores, publishing, current: () => index })).toBe(0);
  await stage.until(`SELECT count(*) >= ${tickets} FROM ledger_entry WHERE kind = 'shadow_replay'`);

  await want();
  await done(2);
  const [second] = await stage.rows<{ first_position: string }>(`SELECT * FROM suite_pass WHERE pass = 2`);
  expect(second).toMatchObject({ first_position: String(tickets + 1) });
  expect(await stage.rows(`SELECT 1 FROM suite_wanted`)).toEqual([]);
});

test('without being asked for, a suite waits a week from its upload, and a pass a week from the last', async () => {
  await withSuite({ candidates: ['south/small'], floor: { absolute: 0.7 } });
  await stage.sql.query('DELETE FROM suite_wanted');
  const worker = await stage.startWorker();
  const days = (count: number) => Date.now() + count * 86_400_000;
  expect(await worker.loops.replaySuites(days(6))).toBe(0);
  expect(await worker.loops.replaySuites(days(7.1))).toBe(1);
  await stage.sql.query(`UPDATE suite_pass SET drawn_at = drawn_at + interval '7 days'`);
  expect(await worker.loops.replaySuites(days(13))).toBe(0);
  expect(await worker.loops.replaySuites(days(14.1))).toBe(1);
});

test('a claim against the baseline asks the baseline too, and every answer is paid from the envelope for shadows', async () => {
  const line = await withSuite({ candidates: ['south/small'], floor: { absolute: 0.8, nonInferiorMargin: 0.1 } });
  await stage.startWorker();
  await done(1);
  await stage.until(`SELECT count(*) = 1 FROM evidence_line WHERE gate = $1 AND next_position = $2`, [
    line,
    tickets + 1,
  ]);
  const [row] = await stage.rows(`SELECT count(*)::int AS n, min(score_baseline) AS least FROM evidence_row`);
  expect(row).toEqual({ n: tickets, least: 1 });
  await stage.until(`SELECT count(*) = ${2 * tickets} FROM ledger_entry WHERE kind = 'shadow_replay'`);
  expect(stage.dials('north')).toBe(tickets);
});

const sort = (desk: string) => [{ sort: { desk: [desk] } }];
const offersSort = {
  tools: [{ type: 'function' as const, function: { name: 'sort', parameters: { type: 'object', properties: {} } } }],
  toolChoice: 'auto' as const,
};

test('a suite graded by tool calls is asked with its tools, over the bridge too, and what is called is compared', async () => {
  const line = await withSuite(
    {
      candidates: ['south/small', 'west/dull'],
      floor: { absolute: 0.7, nonInferiorMargin: 0.2 },
      grader: { kind: 'tool_calls', reference: 'suite' },
    },
    {
      expected: sort('billing'),
      // One that offers none cannot be answered, and is not asked.
      offer: (n) => (n === 0 ? {} : offersSort),
      calls: { north: { desk: 'billing' }, south: { desk: 'billing' }, west: { desk: 'sales' } },
      venues: { north: { protocol: 'gemini-generate', auth: 'x-api-key' }, south: { protocol: 'anthropic-messages' } },
    },
  );
  await stage.startWorker();
  await done(1);
  await stage.until(`SELECT count(*) = 2 FROM evidence_line WHERE gate = $1 AND verdict IS NOT NULL`, [line]);
  expect(await words(line)).toEqual({ 'south/small': 'cleared', 'west/dull': 'failed' });
  const [pass] = await stage.rows<{ draws: string[] }>(`SELECT draws FROM suite_pass`);
  expect(pass?.draws).toHaveLength(tickets - 1);
  expect(pass?.draws).not.toContain(inputDigestOf(ticket(0)));
  expect(
    await stage.rows(
      `SELECT DISTINCT candidate, state, score_candidate AS own, score_baseline AS other FROM evidence_row ORDER BY 1`,
    ),
  ).toEqual([
    { candidate: 'south/small', state: 'scored', own: 1, other: 1 },
    { candidate: 'west/dull', state: 'scored', own: 0, other: 1 },
  ]);
  // Each case is asked once, and nobody goes on with what a tool gave back: none was run.
  const toolsSeen = (venue: string) =>
    stage.simulator.requests(venue).map(({ body }) => (JSON.parse(body) as { tools: object[] }).tools[0]);
  for (const [venue, tool] of [
    ['north', { functionDeclarations: [{ name: 'sort' }] }],
    ['south', { name: 'sort' }],
  ] as const) {
    expect(toolsSeen(venue)).toHaveLength(tickets - 1);
    for (const seen of toolsSeen(venue)) expect(seen).toMatchObject(tool);
  }
});
