/** Every way a call can be wrong: the answer in OpenAI's shape with a stable code, nothing dialled, and its line. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { issueKey, snapshotOf, useCaseRow } from '../support/venue-world.js';

let proxy: ProxyUnderTest;
let secret: string;

const call = { model: 'big', messages: [{ role: 'user', content: 'hello' }] };

beforeAll(async () => {
  proxy = await startProxyUnderTest();
  await proxy.envelope('small-envelope', 20_000n);
  await proxy.publish({
    useCases: [useCaseRow({ slug: 'support' })],
    envelopes: [{ id: 'small-envelope', scope: { kind: 'team', team: 'poor' }, purpose: 'live' }],
    routes: [
      ...snapshotOf('http://x').routes,
      { ...snapshotOf('http://x').routes[0]!, id: 'alpha/unpriced', model: 'unpriced' },
    ],
  });
  secret = await proxy.issue();
});
afterAll(() => proxy.stop());

interface Refused {
  error: { message: string; type: string; code: string; param: string | null };
}

/** Status and code of the answer, after checking its shape, that no venue was dialled and that its line says the same. */
async function refusalOf(answer: Promise<Response>, before = dials()): Promise<string> {
  const response = await answer;
  const { error } = (await response.json()) as Refused;
  expect(error.message).toMatch(/\w/);
  expect(error.type).toMatch(/_error$/);
  const id = response.headers.get('x-flux-request-id');
  const lines = (await proxy.records(1)).filter((record) => record.callId === id);
  await until(async () => (await proxy.records(1)).some((record) => record.callId === id));
  const line = lines[0] ?? (await proxy.records(1)).find((record) => record.callId === id);
  expect(line).toMatchObject({
    outcome: 'refused',
    refusal: error.code,
    status: response.status,
    costPicoUsd: 0n,
    costBasis: 'none',
    route: null,
  });
  expect(dials()).toBe(before);
  return `${response.status} ${error.code} retry=${response.headers.get('x-should-retry')}`;
}

const dials = () => Object.values(proxy.simulator.dials()).reduce((sum, venue) => sum + venue.received, 0);

describe('the body', () => {
  test.each<[string, string, string]>([
    ['is not JSON', '{"model": "big",', '400 invalid_json retry=false'],
    ['is not an object', '["big"]', '400 invalid_json retry=false'],
    ['has no model', '{"messages":[{"role":"user","content":"x"}]}', '400 invalid_request retry=false'],
    ['has no messages', '{"model":"big","messages":[]}', '400 invalid_request retry=false'],
    [
      'names a field twice',
      '{"model":"big","model":"small","messages":[{"role":"user","content":"x"}]}',
      '400 duplicate_field retry=false',
    ],
    [
      'names it twice, once escaped',
      '{"model":"big","mo\\u0064el":"small","messages":[{"role":"user","content":"x"}]}',
      '400 duplicate_field retry=false',
    ],
    [
      'asks for a negative limit',
      '{"model":"big","max_tokens":-1,"messages":[{"role":"user","content":"x"}]}',
      '400 invalid_request retry=false',
    ],
    [
      'asks for 1e400',
      '{"model":"big","max_tokens":1e400,"messages":[{"role":"user","content":"x"}]}',
      '400 invalid_request retry=false',
    ],
    [
      'names a host',
      '{"model":"big","base_url":"http://evil.example","messages":[{"role":"user","content":"x"}]}',
      '400 invalid_request retry=false',
    ],
    [
      'asks for an unknown model',
      '{"model":"huge","messages":[{"role":"user","content":"x"}]}',
      '404 unknown_model retry=false',
    ],
    [
      'asks for an unknown use case as model',
      '{"model":"usecase/nothing","messages":[{"role":"user","content":"x"}]}',
      '400 unknown_use_case retry=false',
    ],
    [
      'asks for a tier that does not exist',
      '{"model":"big:flex","messages":[{"role":"user","content":"x"}]}',
      '400 tier_not_offered retry=false',
    ],
  ])('%s', async (_name, body, expected) => expect(await refusalOf(proxy.post(secret, body))).toBe(expected));

  test('is not valid UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('{"model":"big","messages":[{"role":"user","content":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}]}'),
    ]);
    const answer = fetch(`${proxy.url}/v1/chat/completions`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    });
    expect(await refusalOf(answer)).toBe('400 invalid_json retry=false');
  });

  test('has the wrong media type, or is encoded', async () => {
    expect(await refusalOf(proxy.post(secret, call, { 'content-type': 'text/plain' }))).toBe(
      '415 unsupported_media_type retry=false',
    );
    expect(await refusalOf(proxy.post(secret, call, { 'content-encoding': 'gzip' }))).toBe(
      '415 unsupported_media_type retry=false',
    );
  });

  test('is too large', async () => {
    const body = JSON.stringify({ ...call, padding: 'x'.repeat(32 * 1024 * 1024) });
    expect(await refusalOf(proxy.post(secret, body))).toBe('413 body_too_large retry=false');
  });

  test('goes to a path that is not served', async () => {
    const answer = fetch(`${proxy.url}/v1/nothing`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await refusalOf(answer)).toBe('404 unknown_endpoint retry=false');
  });
});

