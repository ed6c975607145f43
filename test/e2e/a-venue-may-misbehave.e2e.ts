/** A venue that hangs, resets, lies or sends no usage: what the client gets, and that the attempt ends once in the ledger. */
import { afterEach, beforeAll, afterAll, expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { useCaseRow } from '../support/venue-world.js';

let proxy: ProxyUnderTest;
let secret: string;
let envelope: string;

beforeAll(async () => {
  proxy = await startProxyUnderTest();
  envelope = 'org';
  await proxy.envelope(envelope, 1_000_000_000_000n);
  await proxy.publish({
    envelopes: [{ id: envelope, scope: { kind: 'organisation' }, purpose: 'live' }],
    useCases: [useCaseRow({ slug: 'with-fallback', mode: 'off', fallbacks: ['beta/big'] })],
  });
  secret = await proxy.issue();
});
afterAll(() => proxy.stop());
afterEach(() => proxy.simulator.clearFaults());

const text = 'one two three four five six seven eight nine ten';
const body = (stream: boolean) => ({
  model: 'big',
  max_tokens: 100,
  messages: [{ role: 'user', content: text }],
  stream,
});

/** The records of one call, all attempts, once its final one is there and nothing is held any more. */
async function recordsOf(callId: string | null): Promise<CallRecord[]> {
  let mine: CallRecord[] = [];
  await until(async () => {
    mine = (await proxy.records(1)).filter((record) => record.callId === callId);
    const [balance] = await proxy.desk.balances([envelope]);
    return mine.some((record) => record.final) && balance?.heldNanoUsd === 0n;
  });
  return mine;
}

const brief = (record: CallRecord) => `${record.outcome} ${record.costBasis} ${record.status} ${record.usage.basis}`;

type Expected = { status: number; code?: string; record: string; brokenOff?: boolean };
const cases: [string, boolean, Expected][] = [
  ['hang', false, { status: 504, code: 'venue_timeout', record: 'fault estimated null missing' }],
  ['hang', true, { status: 504, code: 'venue_timeout', record: 'fault estimated null missing' }],
  ['reset', false, { status: 502, code: 'venue_broke_off', record: 'fault estimated null missing' }],
  ['redirect', false, { status: 502, code: 'venue_broke_off', record: 'fault estimated null missing' }],
  ['status', false, { status: 500, record: 'fault none 500 reported' }],
  ['empty_body', false, { status: 200, record: 'truncated estimated 200 missing' }],
  ['no_usage', false, { status: 200, record: 'served estimated 200 missing' }],
  ['usage_inconsistent', false, { status: 200, record: 'served estimated 200 quarantined' }],
  ['no_usage', true, { status: 200, record: 'served estimated 200 missing' }],
  ['usage_inconsistent', true, { status: 200, record: 'served estimated 200 quarantined' }],
  ['usage_twice', true, { status: 200, record: 'served reported 200 reported' }],
  ['garbage_sse', true, { status: 200, record: 'served reported 200 reported' }],
  ['comments', true, { status: 200, record: 'served reported 200 reported' }],
  ['cr_only_lines', true, { status: 200, record: 'served reported 200 reported' }],
  ['huge_event', true, { status: 200, record: 'served reported 200 reported' }],
  ['reset_mid_stream', true, { status: 200, record: 'truncated estimated 200 missing', brokenOff: true }],
  ['hang_mid_stream', true, { status: 200, record: 'truncated estimated 200 missing', brokenOff: true }],
  ['truncate', true, { status: 200, record: 'truncated estimated 200 missing', brokenOff: true }],
  ['error_in_stream', true, { status: 200, record: 'truncated estimated 200 missing', brokenOff: true }],
  ['half_close', true, { status: 200, record: 'truncated estimated 200 missing', brokenOff: true }],
];

test.each(cases)('%s, stream %s', async (kind, stream, expected) => {
  proxy.simulator.order({ venue: 'alpha', kind: kind as 'hang', times: 1 });
  const answer = await proxy.post(secret, body(stream));
  expect(answer.status).toBe(expected.status);
  const received = await answer.text();
  if (expected.code) expect(received).toContain(`"code":"${expected.code}"`);
  if (expected.brokenOff) {
    expect(received).not.toContain('[DONE]');
    expect(received.trimEnd().split('\n').at(-1)).toContain('"error"');
  } else if (stream && expected.status === 200) expect(received).toContain('[DONE]');
  const records = await recordsOf(answer.headers.get('x-flux-request-id'));
  expect(records.map(brief)).toEqual([expected.record]);
  if (records[0]?.costBasis === 'estimated') expect(records[0].costPicoUsd).toBeGreaterThan(0n);
});

test('a venue that cannot be reached at all sold nothing', async () => {
  const { venueRows } = await import('../support/venue-world.js');
  await proxy.publish({ venues: venueRows('http://127.0.0.1:1'), envelopes: [] });
  const answer = await proxy.post(secret, body(false));
  expect(await answer.json()).toMatchObject({ error: { code: 'venue_unreachable' } });
  expect((await recordsOf(answer.headers.get('x-flux-request-id'))).map(brief)).toEqual(['fault none null missing']);
});

test.each(['reset', 'hang', 'status'])(
  '%s before the first byte: the configured fallback answers, each attempt on its own line',
  async (kind) => {
    await proxy.publish({ useCases: [useCaseRow({ slug: 'with-fallback', mode: 'off', fallbacks: ['beta/big'] })] });
    proxy.simulator.order({
      venue: 'alpha',
      kind: kind as 'hang',
      times: 1,
      ...(kind === 'status' ? { status: 503 } : {}),
    });
    const answer = await proxy.post(secret, body(true), { 'x-o10-use-case': 'with-fallback' });
    expect(answer.headers.get('x-o10-venue')).toBe('beta');
    expect(answer.headers.get('x-flux-routed')).toBe('true');
    expect(await answer.text()).toContain('[DONE]');
    const records = await recordsOf(answer.headers.get('x-flux-request-id'));
    expect(records.map((record) => [record.attempt, record.venue, record.final, record.outcome])).toEqual([
      [1, 'alpha', false, 'fault'],
      [2, 'beta', true, 'served'],
    ]);
  },
);
