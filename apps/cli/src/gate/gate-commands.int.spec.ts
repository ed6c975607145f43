/** `o10 gate show`, `o10 gate explain` and `o10 why` against a control API with evidence, a verdict and calls of its own. */
import { Command } from 'commander';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { PublishedUseCase } from '#contracts/snapshot.js';
import { Verdict } from '#contracts/verdict.js';
import { foldScore } from '#domain/gate/fold-score.js';
import { freshGateState, type GateState } from '#domain/gate/gate-state.js';
import { verdictOf } from '#domain/gate/verdict-of.js';
import { publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { declareNorth, type RunningControl, startControl } from '../../../control/src/control-fixture.spec-data.js';
import { callEntry, callIdOf, callRecord } from '../../../control/src/ledger/call-record.spec-data.js';
import { addGateCommands } from './gate-commands.js';

let control: RunningControl;
let useCase: PublishedUseCase;
const verdictIds = ['01900000-0000-7000-8000-00000000a001', '01900000-0000-7000-8000-00000000a002'] as const;
const startMs = Date.UTC(2026, 1, 1);

/** 600 calls over ten days, of which the candidate gets one in `wrongEvery` wrong. */
function evidence(wrongEvery: number): GateState {
  return Array.from({ length: 600 }, (_, at) => at).reduce(
    (state, at) => {
      const scores = { candidate: at % wrongEvery ? 1 : 0, baseline: at % 40 ? 1 : 0 };
      return foldScore(state, { ...scores, admittedAtMs: startMs + at * 1_440_000, position: at + 1 });
    },
    freshGateState(useCase.floor, useCase.gate),
  );
}

function verdictFrom(state: GateState, id: string): Verdict {
  return Verdict.parse({
    ...verdictOf(state, Date.UTC(2026, 1, 12)),
    ...{ id, useCase: 'triage', gate: useCase.gateHash, baseline: 'north/large', candidate: 'north/small' },
    ...{ revision: '2026-10-01', slot: 2, declared: { ...useCase.gateCovers, grader: useCase.grader } },
  });
}

const entryOf = (verdict: Verdict, body: Verdict = verdict) => ({
  ...{ schema: 'o10.entry.v1' as const, log: 'default', kind: 'verdict' as const, id: verdict.id, actor: null },
  ...{ occurredAt: verdict.decidedAt, body: Verdict.encode(body) },
});

beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
  await control.ask('engineer', 'POST', '/api/use-cases/triage/mode', { mode: 'shadow' });
  [useCase] = JSON.parse((await control.context.publishing.feed.latest())!.body).useCases;
  const state = evidence(60);
  const good = verdictFrom(state, verdictIds[0]);
  // The ledger's line says one thing, the table another: as if somebody had edited the table.
  const edited = { ...verdictFrom(state, verdictIds[1]), decidedAt: '2026-02-11T00:00:00.000Z' };
  await publishSnapshot(control.context.publishing, 'gate', async (stores) => {
    for (const verdict of [good, { ...edited, samples: 900 }]) await stores.verdicts.add(verdict);
    return { result: null, entries: [entryOf(good), entryOf(edited)] };
  });
  const client = new pg.Client({ connectionString: control.databaseUrl });
  await client.connect();
  await client.query(
    `INSERT INTO evidence_line (gate, candidate, revision, use_case, next_position, slot, state, verdict)
     VALUES ($1, 'north/small', '2026-10-01', 'triage', 601, 2, $2, $3)`,
    [useCase.gateHash, JSON.stringify(state), JSON.stringify(Verdict.encode(good))],
  );
  await client.end();
  const served = { route: 'north/small', ineligible: null, expectedCostPicoUsd: 11_000_000n };
  const passed = { route: 'north/large', ineligible: null, expectedCostPicoUsd: 275_000_000n };
  const decision = { ...callRecord(1, '').decision!, considered: [passed, served] };
  const priceBook = (await control.ask('viewer', 'GET', '/api/prices')).body.hash as string;
  await control.context.publishing.append([
    callEntry(callRecord(1, priceBook, { mode: 'shadow' })),
    callEntry(
      callRecord(2, priceBook, {
        ...{ mode: 'enforce', route: 'north/small', decision: { ...decision, reason: 'cheapest_cleared' } },
      }),
    ),
  ]);
  const ledger = control.context.ledger as LedgerStore;
  while ((await ledger.pendingCount()) > 0) await ledger.sequence('default');
});
afterAll(() => control.stop());
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

