/** Suites over the API: inputs are kept sealed, and sampled calls become cases. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inputDigestOf } from '#domain/gate/case-key.js';
import { inputAad, sampleAad } from '#domain/suite/suite-hash.js';
import { SuitePassStore } from '#postgres/evidence/suite-pass.store.js';
import { open, seal } from '#runtime/seal.js';
import { declareNorth, triage, type RunningControl, startControl } from '../control-fixture.spec-data.js';

let control: RunningControl;
const sampled = '01900000-0000-7000-8000-0000000000aa';
beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
  const text = JSON.stringify({ input: '3+3?', system: 'Count.', answer: '6' });
  const sealed = seal(control.context.masterKey, Buffer.from(text), sampleAad(sampled));
  await (control.context.suitePasses as SuitePassStore).keepSample({ callId: sampled, useCase: 'triage', sealed });
});
afterAll(() => control.stop());

const inputOf = async (input: string) => {
  const digest = inputDigestOf(input);
  const sealed = await control.context.stores.suites.input('triage', digest);
  return sealed && JSON.parse(open(control.context.masterKey, sealed, inputAad('triage', digest)).toString());
};
const suite = async () => (await control.ask('viewer', 'GET', '/api/suites/triage')).body;

test('what an uploaded case asks is kept, sealed', async () => {
  const sealed = await control.context.stores.suites.input('triage', inputDigestOf('2+2?'));
  expect(sealed!.toString('latin1')).not.toContain('2+2');
  expect(await inputOf('2+2?')).toEqual({ input: '2+2?', system: null });
  expect(await control.context.stores.suites.replayable('triage', { withTools: false })).toEqual([
    inputDigestOf('2+2?'),
  ]);
});

test('a sampled call becomes a case of another version, beside those that were there', async () => {
  const before = await suite();
  const { body } = await control.ask('engineer', 'GET', '/api/suites/triage/samples');
  expect(body.items).toEqual([
    { callId: sampled, keptAt: expect.any(String), input: '3+3?', system: 'Count.', answer: '6' },
  ]);
  const accept = (samples: object[]) => control.ask('engineer', 'POST', '/api/suites/triage/samples', { samples });
  expect((await accept([{ callId: '01900000-0000-7000-8000-0000000000bb' }])).status).toBe(404);
  const accepted = await accept([{ callId: sampled, expected: 'six' }]);
  expect(accepted.body).toMatchObject({ caseCount: 2, changed: true, previous: before.hash });
  expect(await suite()).toMatchObject({ version: before.version + 1, hash: accepted.body.hash });
  const cases = await control.context.stores.suites.cases('triage', before.version + 1);
  expect(new Set(cases.map(({ expected }) => expected))).toEqual(new Set(['4', 'six']));
  expect(await inputOf('3+3?')).toEqual({ input: '3+3?', system: 'Count.' });
  expect((await control.ask('engineer', 'GET', '/api/suites/triage/samples')).body.items).toEqual([]);
});

test('content is not shown to viewers, and a suite without inputs cannot be replayed', async () => {
  expect((await control.ask('viewer', 'GET', '/api/suites/triage/samples')).status).toBe(403);
  const replay = () => control.ask('engineer', 'POST', '/api/suites/triage/replay');
  expect((await replay()).body).toMatchObject({
    code: 'invalid_request',
    detail: expect.stringContaining('it is off'),
  });
  await control.ask('engineer', 'POST', '/api/use-cases/triage/mode', { mode: 'shadow' });
  expect((await replay()).body).toEqual({
    useCase: 'triage',
    cases: 2,
  });
  expect([...(await (control.context.suitePasses as SuitePassStore).wanted())]).toEqual(['triage']);
  expect((await control.ask('engineer', 'POST', '/api/suites/other/replay')).status).toBe(404);
});

test('a suite graded by tool calls offers tools or is not replayed; what a sampled call called is what its case expects', async () => {
  const grader = { kind: 'tool_calls', reference: 'suite' };
  expect(await control.ask('engineer', 'PUT', '/api/use-cases/triage', { ...triage, grader })).toMatchObject({
    status: 200,
  });
  const replay = () => control.ask('engineer', 'POST', '/api/suites/triage/replay');
  expect((await replay()).body).toMatchObject({ detail: expect.stringContaining('no case of it offers tools') });

  const offered = { tools: [{ type: 'function', function: { name: 'sort' } }], toolChoice: 'required' };
  const callId = '01900000-0000-7000-8000-0000000000cc';
  const calls = [{ name: 'sort', arguments: '{"desk":"billing"}' }];
  const text = JSON.stringify({ input: 'Sort.', system: null, answer: '', ...offered, calls });
  const sealed = seal(control.context.masterKey, Buffer.from(text), sampleAad(callId));
  await (control.context.suitePasses as SuitePassStore).keepSample({ callId, useCase: 'triage', sealed });
  const { body: shown } = await control.ask('engineer', 'GET', '/api/suites/triage/samples');
  expect(shown.items).toMatchObject([{ callId, ...offered, calls }]);
  const accept = { samples: [{ callId }] };
  expect((await control.ask('engineer', 'POST', '/api/suites/triage/samples', accept)).status).toBe(200);
  const { version } = await suite();
  const cases = await control.context.stores.suites.cases('triage', version);
  expect(cases).toContainEqual({ inputDigest: inputDigestOf('Sort.'), expected: [{ sort: { desk: ['billing'] } }] });
  expect(await inputOf('Sort.')).toEqual({ input: 'Sort.', system: null, ...offered });
  expect((await replay()).body).toEqual({ useCase: 'triage', cases: 1 });

  // Another sample leaves the tools of those before it: the hash is made of what was kept.
  const { hash } = await suite();
  const again = JSON.stringify({ input: 'Sort.', expected: [{ sort: { desk: ['billing'] } }], ...offered });
  const others = ['2+2?', '3+3?'].map((input) => ({ input, expected: { '2+2?': '4', '3+3?': 'six' }[input] }));
  const lines = others.map((line) => JSON.stringify(line.input === '3+3?' ? { ...line, system: 'Count.' } : line));
  const upload = await control.ask(
    'engineer',
    'PUT',
    '/api/suites/triage?dryRun=true',
    [...lines, again].join('\n'),
    'application/jsonl',
  );
  expect(upload.body).toMatchObject({ changed: false, hash });
});
