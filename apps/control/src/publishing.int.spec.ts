import { afterEach, beforeEach, expect, test } from 'vitest';
import { DeskFault } from '#contracts/envelope-desk.js';
import type { PublishedSnapshot } from '#contracts/snapshot-feed.js';
import { restoreFeed } from '#postgres/admin/publish-keys.js';
import { declareNorth, type RunningControl, startControl, triage } from './control-fixture.spec-data.js';
import { ledgerLines } from './ledger-lines.spec-data.js';

let control: RunningControl;
beforeEach(async () => {
  control = await startControl();
  await declareNorth(control);
});
afterEach(() => control.stop());

const latest = async () => (await control.context.publishing.feed.latest())!;
const putTriage = (also: object) => control.ask('engineer', 'PUT', '/api/use-cases/triage', { ...triage, ...also });
const lineCount = async () => (await ledgerLines(control.databaseUrl)).length;

test('a change that would break the snapshot changes nothing: not the rows, not the ledger, not the feed', async () => {
  const [before, lines] = [await latest(), await lineCount()];
  const refused = await control.ask('engineer', 'DELETE', '/api/venues/north');
  expect([refused.status, refused.body.code]).toEqual([422, 'snapshot_invalid']);
  expect(refused.body.errors.map(({ message }: { message: string }) => message)).toEqual([
    'route north/large names the unknown venue north',
    'route north/small names the unknown venue north',
  ]);
  expect((await control.ask('viewer', 'GET', '/api/venues/north')).status).toBe(200);
  expect([await latest(), await lineCount()]).toEqual([before, lines]);
});

test('what is put as it was makes no snapshot and no line', async () => {
  const [before, lines] = [await latest(), await lineCount()];
  expect((await putTriage({})).status).toBe(200);
  expect([await latest(), await lineCount()]).toEqual([before, lines]);
});

test('a venue that is put at another address has routes of another revision, under another gate; otherwise it has not', async () => {
  const venue = { protocol: 'openai-chat', baseUrl: 'https://north.example/v1' };
  const put = async (also: object) => {
    expect((await control.ask('engineer', 'PUT', '/api/venues/north', { ...venue, ...also })).status).toBe(200);
    const { routes, useCases } = JSON.parse((await latest()).body);
    return [routes[0].revision, useCases[0].gateHash];
  };
  const before = await put({});
  expect(await put({ idleTimeoutMs: 30_000, credential: 'sk-another' })).toEqual(before);
  const moved = await put({ baseUrl: 'https://north.example/v2' });
  expect(moved).toEqual(['2026-10-01, move 1', expect.not.stringMatching(before[1])]);
  // What answered at the first address may be anything by now.
  expect(await put({})).toEqual(['2026-10-01, move 2', expect.not.stringMatching(`${before[1]}|${moved[1]}`)]);
  expect((await control.ask('viewer', 'GET', '/api/venues/north')).body).not.toHaveProperty('moves');
});

test('a venue that is declared again under the name of one that was deleted is another venue', async () => {
  const [venue, route] = [
    { protocol: 'openai-chat', baseUrl: 'https://east.example/v1' },
    {
      venue: 'east',
      model: 'small',
      revision: '2026-10-01',
      family: 'small',
      contextWindow: 128_000,
      maxOutputTokens: 16_384,
    },
  ];
  const ask = async (method: string, path: string, body?: object) =>
    expect((await control.ask('engineer', method, path, body)).status).toBeLessThan(300);
  const revisionOnceDeclared = async () => {
    await ask('PUT', '/api/venues/east', venue);
    await ask('PUT', '/api/routes', { ...route, capabilities: [] });
    const { routes } = JSON.parse((await latest()).body) as { routes: { id: string; revision: string }[] };
    return routes.find(({ id }) => id === 'east/small')?.revision;
  };
  const remove = async () => {
    await ask('DELETE', '/api/routes?id=east/small');
    await ask('DELETE', '/api/venues/east');
    expect((await control.ask('viewer', 'GET', '/api/venues/east')).status).toBe(404);
    expect((await control.ask('engineer', 'DELETE', '/api/venues/east')).status).toBe(404);
  };
  expect(await revisionOnceDeclared()).toBe('2026-10-01');
  await remove();
  expect(await revisionOnceDeclared()).toBe('2026-10-01, move 1');
  await remove();
  expect(await revisionOnceDeclared()).toBe('2026-10-01, move 2');
  await remove();
});