async function typed(...words: string[]): Promise<string> {
  const printed: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  const program = new Command('o10').exitOverride();
  const settings = { LOG_LEVEL: 'info', O10_CONTROL_URL: control.url, O10_TOKEN: control.tokens.viewer };
  addGateCommands(program, { projectDir: '.', distDir: '.', settings });
  await program.parseAsync(['node', 'o10', ...words]);
  return printed.join('');
}
const told = async (...words: string[]) => JSON.parse(await typed(...words, '--json'));

test('show says how far the evidence has come, in bars, and which verdict stands on it', async () => {
  const text = await typed('gate', 'show', 'triage');
  expect(text).toMatch(/^triage\n {2}north\/small \(2026-10-01\): cleared, 600 calls over 239.6 h, attempt 2, gate /);
  expect(text).toMatch(/████████████████████ for: ln E [\d.]+ of 4.6052, cleared at \d+/);
  expect(text).toContain(`verdict ${verdictIds[0]}: cleared on 2026-02-12`);
  const { gates } = await told('gate', 'show');
  expect(gates).toHaveLength(1);
  expect(gates[0]).toMatchObject({ word: 'cleared', slot: 2, samples: 600, daysToClear: 0 });
  expect(gates[0].samplesToClear).toBeLessThanOrEqual(600);
  expect(await typed('gate', 'show', 'nothing-there')).toContain('no evidence yet');
});

test('explain says a verdict again from its line in the ledger: hash, thresholds, evidence, bounds, word', async () => {
  const explained = await told('gate', 'explain', verdictIds[0]);
  expect(explained.agrees).toBe(true);
  expect(explained.line).toMatchObject({ index: expect.any(Number) });
  const figures = explained.figures.map(({ figure, agrees }: { figure: string; agrees: boolean }) => [figure, agrees]);
  for (const figure of ['gate hash', 'threshold ln(K/α)', 'ln E for', 'ln E against', 'lower bound', 'verdict'])
    expect(figures).toContainEqual([figure, true]);
  const text = await typed('gate', 'explain', verdictIds[0]);
  expect(text).toContain('attempt 2 of 5, each α = 0.01: ln(K/α) = 4.6052');
  expect(text).toContain('Everything that can be said again is the same.');
  expect(process.exitCode).toBe(0);
});

test('a verdict whose table and ledger differ is said to, and the command fails', async () => {
  const text = await typed('gate', 'explain', verdictIds[1]);
  expect(text).toMatch(/the API says what the ledger says .*DIFFERENT/);
  expect(process.exitCode).toBe(1);
});

test('a verdict and a call nobody knows are refused with the code', async () => {
  const nobody = '01900000-0000-7000-8000-00000000ffff';
  await expect(typed('gate', 'explain', nobody)).rejects.toMatchObject({ code: 'not_found' });
  await expect(typed('why', nobody)).rejects.toMatchObject({ code: 'not_found' });
});

test('why names every route considered, why each was not taken, and the evidence behind the one that was', async () => {
  const why = await told('why', callIdOf(2));
  expect(why).toMatchObject({ served: 'north/small', reason: 'cheapest_cleared', mode: 'enforce' });
  expect(why.considered).toMatchObject([
    { route: 'north/large', taken: false, whyNot: 'it would have cost more', evidence: null },
    { route: 'north/small', taken: true, whyNot: null, evidence: { id: verdictIds[0], verdict: 'cleared' } },
  ]);
  const text = await typed('why', callIdOf(2));
  expect(text).toContain('the evidence behind north/small: cleared on 2026-02-12T00:00:00.000Z after 600 calls');
  expect(text).toContain(`o10 gate explain ${verdictIds[0]}`);
  const shadow = await typed('why', callIdOf(1));
  expect(shadow).toMatch(/→ +north\/large +\$0.000000000001 +taken/);
  expect(shadow).toContain('it has not cleared the floor (floor_not_cleared)');
});
