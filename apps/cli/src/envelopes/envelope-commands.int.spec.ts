import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { declareNorth, type RunningControl, startControl } from '../../../control/src/control-fixture.spec-data.js';
import { exampleYaml } from '../configure/o10-example.spec-data.js';
import { addReconcile } from '../ledger/reconcile-command.js';
import type { Place } from '../place.js';
import { addEnvelopeCommands } from './envelope-commands.js';

let control: RunningControl;
let folder: string;
let printed = '';
beforeAll(async () => {
  control = await startControl();
  folder = await mkdtemp(join(tmpdir(), 'o10-envelopes-'));
  await declareNorth(control);
  await control.context.desk.rebuild({ envelopes: [], balances: [], holds: [], lines: [] });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
  await control.stop();
});

const o10 = (...args: string[]) => run('envelopes', ...args);

async function run(...args: string[]): Promise<string> {
  const settings = { O10_CONTROL_URL: control.url, O10_TOKEN: control.tokens.finance, LOG_LEVEL: 'silent' };
  const program = new Command('o10').exitOverride();
  const place = { projectDir: '', distDir: '', settings } as Place;
  addEnvelopeCommands(program, place);
  addReconcile(program.command('ledger'), place);
  printed = '';
  await program.parseAsync(['node', 'o10', ...args]);
  return printed;
}

test('envelopes, alerts and webhooks, for people and for machines', async () => {
  expect(await o10()).toBe('There are no envelopes.\n');
  const body = {
    scope: { kind: 'team', team: 'care' },
    mode: 'shadow',
    limitNanoUsd: '2.5',
    window: { unit: 'total' },
  };
  expect((await control.ask('finance', 'PUT', '/api/envelopes/care', body)).status).toBe(200);
  const places = [{ envelope: 'care', window: 'total' }];
  await control.context.desk.settle([{ holdId: 'a', costNanoUsd: 500_000_000n, envelopes: places, record: '{}' }]);
  const listed = await o10('list');
  for (const word of ['care (shadow)', 'team care', 'total', '████················', '0.5', '2.5'])
    expect(listed).toContain(word);
  expect(JSON.parse(await o10('list', '--json'))).toMatchObject({ items: [{ definition: { id: 'care' } }] });
  expect(await o10('alerts')).toBe('Nothing was raised.\n');
  expect(await o10('webhook', 'put', 'chat', 'https://chat.example/hook')).toMatch(/^whsec_/);
  expect(await o10('webhook', 'list')).toBe('chat  https://chat.example/hook\n');
  await o10('webhook', 'remove', 'chat');
  expect(await o10('webhook')).toBe('There are none.\n');
});

test('a declared envelope, another limit, and one that only a file knows are tried', async () => {
  expect(await o10('try', 'care')).toContain('care on 0 attempts');
  const answer = JSON.parse(await o10('try', 'care', '--limit', '0', '--from', '2026-01-01', '--json')) as object;
  expect(answer).toMatchObject({ from: '2026-01-01T00:00:00.000Z', refused: { spent: 0 } });
  const file = join(folder, 'o10.yaml');
  await writeFile(file, exampleYaml.replace(/suites:\n.*\n/, ''));
  expect(await o10('try', 'triage-month', '--file', file)).toContain('It would have refused none.');
  await expect(o10('try', 'nowhere', '--file', file)).rejects.toThrow('has no envelope nowhere');
});

test("a venue's report is taken from its file, in dollars or in pico-dollars, and half a report is none", async () => {
  const file = join(folder, 'report.json');
  const rows = [
    { requestId: 'r1', clientRequestId: '01900000-0000-7000-8000-000000000001', costUsd: '0.0012', model: 'large' },
    { requestId: 'r2', clientRequestId: null, costPicoUsd: '17' },
  ];
  await writeFile(
    file,
    JSON.stringify({ venue: 'north', currency: 'USD', completeThrough: '2026-11-20T12:00:00.000Z', rows }),
  );
  const text = await run('ledger', 'reconcile', 'north', file, '--complete-from', '2026-11-01');
  expect(text).toContain('2 rows: 0 agree, 0 corrected (0 were estimates), together 0 USD.');
  expect(text).toContain('2 are of no attempt that has a line here yet');
  await writeFile(file, JSON.stringify({ rows: [{ clientRequestId: null }] }));
  await expect(run('ledger', 'reconcile', 'north', file)).rejects.toThrow('costUsd or costPicoUsd');
  await writeFile(file, JSON.stringify({ rows: [] }));
  await expect(run('ledger', 'reconcile', 'north', file, '--complete-from', '2026-11-01')).rejects.toThrow('complete');
});
