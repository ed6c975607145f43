/** `o10 eval` against a control API and a worker on one database: what is uploaded, run, sampled and accepted. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type RunningControl, startControl } from '../../../control/src/control-fixture.spec-data.js';
import { masterKey, Stage } from '../../../../test/support/worker-stage.js';
import { addGateCommands } from '../gate/gate-commands.js';
import { addEvalCommands } from './eval-commands.js';
import type { ReplayedSuite } from './replay-suite.js';

const cases = 40;
const folder = mkdtempSync(join(tmpdir(), 'o10-eval-'));
let stage: Stage;
let control: RunningControl;

beforeAll(async () => {
  stage = await Stage.open({ useCase: { floor: { absolute: 0.7 } } });
  control = await startControl(undefined, {
    DATABASE_URL: stage.database.url,
    O10_MASTER_KEY: masterKey.toString('hex'),
    ORGANISATION: 'acme',
  });
  const manifest = { name: 'triage', version: 1, system: 'Sort tickets.', floor: { absolute: 0.7 } };
  const grader = { kind: 'exact', reference: 'suite' };
  writeFileSync(join(folder, 'suite.json'), JSON.stringify({ ...manifest, grader }));
  const line = (_: unknown, n: number) =>
    JSON.stringify({ input: `Ticket ${n}: my invoice is wrong`, expected: 'billing' });
  writeFileSync(join(folder, 'cases.jsonl'), Array.from({ length: cases }, line).join('\n'));
  await stage.startWorker();
});
afterAll(async () => {
  await control.stop();
  await stage.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

async function o10(...words: string[]): Promise<string> {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((printed += String(text))));
  const settings = { LOG_LEVEL: 'silent', O10_CONTROL_URL: control.url, O10_TOKEN: control.tokens.engineer };
  const program = new Command('o10').exitOverride().configureOutput({ writeErr: () => undefined });
  const place = { projectDir: '', distDir: '', settings };
  addEvalCommands(program, place);
  addGateCommands(program, place);
  await program.parseAsync(['node', 'o10', ...words]);
  return printed;
}
const run = async () => JSON.parse(await o10('eval', 'run', folder, '--json')) as ReplayedSuite;

test('only the suite the gate was declared with is run, and uploading it again changes nothing', async () => {
  await expect(run()).rejects.toThrow(/is another .*eval upload/);
  expect(await o10('eval', 'upload', folder, 'triage')).toBe(
    `${cases} cases, another gate: its evidence starts anew\n`,
  );
  expect(await o10('eval', 'upload', folder, 'triage')).toBe(`${cases} cases, unchanged\n`);
  await expect(o10('eval', 'run', folder, '--route', 'south/small')).rejects.toThrow(/every candidate/);
  await expect(o10('eval', 'run', folder, '--use-case', 'other')).rejects.toMatchObject({ code: 'not_found' });
});

test('a run is a pass of the worker: on the ledger, in the suite’s line, added to what was there and never instead of it', async () => {
  const first = await run();
  expect(first).toMatchObject({ useCase: 'triage', pass: { pass: 1, cases } });
  expect(first.pass.candidates).toMatchObject([
    { candidate: 'south/small', scored: cases, void: 0, mean: 1, baselineMean: null },
    { candidate: 'west/dull', void: 0 },
  ]);
  expect(first.evidence).toMatchObject([
    { about: 'suite', candidate: 'south/small', word: 'cleared', samples: cases },
    { about: 'suite', candidate: 'west/dull', word: 'failed', stopped: 'failed' },
  ]);
  expect(process.exitCode).toBe(1);
  // Luck is not asked twice: the second run is folded behind the first, and who has failed is not asked again.
  const dull = stage.dials('west');
  await stage.until(`SELECT count(*) = ${cases + dull} FROM ledger_entry WHERE kind = 'shadow_replay'`);
  const second = await run();
  expect(second).toMatchObject({ suite: first.suite, pass: { pass: 2, line: first.pass.line } });
  expect(second.evidence).toMatchObject([
    { candidate: 'south/small', gate: first.pass.line, samples: 2 * cases, slot: first.evidence[0]!.slot },
    { candidate: 'west/dull', word: 'failed', stopped: 'failed' },
  ]);
  expect(stage.dials('west')).toBe(dull);
  await stage.until(`SELECT count(*) = ${2 * cases + dull} FROM ledger_entry WHERE kind = 'shadow_replay'`);
  expect(await o10('gate', 'show', 'triage')).toMatch(/south\/small \([^)]+\): cleared, 80 cases of the suite over/);
});

test('people read what came of it, and a replay may be wanted without waiting', async () => {
  const text = await o10('eval', 'run', folder);
  expect(text).toMatch(/^triage: pass 3 over the suite, version 2 \([0-9a-f]{12}\), 40 cases drawn\n/);
  expect(text).toMatch(/south\/small +40 +0 +1 *\n/);
  expect(text).toContain('west/dull: failed after');
  expect(await o10('eval', 'replay', 'triage')).toContain(`of its ${cases}`);
  await stage.until(`SELECT count(*) = 4 FROM suite_pass WHERE done_at IS NOT NULL`);
});

test('a sampled call no case asks is kept, shown and accepted: another version, another gate', async () => {
  const { callId } = await stage.mirror({ ticket: 900 });
  await stage.until(`SELECT count(*) = 1 FROM suite_sample`);
  expect(await o10('eval', 'samples', 'triage')).toMatch(
    new RegExp(`${callId} +Ticket 900: my invoice is wrong +billing`),
  );
  expect(JSON.parse(await o10('eval', 'samples', 'triage', '--json')).items).toMatchObject([
    { callId, answer: 'billing' },
  ]);
  await expect(o10('eval', 'accept', 'triage', callId, callId, '--expected', '"x"')).rejects.toThrow(/of one call/);
  expect(await o10('eval', 'accept', 'triage', callId, '--expected', '"billing"')).toMatch(
    /^41 cases; evidence starts anew/,
  );
  await expect(run()).rejects.toThrow(/is another/);
  expect(readFileSync(join(folder, 'cases.jsonl'), 'utf8').split('\n')).toHaveLength(cases);
});
