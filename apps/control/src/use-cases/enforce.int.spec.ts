import { afterAll, beforeAll, expect, test } from 'vitest';
import { Statement } from '#contracts/statement.js';
import { statementDigest } from '#domain/savings/statement-digest.js';
import { publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import { verdict } from '../../../../libs/postgres/src/admin/admin-fixture.spec-data.js';
import { declareNorth, type RunningControl, startControl, triage } from '../control-fixture.spec-data.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ledgerLines } from '../ledger-lines.spec-data.js';

let control: RunningControl;
beforeAll(async () => {
  control = await startControl(draft);
  await declareNorth(control);
});
afterAll(() => control.stop());

const cleared = '01900000-0000-7000-8000-000000000001';
let verdicts: string[] = [];

/** A statement with figures of its own; which calls make which figures is savings' affair. */
function draft(context: ControlContext, actor: Actor, { useCase }: { useCase: string }): Promise<Statement> {
  const figures = Object.fromEntries(
    [
      'actual',
      'estimatedSaving',
      'measuredSaving',
      'savingLower',
      'savingUpper',
      'evaluationCost',
      'net',
      'verified',
    ].map((name) => [`${name}PicoUsd`, '1000000']),
  );
  const at = new Date(context.nowMs()).toISOString();
  const range = {
    fromIndex: 0,
    toIndex: 10,
    periodStart: at,
    periodEnd: at,
    baseline: 'north/large',
    proposed: 'north/small',
  };
  const counts = { calls: 10, excluded: {}, measuredCalls: 5, confidence: 0.95, priceBooks: [], overrides: [] };
  const head = {
    id: context.newId(),
    organisation: 'default',
    useCase,
    mode: 'shadow',
    state: 'draft',
    author: actor.name,
  };
  return Promise.resolve(Statement.parse({ ...head, createdAt: at, ...range, ...counts, ...figures, verdicts }));
}

const mode = (role: 'engineer' | 'approver', to: string, override?: object) =>
  control.ask(role, 'POST', '/api/use-cases/triage/mode', { mode: to, ...(override && { override }) });

const publishedMode = async () =>
  JSON.parse((await control.context.publishing.feed.latest())!.body).useCases[0].mode as string;

const kinds = async () => (await ledgerLines(control.databaseUrl)).map(({ kind }) => kind);

async function clear(also: Partial<ReturnType<typeof verdict>> = {}): Promise<void> {
  const { gateHash } = JSON.parse((await control.context.publishing.feed.latest())!.body).useCases[0] as {
    gateHash: string;
  };
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  await publishSnapshot(control.context.publishing, 'gate', async (stores) => {
    await stores.verdicts.add(verdict(gateHash, { expiresAt, ...also }));
    return { result: null, entries: [] };
  });
}

const statement = async () => {
  const period = { periodStart: '2026-11-01T00:00:00.000Z', periodEnd: '2026-12-01T00:00:00.000Z' };
  const { status, body, text } = await control.ask('engineer', 'POST', '/api/statements', {
    useCase: 'triage',
    ...period,
  });
  if (status !== 201) throw new Error(text);
  return body.definition.id as string;
};

const step = (role: 'engineer' | 'finance', id: string, verb: string, body?: object) =>
  control.ask(role, 'POST', `/api/statements/${id}/${verb}`, body ?? {});

test('shadow is immediate, enforce without proof is refused and says what is missing', async () => {
  expect((await mode('engineer', 'shadow')).body.definition.mode).toBe('shadow');
  expect(await publishedMode()).toBe('shadow');
  const refused = await mode('engineer', 'enforce');
  expect([refused.status, refused.body.code]).toEqual([409, 'enforce_needs_proof']);
  expect(refused.body.errors).toHaveLength(2);
  expect(await publishedMode()).toBe('shadow');
});

test('an engineer cannot override, an approver can, by name and with a reason, and back is always allowed', async () => {
  const reason = { reason: 'the pilot of this week, agreed in writing' };
  expect((await mode('engineer', 'enforce', reason)).body.code).toBe('forbidden');
  expect((await mode('approver', 'enforce', { reason: 'no' })).body.code).toBe('invalid_request');
  expect((await mode('approver', 'enforce', reason)).status).toBe(200);
  expect(await publishedMode()).toBe('enforce');
  const [switched, override] = (await ledgerLines(control.databaseUrl)).slice(-2);
  expect(switched).toMatchObject({
    kind: 'mode_switch',
    actor: 'approver@bank.example',
    body: { useCase: 'triage', from: 'shadow', to: 'enforce', ...reason, verdicts: [], statements: [] },
  });
  expect(override).toMatchObject({
    kind: 'override',
    actor: 'approver@bank.example',
    body: { useCase: 'triage', ...reason },
  });
  expect((await mode('engineer', 'shadow')).status).toBe(200);
});

test('a cleared candidate alone is not enough, and neither is a signature under another verdict', async () => {
  await clear();
  const { body: proof } = await control.ask('viewer', 'GET', '/api/use-cases/triage/proof');
  expect(proof).toMatchObject({
    proven: false,
    clearances: [{ verdict: cleared, candidate: 'north/small' }],
    statements: [],
  });
  expect((await mode('engineer', 'enforce')).body.detail).toContain('no signed statement');
  verdicts = ['01900000-0000-7000-8000-00000000dead'];
  const other = await statement();
  await step('engineer', other, 'submit');
  expect((await step('finance', other, 'sign')).status).toBe(200);
  expect((await mode('engineer', 'enforce')).body.code).toBe('enforce_needs_proof');
});

test('a submitted statement does not unlock; queried and signed by finance it does', async () => {
  verdicts = [cleared];
  const id = await statement();
  expect((await step('finance', id, 'sign')).body).toMatchObject({ code: 'statement_state', status: 409 });
  expect((await step('engineer', id, 'submit')).body.definition.state).toBe('submitted');
  expect((await mode('engineer', 'enforce')).body.code).toBe('enforce_needs_proof');
  expect((await step('finance', id, 'query', { question: 'Which weeks?' })).body.question).toBe('Which weeks?');
  expect((await step('finance', id, 'sign')).body.code).toBe('statement_state');
  expect((await step('engineer', id, 'submit')).body.question).toBeNull();
  const signed = await step('finance', id, 'sign');
  const digest = statementDigest(signed.body.definition);
  expect(signed.body.signature).toMatchObject({
    statement: id,
    signedBy: 'finance@bank.example',
    statementDigest: digest,
  });
  const [line, signature] = (await ledgerLines(control.databaseUrl)).slice(-2);
  expect(line).toMatchObject({ kind: 'statement', body: { id, state: 'signed' } });
  expect(statementDigest(line!.body as never)).toBe(digest);
  expect(signature).toMatchObject({
    kind: 'signature',
    actor: 'finance@bank.example',
    body: { statementDigest: digest },
  });
  expect((await mode('engineer', 'enforce')).body.definition.mode).toBe('enforce');
  const switched = (await ledgerLines(control.databaseUrl)).at(-1);
  expect(switched).toMatchObject({
    kind: 'mode_switch',
    body: { verdicts: [cleared], statements: [id], reason: null },
  });
  expect((await kinds()).filter((kind) => kind === 'override')).toHaveLength(1);
});

test('an edited floor is another gate: the proof is gone', async () => {
  expect((await control.ask('viewer', 'GET', '/api/use-cases/triage/proof')).body.proven).toBe(true);
  await control.ask('engineer', 'PUT', '/api/use-cases/triage', { ...triage, floor: { absolute: 0.5 } });
  const { body } = await control.ask('viewer', 'GET', '/api/use-cases/triage/proof');
  expect(body).toMatchObject({ proven: false, clearances: [] });
  await control.ask('engineer', 'PUT', '/api/use-cases/triage', triage);
  expect((await control.ask('viewer', 'GET', '/api/use-cases/triage/proof')).body.proven).toBe(true);
});

test('expired evidence proves nothing', async () => {
  await mode('engineer', 'shadow');
  const decidedAt = '2026-01-10T00:00:00.000Z';
  const expired = '01900000-0000-7000-8000-000000000003';
  await clear({ id: expired, decidedAt, expiresAt: '2026-01-11T00:00:00.000Z' });
  verdicts = [expired];
  const id = await statement();
  await step('engineer', id, 'submit');
  expect((await step('finance', id, 'sign')).status).toBe(200);
  expect((await mode('engineer', 'enforce')).body.code).toBe('enforce_needs_proof');
});

test('a superseded statement unlocks no more, and the author cannot sign, whoever that is', async () => {
  const author = { name: 'finance@bank.example', role: 'finance' as const };
  const own = await draft(control.context, author, { useCase: 'triage' });
  await control.context.stores.statements.add(own, author.name);
  await step('engineer', own.id, 'submit');
  const refused = await step('finance', own.id, 'sign');
  expect([refused.status, refused.body.code]).toEqual([403, 'author_cannot_sign']);
  const [signed] = await control.context.stores.statements.signed('triage');
  expect((await step('finance', signed!.definition.id, 'supersede')).body).toMatchObject({
    definition: { state: 'superseded' },
    signature: { signedBy: 'finance@bank.example' },
  });
  expect((await step('finance', signed!.definition.id, 'supersede')).body.code).toBe('statement_state');
});