test('asked to, it publishes the same again under the next version', async () => {
  const before = await latest();
  const { body } = await control.ask('engineer', 'POST', '/api/snapshots');
  expect(body.version).toBe(before.version + 1);
  expect((await latest()).version).toBe(body.version);
});

test('changes at once each get a version of their own, and the last holds all of them', async () => {
  const before = (await latest()).version;
  const models = Array.from({ length: 12 }, (_, at) => `alias-${at}`);
  const answers = await Promise.all(
    models.map((model) => control.ask('engineer', 'PUT', '/api/models', { model, route: 'north/small' })),
  );
  expect(answers.map(({ status }) => status)).toEqual(models.map(() => 200));
  const last = await latest();
  expect(last.version).toBe(before + 12);
  expect(Object.keys(JSON.parse(last.body).models).sort()).toEqual([...models].sort());
});

test('without the ledger nothing changes', async () => {
  const before = await latest();
  const append = control.context.publishing.append;
  control.context.publishing.append = () => Promise.reject(new Error('connection refused'));
  expect((await putTriage({ samplingShare: 1 })).body.code).toBe('ledger_unavailable');
  expect((await control.ask('engineer', 'POST', '/api/keys', { name: 'k', team: 't' })).body.code).toBe(
    'ledger_unavailable',
  );
  control.context.publishing.append = append;
  expect((await control.ask('viewer', 'GET', '/api/use-cases/triage')).body.definition.samplingShare).toBeNull();
  expect((await control.ask('viewer', 'GET', '/api/keys')).body.items).toEqual([]);
  expect(await latest()).toEqual(before);
});

test('a feed that fails after the commit says the change stands, and the next change carries it', async () => {
  const { feed } = control.context.publishing;
  const publish = feed.publish.bind(feed);
  feed.publish = () => Promise.reject(new Error('read only'));
  const answer = await putTriage({ samplingShare: 1 });
  expect(answer.body).toMatchObject({
    status: 503,
    code: 'feed_unavailable',
    detail: expect.stringContaining('stands'),
  });
  feed.publish = publish;
  expect(JSON.parse((await latest()).body).useCases[0].samplingShare).toBe(0.2);
  await putTriage({ samplingShare: 1 });
  expect(JSON.parse((await latest()).body).useCases[0].samplingShare).toBe(1);
});

test('a feed that does not answer before the commit changes nothing', async () => {
  const { feed } = control.context.publishing;
  const asked = feed.latest.bind(feed);
  feed.latest = () => Promise.reject(new Error('timeout'));
  const answer = await putTriage({ samplingShare: 1 });
  expect(answer.body).toMatchObject({
    code: 'feed_unavailable',
    detail: expect.stringContaining('Nothing was changed'),
  });
  expect((await control.ask(null, 'GET', '/ready')).body).toEqual({
    ready: true,
    checks: { database: 'ok', feed: 'down', desk: 'ok' },
  });
  feed.latest = asked;
  expect((await control.ask('viewer', 'GET', '/api/use-cases/triage')).body.definition.samplingShare).toBeNull();
});