describe('the key', () => {
  test('is missing, malformed or unknown', async () => {
    expect(await refusalOf(proxy.post(null, call))).toBe('401 missing_key retry=false');
    expect(await refusalOf(proxy.post('sk-something', call))).toBe('401 unknown_key retry=false');
    expect(await refusalOf(proxy.post(issueKey().secret, call))).toBe('401 unknown_key retry=false');
    expect(await refusalOf(proxy.post(`${secret.slice(0, -1)}x`, call))).toBe('401 unknown_key retry=false');
  });

  test('was revoked, effective at once', async () => {
    const { key, secret: revoked } = issueKey();
    await proxy.change(key);
    await until(async () => (await proxy.post(revoked, call)).status === 200);
    await proxy.change({ ...key, revokedAt: new Date().toISOString() });
    const start = Date.now();
    await until(async () => (await proxy.post(revoked, call)).status === 401);
    expect(Date.now() - start).toBeLessThan(2_000);
    expect(await refusalOf(proxy.post(revoked, call))).toBe('401 revoked_key retry=false');
  });

  test('has expired', async () => {
    const expired = await proxy.issue({ expiresAt: '2026-01-01T00:00:00.000Z' });
    await until(async () => ((await (await proxy.post(expired, call)).json()) as Refused).error.code === 'expired_key');
    expect(await refusalOf(proxy.post(expired, call))).toBe('401 expired_key retry=false');
  });

  test('does not allow the model', async () => {
    const narrow = await proxy.issue({ modelAllowList: ['small'] });
    expect(await refusalOf(proxy.post(narrow, call))).toBe('403 model_not_allowed retry=false');
  });

  test('names an unknown use case in the header', async () => {
    expect(await refusalOf(proxy.post(secret, call, { 'x-o10-use-case': 'nothing' }))).toBe(
      '400 unknown_use_case retry=false',
    );
  });
});

describe('the money', () => {
  test('can never fit', async () => {
    const poor = await proxy.issue({ team: 'poor' });
    const answer = await proxy.post(poor, { ...call, max_tokens: 1000 });
    expect(answer.status).toBe(402);
    expect(await answer.json()).toMatchObject({
      error: {
        code: 'envelope_never_fits',
        envelope: { id: 'small-envelope', limit_usd: '0.00002', settled_usd: '0', held_usd: '0' },
      },
    });
    expect(answer.headers.get('x-should-retry')).toBe('false');
  });

  test('has no price to be held at', async () => {
    const poor = await proxy.issue({ team: 'poor' });
    expect(await refusalOf(proxy.post(poor, { ...call, model: 'alpha/unpriced' }))).toBe(
      '422 price_unknown retry=false',
    );
  });

  test('has the venue run a tool as often as it likes', async () => {
    const poor = await proxy.issue({ team: 'poor' });
    expect(await refusalOf(proxy.post(poor, { ...call, tools: [{ type: 'web_search' }] }))).toBe(
      '422 tool_without_cap retry=false',
    );
  });
});
