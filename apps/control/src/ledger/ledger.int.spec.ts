import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import { checkpointSigner } from '#domain/ledger/checkpoint.js';
import { openProof, parseProof } from '#domain/ledger/inclusion-proof.js';
import { parseVerifierKey } from '#domain/ledger/signed-note.js';
import { publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import type { RollUpStore } from '#postgres/ledger/roll-up.store.js';
import { verdict } from '../../../../libs/postgres/src/admin/admin-fixture.spec-data.js';
import { draftFromLedger } from '../statements/draft-from-ledger.js';
import { declareNorth, type RunningControl, startControl } from '../control-fixture.spec-data.js';
import { callEntry, callIdOf, callRecord } from './call-record.spec-data.js';

let control: RunningControl;
let priceBook: string;
let key: { id: string; secret: string };
beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
  priceBook = (await control.ask('viewer', 'GET', '/api/prices')).body.hash;
  const { body } = await control.ask('engineer', 'POST', '/api/keys', { name: 'app', team: 'care' });
  key = { id: body.key.id, secret: body.secret };
});
afterAll(() => control.stop());

const at = (text: string): Partial<CallRecord> => ({ admittedAt: text, endedAt: text });
const before = '2026-02-01T00:00:00.000Z';
const period = { periodStart: '2026-02-10T00:00:00.000Z', periodEnd: '2026-02-21T00:00:00.000Z' };

async function write(...records: CallRecord[]): Promise<void> {
  await control.context.publishing.append(records.map(callEntry));
  const ledger = control.context.ledger as LedgerStore;
  while ((await ledger.pendingCount()) > 0) await ledger.sequence('default');
}

const draft = (over = period) => control.ask('engineer', 'POST', '/api/statements', { useCase: 'triage', ...over });

test('a statement over nothing is refused', async () => {
  expect((await draft()).body).toMatchObject({ code: 'statement_empty', status: 409 });
});

test('a statement sums the calls of its period, exactly, and names lines, prices and overrides', async () => {
  await control.ask('approver', 'POST', '/api/use-cases/triage/mode', {
    mode: 'enforce',
    override: { reason: 'agreed for the pilot' },
  });
  await control.ask('engineer', 'POST', '/api/use-cases/triage/mode', { mode: 'shadow' });
  await write(
    callRecord(1, priceBook, at(before)),
    callRecord(2, priceBook, { key: key.id }),
    callRecord(3, priceBook),
    callRecord(4, priceBook, {
      outcome: 'refused',
      refusal: 'envelope_spent',
      costBasis: 'none',
      costPicoUsd: 0n,
      lines: [],
    }),
    callRecord(5, priceBook, { useCase: 'other' }),
    callRecord(6, priceBook, at(period.periodEnd)),
  );
  const { status, body } = await draft();
  expect(status).toBe(201);
  expect(body.definition).toMatchObject({
    useCase: 'triage',
    state: 'draft',
    author: 'engineer@bank.example',
    calls: 2,
    excluded: { refused: 1 },
    actualPicoUsd: '550000000',
    proposed: null,
    verdicts: [],
    priceBooks: [priceBook],
  });
  const { fromIndex, toIndex } = body.definition as { fromIndex: number; toIndex: number };
  const lines = (await control.ask('viewer', 'GET', `/api/ledger/lines?from=${fromIndex}&count=${toIndex - fromIndex}`))
    .body;
  const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  await write(callRecord(7, priceBook, at(hour(0))));
  const around = await draft({ periodStart: hour(-1), periodEnd: hour(1) });
  expect(around.body.definition.overrides).toEqual([
    expect.stringMatching(/^approver@bank.example overrode .*: agreed for the pilot$/),
  ]);
  const ids = lines.items
    .map(({ entry }: { entry: { body: { callId?: string } } }) => entry.body.callId)
    .filter(Boolean);
  expect(ids).toEqual(expect.arrayContaining([callIdOf(2), callIdOf(3), callIdOf(4)]));
});