test('where proxies cannot be told, no key is issued and none is revoked', async () => {
  const { feed } = control.context.publishing;
  const issued = (await control.ask('engineer', 'POST', '/api/keys', { name: 'k', team: 't' })).body.key;
  const publishKeys = feed.publishKeys.bind(feed);
  feed.publishKeys = () => Promise.reject(new Error('read only'));
  const lines = await lineCount();
  expect((await control.ask('engineer', 'POST', '/api/keys', { name: 'l', team: 't' })).body.code).toBe(
    'feed_unavailable',
  );
  const revoked = await control.ask('engineer', 'DELETE', `/api/keys/${issued.id}`);
  expect(revoked.body).toMatchObject({
    code: 'feed_unavailable',
    detail: expect.stringContaining('Nothing was changed'),
  });
  feed.publishKeys = publishKeys;
  expect((await control.ask('viewer', 'GET', '/api/keys')).body.items).toEqual([issued]);
  expect(await lineCount()).toBe(lines);
});

test('a feed that lost everything is filled again: the snapshot under its version, and every key', async () => {
  await control.ask('engineer', 'POST', '/api/keys/bulk', { name: 'b', team: 't', count: 5 });
  const before = await latest();
  let held: PublishedSnapshot | null = null;
  const keys: unknown[] = [];
  const feed = {
    ...control.context.publishing.feed,
    latest: async () => held,
    publish: async (snapshot: PublishedSnapshot) => void (held = snapshot),
    keysSince: async () => [],
    publishKeys: async (page: unknown[]) => (keys.push(...page), []),
  };
  expect(await restoreFeed({ ...control.context.publishing, feed })).toEqual({ snapshot: before.version, keys: 5 });
  expect(held).toEqual(before);
});

test('a limit reaches the desk before proxies hear of the envelope; a desk that is down changes nothing', async () => {
  const { desk } = control.context;
  await desk.rebuild({ envelopes: [], balances: [], holds: [], lines: [] });
  const envelope = {
    scope: { kind: 'organisation' },
    limitNanoUsd: '1',
    window: { unit: 'day', zone: 'Europe/Berlin' },
  };
  expect((await control.ask('finance', 'PUT', '/api/envelopes/all', envelope)).status).toBe(200);
  const hold = (holdId: string, amountNanoUsd: bigint) =>
    desk.hold([
      { holdId, callId: holdId, amountNanoUsd, envelopes: [{ id: 'all', refuses: true }], expiresInMs: 60_000 },
    ]);
  expect(await hold('a', 600_000_000n)).toMatchObject([{ outcome: 'held' }]);
  expect(await hold('b', 600_000_000n)).toMatchObject([
    { outcome: 'refused', refusal: { limitNanoUsd: 1_000_000_000n } },
  ]);
  const { body } = await control.ask('viewer', 'GET', '/api/envelopes/all');
  expect(body).toMatchObject({
    definition: { limitNanoUsd: '1' },
    balance: { heldNanoUsd: '600000000', settledNanoUsd: '0' },
  });
  const put = desk.putEnvelopes.bind(desk);
  desk.putEnvelopes = () => Promise.reject(new DeskFault(new Error('frozen')));
  const refused = await control.ask('finance', 'PUT', '/api/envelopes/all', { ...envelope, limitNanoUsd: '2' });
  expect(refused.body.code).toBe('desk_unavailable');
  desk.putEnvelopes = put;
  expect((await control.ask('viewer', 'GET', '/api/envelopes/all')).body.definition.limitNanoUsd).toBe('1');
  const changes = (await ledgerLines(control.databaseUrl)).filter(({ kind }) => kind === 'envelope_change');
  expect(changes[0]).toMatchObject({
    actor: 'finance@bank.example',
    body: { before: null, after: { limitNanoUsd: '1' } },
  });
});

test('a price book is versioned, named by its hash, and stays readable', async () => {
  const { body: first } = await control.ask('viewer', 'GET', '/api/prices');
  const rows = first.rows.map((row: object) => ({ ...row, ratePicoUsd: '77' }));
  const alone = await control.ask('finance', 'POST', '/api/prices', { rows });
  expect(alone.body).toMatchObject({ status: 403, code: 'author_cannot_approve' });
  const { body: version } = await control.ask('admin', 'POST', '/api/prices', { rows });
  expect(version).toMatchObject({ version: 2, approvedBy: 'root' });
  expect((await control.ask('finance', 'POST', '/api/prices', { rows })).body).toEqual(version);
  expect((await control.ask('viewer', 'GET', `/api/prices/versions/${first.hash}`)).body).toEqual(first);
  expect(JSON.parse((await latest()).body).prices.hash).toBe(version.hash);
  expect((await ledgerLines(control.databaseUrl)).at(-1)).toMatchObject({
    kind: 'price_version',
    body: { priceBook: version.hash, previous: first.hash, rows: 4 },
  });
});

