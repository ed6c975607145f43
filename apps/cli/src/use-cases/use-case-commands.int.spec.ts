/** `o10 use-cases`, `o10 shadow plan` and `o10 rollback`, as they are typed, against a control API with calls on its ledger. */
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Role } from '#contracts/api/member-api.js';
import type { CallRecord } from '#contracts/call-record.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { declareNorth, type RunningControl, startControl } from '../../../control/src/control-fixture.spec-data.js';
import { callEntry, callRecord } from '../../../control/src/ledger/call-record.spec-data.js';
import { addShadowCommands } from '../shadow/shadow-commands.js';
import { addUseCaseCommands } from './use-case-commands.js';

const [mails, chats] = [`ab${'1'.repeat(62)}`, `ab${'2'.repeat(62)}`];
let control: RunningControl;

beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
  const { hash } = (await control.ask('viewer', 'GET', '/api/prices')).body;
  const at = new Date(Date.now() - 3_600_000).toISOString();
  const call = (n: number, also: Partial<CallRecord>) =>
    callEntry(callRecord(n, hash, { admittedAt: at, endedAt: at, mode: 'off', ...also }));
  await control.context.publishing.append([
    ...[1, 2].map((n) => call(n, { useCase: 'unclassified', shape: mails })),
    call(3, { useCase: 'unclassified', shape: chats }),
    ...[4, 5, 6].map((n) => call(n, { useCase: 'triage' })),
  ]);
  const ledger = control.context.ledger as LedgerStore;
  while ((await ledger.pendingCount()) > 0) await ledger.sequence('default');
});
afterAll(() => control.stop());
afterEach(() => vi.restoreAllMocks());

async function o10(as: Role, ...words: string[]): Promise<string> {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((printed += String(text))));
  const settings = { LOG_LEVEL: 'silent', O10_CONTROL_URL: control.url, O10_TOKEN: control.tokens[as] };
  const program = new Command('o10').exitOverride().configureOutput({ writeErr: () => undefined });
  const place = { projectDir: '', distDir: '', settings };
  addUseCaseCommands(program, place);
  addShadowCommands(program, place);
  await program.parseAsync(['node', 'o10', ...words]);
  return printed;
}

test('calls nobody has named are listed by their shape', async () => {
  const text = await o10('viewer', 'use-cases', 'proposed');
  expect(text).toMatch(/^shape +calls +USD +asked for +teams\n/);
  expect(text).toMatch(/ab1111111111 +2 +0\.\d+ +north\/large 2 +care\n/);
  expect(text).toContain('of the last 7 days');
  const { items } = JSON.parse(await o10('viewer', 'use-cases', 'proposed', '--json'));
  expect(items).toMatchObject([
    { shape: mails, calls: 2 },
    { shape: chats, calls: 1 },
  ]);
});

test('a group is accepted by the first characters of its shape, as far as they tell which', async () => {
  const accept = (shape: string, ...also: string[]) =>
    o10('engineer', 'use-cases', 'accept', shape, '--slug', 'mails', '--floor', '0.9', ...also);
  await expect(accept('ab')).rejects.toThrow(/not enough to tell/);
  await expect(accept('ff')).rejects.toThrow(/No group/);
  await expect(accept('ab1', '--grader', '{')).rejects.toThrow(/must be JSON/);
  expect(await accept('ab1', '--candidates', 'north/small')).toBe(
    'mails is declared, off: north/large serves its calls\n',
  );
  const { definition } = (await control.ask('viewer', 'GET', '/api/use-cases/mails')).body;
  expect(definition).toMatchObject({
    ...{ mode: 'off', candidates: ['north/small'], floor: { absolute: 0.9 }, shapes: [mails] },
    grader: { kind: 'exact', reference: 'baseline' },
  });
  expect(await o10('viewer', 'use-cases', 'proposed')).not.toContain('ab1111111111');
});

test('what a shadow costs and when it knows is said before anybody commits to it', async () => {
  const asked = ['shadow', 'plan', 'triage', '--calls-per-day', '1000', '--share', '0.01', '--drop', '0.05'];
  const text = await o10('viewer', ...asked);
  expect(text).toMatch(/1 % of 1,000 calls a day notices a 5-point drop in about \d+ days/);
  expect(JSON.parse(await o10('viewer', ...asked, '--json'))).toMatchObject({ useCase: 'triage', share: 0.01 });
  await expect(o10('viewer', 'shadow', 'plan', 'nothing')).rejects.toMatchObject({ code: 'not_found' });
});

test('one command puts a use case back on its baseline, with a reason on the ledger', async () => {
  const override = { reason: 'shown by a specification' };
  const enforced = await control.ask('admin', 'POST', '/api/use-cases/triage/mode', { mode: 'enforce', override });
  expect(enforced.body.definition.mode).toBe('enforce');
  expect(await o10('engineer', 'rollback', 'triage', '--reason', 'answers look wrong')).toBe(
    'triage is in shadow: north/large serves\n',
  );
  await expect(o10('viewer', 'rollback', 'triage')).rejects.toMatchObject({ code: 'forbidden' });
});