test('with a cleared candidate it compares, at the prices the calls were booked at', async () => {
  const snapshot = JSON.parse((await control.context.publishing.feed.latest())!.body);
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  await publishSnapshot(control.context.publishing, 'gate', async (stores) => {
    const weak = ['spanHours 1 instead of 72'];
    await stores.verdicts.add(verdict(snapshot.useCases[0].gateHash, { expiresAt, overrides: weak }));
    return { result: null, entries: [] };
  });
  const { rows } = (await control.ask('viewer', 'GET', '/api/prices')).body;
  const dearer = rows.map((row: { model: string }) =>
    row.model === 'small' ? { ...row, ratePicoUsd: '2000000' } : row,
  );
  await control.ask('admin', 'POST', '/api/prices', { rows: dearer });
  const { body } = await draft();
  expect(body.definition).toMatchObject({
    proposed: 'north/small',
    verdicts: [verdict('').id],
    // 2 × (275,000,000 − 110 tokens × 100,000)
    estimatedSavingPicoUsd: '528000000',
  });
  expect(body.definition.overrides).toEqual(['north/small: spanHours 1 instead of 72']);
});

test('what a call cost is told to members and to its own key, and to no other', async () => {
  const ask = async (id: number, secret: string) => {
    const url = `${control.url}/v1/generation?id=${callIdOf(id)}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${secret}` } });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const told = await ask(2, key.secret);
  expect(told.body).toMatchObject({
    id: callIdOf(2),
    route: 'north/large',
    costPicoUsd: '275000000',
    costUsd: '0.000275',
    attempts: 1,
  });
  expect((await ask(3, key.secret)).status).toBe(404);
  expect((await ask(3, control.tokens.viewer)).body).toMatchObject({ useCase: 'triage', costBasis: 'reported' });
  expect((await ask(99, control.tokens.viewer)).body['code']).toBe('not_found');
});

test('of a call with a failed attempt, both are summed and the last one speaks', async () => {
  const first: Partial<CallRecord> = {
    kind: 'attempt',
    attempt: 0,
    final: false,
    outcome: 'fault',
    status: 500,
    costBasis: 'estimated',
    lines: [],
    costPicoUsd: 7n,
  };
  await write(callRecord(20, priceBook, first), callRecord(20, priceBook, { attemptId: callIdOf(21), attempt: 1 }));
  const { body } = await control.ask('viewer', 'GET', `/v1/generation?id=${callIdOf(20)}`);
  expect(body).toMatchObject({ attempts: 2, outcome: 'served', costPicoUsd: '275000007', costBasis: 'estimated' });
});

test('lines are paged without gap or repeat, by kind and use case too', async () => {
  const all: number[] = [];
  let next: number | null = 0;
  while (next !== null) {
    const { body } = await control.ask('viewer', 'GET', `/api/ledger/lines?from=${next}&count=3`);
    all.push(...body.items.map(({ index }: { index: number }) => index));
    next = body.next;
  }
  const { body: state } = await control.ask('viewer', 'GET', '/api/ledger');
  expect(all).toEqual(Array.from({ length: state.size }, (_, index) => index));
  const { body } = await control.ask('viewer', 'GET', '/api/ledger/lines?kind=call&useCase=other');
  expect(body.items).toHaveLength(1);
});

test('every line about a call comes with a proof that needs the public key and nothing else', async () => {
  const ask = (id: number) => control.ask('viewer', 'GET', `/api/ledger/calls/${callIdOf(id)}/proofs`);
  expect((await ask(20)).body).toMatchObject({ code: 'not_found' });
  const signer = checkpointSigner('o10.example/default', generateKeyPairSync('ed25519').privateKey);
  await (control.context.ledger as LedgerStore).checkpoint('default', signer);
  const { items } = (await ask(20)).body as { items: { index: number; text: string }[] };
  expect(items).toHaveLength(2);
  for (const { index, text } of items) {
    const proof = parseProof(text);
    expect(openProof(proof, signer.verifierKeys.map(parseVerifierKey)).origin).toBe('o10.example/default');
    expect(proof.index).toBe(BigInt(index));
    expect(JSON.parse(Buffer.from(proof.line).toString('utf8'))).toMatchObject({ body: { callId: callIdOf(20) } });
  }
  expect((await ask(99)).body).toMatchObject({ code: 'not_found' });
});

test('totals by day, use case, route and key, with the checksum of each day', async () => {
  await (control.context.rollUps as RollUpStore).grow();
  const ask = (query: string) => control.ask('viewer', 'GET', `/api/ledger/rollups?${query}`);
  const { body } = await ask('from=2026-02-20&to=2026-02-20&useCase=other');
  expect(body.items).toEqual([
    expect.objectContaining({ day: '2026-02-20', useCase: 'other', route: 'north/large', costPicoUsd: '275000000' }),
  ]);
  expect(Object.keys(body.checksums)).toEqual(['2026-02-20']);
  expect((await ask('from=yesterday&to=2026-02-20')).status).toBe(400);
});