test.each<[string, string, string, unknown, string]>([
  ['a misspelt field', 'PUT', '/api/use-cases/triage', { ...triage, flor: 1 }, 'unknown field "flor"'],
  ['one deep inside', 'PUT', '/api/use-cases/triage', { ...triage, floor: { absolute: 0.9, x: 1 } }, 'floor.x'],
  ['a NUL', 'PUT', '/api/use-cases/triage', { ...triage, grader: { kind: 'regex', pattern: 'a\0' } }, 'grader.pattern'],
  ['a key for no use case', 'POST', '/api/keys', { name: 'k', team: 'care', useCase: 'x' }, 'there is no use case x'],
  ['half a surrogate pair', 'POST', '/api/keys', { name: '\ud800', team: 'care' }, 'name'],
  [
    'an unknown zone',
    'PUT',
    '/api/envelopes/e',
    { scope: { kind: 'organisation' }, limitNanoUsd: '1', window: { unit: 'day', zone: 'Mars/Phobos' } },
    'window.zone',
  ],
  [
    'money as a float',
    'PUT',
    '/api/envelopes/e',
    { scope: { kind: 'organisation' }, limitNanoUsd: 0.5, window: { unit: 'day' } },
    'limitNanoUsd',
  ],
  ['no JSON', 'PUT', '/api/use-cases/triage', '{"a":', ''],
  [
    'a free price unsaid',
    'POST',
    '/api/prices',
    {
      rows: [
        {
          venue: 'north',
          model: 'm',
          tier: 'standard',
          meter: 'requests',
          ratePicoUsd: '0',
          validFrom: '2026-01-01T00:00:00Z',
          source: 's',
        },
      ],
    },
    'rows.0.ratePicoUsd',
  ],
])('%s is refused, and named', async (_, method, path, body, words) => {
  const { status, body: problem, type } = await control.ask('admin', method, path, body);
  expect([status, problem.code]).toEqual([400, 'invalid_request']);
  expect(type).toContain('application/problem+json');
  expect(`${problem.detail} ${JSON.stringify(problem.errors)}`).toContain(words);
});

test('a suite is refused with its line, and is the same in any order of lines', async () => {
  const upload = (text: string, query = '') =>
    control.ask('engineer', 'PUT', `/api/suites/triage${query}`, text, 'application/jsonl');
  expect((await upload('{"input":"a","expected":1}\n{"input":')).body.detail).toContain('Line 2');
  expect((await upload('{"input":"a","expected":1}\n\n{"input":" a ","expected":2}')).body.detail).toBe(
    'Line 3 of the suite: asks the same as line 1',
  );
  expect((await upload('{"input":"a","expectd":1}')).body.code).toBe('invalid_request');
  expect((await upload('\n')).body.detail).toContain('no case');
  expect((await control.ask('engineer', 'PUT', '/api/suites/triage', {})).body.code).toBe('unsupported_media_type');
  const lines = ['{"input":"a","expected":null}', '{"input":"b","expected":{"x":[1]}}'];
  const dry = await upload(lines.join('\n'), '?dryRun=true');
  expect(dry.body).toMatchObject({ changed: true, caseCount: 2 });
  expect((await upload(lines.join('\n'), '?dryRun=true')).body.changed).toBe(true);
  expect((await upload(lines.join('\n'))).body.hash).toBe(dry.body.hash);
  expect((await upload(lines.reverse().join('\r\n'))).body).toMatchObject({ changed: false, hash: dry.body.hash });
});