test('a period with archived lines is not stated from the rest', async () => {
  const archived = () => Promise.resolve([{ month: '2026-02', from: 0, to: 4 }]);
  const ledger = Object.create(control.context.ledger, { archived: { value: archived } }) as LedgerStore;
  await expect(
    draftFromLedger(
      { ...control.context, ledger },
      { name: 'ada', role: 'engineer' },
      { useCase: 'triage', ...period },
    ),
  ).rejects.toThrow('recorded in 2026-02 are archived');
});

test('of a call on committed capacity the cost stands beside what it is fully loaded, as the ledger corrected it', async () => {
  const capacity = {
    ...{ commitment: 'units', period: '2026-02-20T12:00:00.000Z', units: 140, unitsCovered: 140 },
    sharePicoUsd: 9_000n,
  };
  const id = callIdOf(70);
  const covered = callRecord(70, priceBook, {
    ...{ costPicoUsd: 0n, chargePicoUsd: 0n, capacity },
    lines: [
      ...callRecord(70, priceBook).lines,
      { meter: 'committed_capacity', quantity: 1, ratePicoUsd: -275_000_000n, costPicoUsd: -275_000_000n },
    ],
  });
  await write(covered);
  await control.context.publishing.append([
    {
      ...{ schema: 'o10.entry.v1', log: 'default', kind: 'adjustment', id: callIdOf(71), actor: null },
      occurredAt: covered.endedAt,
      body: {
        ...{
          attemptId: id,
          callId: id,
          useCase: 'triage',
          differencePicoUsd: '137500000',
          differenceNanoUsd: '137500',
        },
        ...{ envelopes: [], reason: 'drew from units otherwise than was known' },
        capacity: {
          ...{ commitment: 'units', period: capacity.period, unitsCovered: 70, shareDifferencePicoUsd: '-4500' },
        },
      },
    },
  ]);
  await write();
  expect((await control.ask('viewer', 'GET', `/v1/generation?id=${id}`)).body).toMatchObject({
    ...{ costPicoUsd: '137500000', fullyLoadedPicoUsd: '137504500', costBasis: 'reported' },
  });
});

test('a statement has the corrections its lines hold; of later ones it says that they came, and another takes them in', async () => {
  const period = { periodStart: '2026-03-01T00:00:00.000Z', periodEnd: '2026-03-02T00:00:00.000Z' };
  const [first, second] = [80, 81].map((n) => callRecord(n, priceBook, { admittedAt: '2026-03-01T12:00:00.000Z' }));
  const correct = async (n: number, { attemptId, callId }: CallRecord, picoUsd: string) => {
    await control.context.publishing.append([
      {
        ...{ schema: 'o10.entry.v1', log: 'default', kind: 'adjustment', id: callIdOf(n), actor: null },
        occurredAt: '2026-03-09T00:00:00.000Z',
        body: {
          ...{ schema: 'o10.adjustment.v1', attemptId, callId, useCase: 'triage', envelopes: [], reason: 'report' },
          ...{ differencePicoUsd: picoUsd, differenceNanoUsd: '0' },
        },
      },
    ]);
    await write();
  };
  const state = async () =>
    (await control.ask('engineer', 'POST', '/api/statements', { useCase: 'triage', ...period })).body;
  const since = async (id: string) => (await control.ask('viewer', 'GET', `/api/statements/${id}/corrections`)).body;
  await write(first!, second!);
  await correct(82, first!, '-75000000');
  const { definition } = await state();
  expect(definition).toMatchObject({
    ...{ schema: 'o10.statement.v2', calls: 2, actualPicoUsd: '475000000' },
    corrections: { lines: 1, differencePicoUsd: '-75000000' },
    fullyLoaded: { capacityPicoUsd: '0', failedAttemptsPicoUsd: '0', totalPicoUsd: '475000000' },
  });
  expect(await since(definition.id)).toEqual({ lines: 0, differencePicoUsd: '0' });
  await write(callRecord(83, priceBook));
  await correct(84, second!, '25000000');
  await correct(85, callRecord(83, priceBook), '1');
  expect(await since(definition.id)).toEqual({ lines: 1, differencePicoUsd: '25000000' });
  const again = (await state()).definition;
  expect(again).toMatchObject({
    actualPicoUsd: '500000000',
    corrections: { lines: 2, differencePicoUsd: '-50000000' },
  });
  expect(again.toIndex).toBeGreaterThan(definition.toIndex);
});
