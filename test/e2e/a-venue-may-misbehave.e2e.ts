/** A venue that hangs, resets, lies or sends no usage: what the client gets, and that the attempt ends once in the ledger. */
import { afterEach, beforeAll, afterAll, describe, expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import type { Snapshot } from '#contracts/snapshot.js';
import type { Venue } from '#contracts/venue.js';
import { credentialAad, keyFromHex, sealText } from '#runtime/seal.js';
import type { FaultOrder } from '../../apps/simulator/src/fault.js';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { masterKey, snapshotOf, useCaseRow, venueRows } from '../support/venue-world.js';

let proxy: ProxyUnderTest;
let secret: string;
const envelope = 'org';

/** The same simulated venue twice: spoken to as OpenAI's and as Anthropic's; and each once more where nobody listens. */
function world(simulatorUrl: string): Partial<Snapshot> {
  const base = snapshotOf(simulatorUrl);
  const [alpha] = venueRows(simulatorUrl, { firstByteTimeoutMs: 1_000, idleTimeoutMs: 1_000 });
  const anthropic = { protocol: 'anthropic-messages' as const };
  const also = [
    sealed({ ...alpha!, id: 'claude', ...anthropic }),
    sealed({ ...alpha!, id: 'shut', baseUrl: 'http://127.0.0.1:1/v1' }),
    sealed({ ...alpha!, id: 'shut-claude', ...anthropic, baseUrl: 'http://127.0.0.1:1/v1' }),
  ];
  const ids = also.map(({ id }) => id);
  const ofAlpha = base.prices.rows.filter(({ venue, model }) => venue === 'alpha' && model === 'big');
  return {
    venues: [alpha!, ...base.venues.slice(1), ...also],
    routes: [...base.routes, ...ids.map((venue) => ({ ...base.routes[0]!, id: `${venue}/big`, venue }))],
    models: { ...base.models, ...Object.fromEntries(ids.map((venue) => [venue, `${venue}/big`])) },
    prices: {
      ...base.prices,
      rows: [...base.prices.rows, ...ids.flatMap((venue) => ofAlpha.map((row) => ({ ...row, venue })))],
    },
    envelopes: [{ id: envelope, scope: { kind: 'organisation' }, purpose: 'live' }],
    useCases: [useCaseRow({ slug: 'with-fallback', mode: 'off', fallbacks: ['beta/big'] })],
  };
}

const sealed = (row: Venue): Venue => ({
  ...row,
  sealedCredential: sealText(keyFromHex(masterKey), 'sk-alpha', credentialAad(row)),
});

beforeAll(async () => {
  proxy = await startProxyUnderTest();
  await proxy.envelope(envelope, 1_000_000_000_000n);
  await proxy.publish(world(proxy.simulator.url));
  secret = await proxy.issue();
});
afterAll(() => proxy.stop());
afterEach(() => proxy.simulator.clearFaults());

const text = 'one two three four five six seven eight nine ten';
const body = (stream: boolean, model = 'big') => ({
  model,
  max_tokens: 100,
  messages: [{ role: 'user', content: text }],
  stream,
});

/** What a caller of each format does, and how the end of a good stream and of a broken one looks to it. */
const formats = {
  'openai-chat': {
    model: 'big',
    shut: 'shut',
    ask: (stream: boolean, model: string) => proxy.post(secret, body(stream, model)),
    end: '[DONE]',
    errorAtEnd: /data: \{"error":\{.*\}\}\s*$/,
  },
  'anthropic-messages': {
    model: 'claude',
    shut: 'shut-claude',
    ask: (stream: boolean, model: string) =>
      fetch(`${proxy.url}/anthropic/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': secret, 'anthropic-version': '2023-06-01' },
        body: JSON.stringify(body(stream, model)),
      }),
    end: 'event: message_stop',
    errorAtEnd: /event: error\ndata: \{"type":"error",.*\}\s*$/,
  },
};
const formatNames = Object.keys(formats) as (keyof typeof formats)[];

/** The records of one call, all attempts, once its final one is there and nothing is held any more. */
async function recordsOf(callId: string | null): Promise<CallRecord[]> {
  let mine: CallRecord[] = [];
  await until(async () => {
    mine = (await proxy.records(1)).filter((record) => record.callId === callId);
    const [balance] = await proxy.desk.balances([envelope]);
    return mine.some((record) => record.final) && (balance?.heldNanoUsd ?? 0n) === 0n;
  });
  return mine;
}

const brief = (record: CallRecord) => `${record.outcome} ${record.costBasis} ${record.status} ${record.usage.basis}`;

interface Expected {
  status: number;
  /** Our own refusal; absent: the venue's answer, whatever it is. */
  code?: string;
  /** How the stream ends for the client; absent: in one piece, or an error without a stream. */
  stream?: 'whole' | 'broken' | 'broken after its end';
  /** `outcome basis status usage` of the one record. */
  record: string;
  retryAfter?: string;
}
type Fault = Omit<FaultOrder, 'venue' | 'times'>;

const broken = { status: 200, stream: 'broken', record: 'truncated estimated 200 missing' } as const;
const whole = { status: 200, stream: 'whole', record: 'served reported 200 reported' } as const;
const brokeOff = { status: 502, code: 'venue_broke_off', record: 'fault estimated null missing' } as const;
const itsOwn = (status: number) => ({ status, record: `fault none ${status} reported` });

/** Null: nobody listens. Each once in each format, streamed. */
const streamed: [name: string, fault: Fault | null, expected: Expected][] = [
  ['refuses the connection', null, { status: 502, code: 'venue_unreachable', record: 'fault none null missing' }],
  ['is silent', { kind: 'hang' }, { status: 504, code: 'venue_timeout', record: 'fault estimated null missing' }],
  ['stalls in the middle', { kind: 'hang_mid_stream', afterChunks: 3 }, broken],
  ['resets the connection', { kind: 'reset' }, brokeOff],
  ['ends cleanly in the middle', { kind: 'truncate', afterChunks: 3 }, broken],
  ['closes its half in the middle', { kind: 'half_close', afterChunks: 3 }, broken],
  [
    'limits the rate, saying how long',
    { kind: 'status', status: 429, retryAfter: 7 },
    { ...itsOwn(429), retryAfter: '7' },
  ],
  ['limits the rate, not saying how long', { kind: 'status', status: 429 }, itsOwn(429)],
  ['fails', { kind: 'status', status: 500 }, itsOwn(500)],
  ['is unavailable', { kind: 'status', status: 503 }, itsOwn(503)],
  ['is overloaded', { kind: 'status', status: 529 }, itsOwn(529)],
  ['reports an error in the stream', { kind: 'error_in_stream', afterChunks: 3, status: 529 }, broken],
  [
    'reports an error as data, then ends as if well',
    { kind: 'error_as_data', afterChunks: 3 },
    { ...broken, stream: 'broken after its end' },
  ],
  ['sends garbage between events', { kind: 'garbage_sse' }, whole],
  ['sends no usage', { kind: 'no_usage' }, { ...whole, record: 'served estimated 200 missing' }],
  ['sends its usage twice', { kind: 'usage_twice' }, whole],
  [
    'contradicts itself about usage',
    { kind: 'usage_inconsistent' },
    { ...whole, record: 'served estimated 200 quarantined' },
  ],
  [
    'promises more bytes than it has',
    { kind: 'wrong_content_length' },
    { ...whole, stream: 'broken after its end', record: 'truncated reported 200 reported' },
  ],
  ['sends a byte at a time', { kind: 'slow', delayMs: 0 }, whole],
  ['sends an event of 10 MB', { kind: 'huge_event' }, whole],
  ['sends a gzip bomb', { kind: 'gzip_bomb' }, brokeOff],
  ['redirects', { kind: 'redirect' }, brokeOff],
  ['sends a second response nobody asked for', { kind: 'extra_bytes' }, whole],
  ['ends its lines with CR alone', { kind: 'cr_only_lines' }, whole],
  ['keeps alive with comments', { kind: 'comments' }, whole],
  ['answers 200 at once and then pauses', { kind: 'early_200_pause' }, broken],
];

const inOnePiece: typeof streamed = [
  ['is silent', { kind: 'hang' }, { status: 504, code: 'venue_timeout', record: 'fault estimated null missing' }],
  ['sends nothing', { kind: 'empty_body' }, { status: 200, record: 'truncated estimated 200 missing' }],
  ['sends no usage', { kind: 'no_usage' }, { status: 200, record: 'served estimated 200 missing' }],
  ['contradicts itself', { kind: 'usage_inconsistent' }, { status: 200, record: 'served estimated 200 quarantined' }],
];

describe.each(formatNames)('%s', (name) => {
  const format = formats[name];

  test.each([...streamed.map((row) => [true, ...row] as const), ...inOnePiece.map((row) => [false, ...row] as const)])(
    'streamed %s: a venue that %s',
    async (stream, _name, fault, expected) => {
      if (fault) proxy.simulator.order({ ...fault, venue: 'alpha', times: 1 });
      const answer = await format.ask(stream, fault ? format.model : format.shut);
      const received = await answer.text();
      expect(answer.status).toBe(expected.status);
      expect(answer.headers.get('retry-after')).toBe(expected.retryAfter ?? null);
      if (expected.code) expect(received).toContain(`"code":"${expected.code}"`);
      if (expected.stream) expect(received.includes(format.end)).toBe(expected.stream !== 'broken');
      if (expected.stream?.startsWith('broken')) expect(received).toMatch(format.errorAtEnd);
      const records = await recordsOf(answer.headers.get('x-flux-request-id'));
      expect(records.map(brief)).toEqual([expected.record]);
      expect(records[0]!.costPicoUsd).toBe(await owed(records[0]!));
    },
  );
});

/** What the books must say: the venue's own bill where it reported, the ceiling where nobody knows, nothing where nothing was sold. */
async function owed({ costBasis, attemptId, heldNanoUsd, costPicoUsd }: CallRecord): Promise<bigint> {
  if (costBasis === 'none') return 0n;
  if (costBasis === 'estimated') {
    expect((costPicoUsd + 999n) / 1000n).toBe(heldNanoUsd);
    return costPicoUsd;
  }
  await until(async () => proxy.simulator.bill().inFlight === 0);
  const line = proxy.simulator.bill().lines.find(({ clientRequestId }) => clientRequestId === attemptId);
  return BigInt(line!.costPicoUsd);
}

test.each(['reset', 'hang', 'status'])(
  '%s before the first byte: the configured fallback answers, each attempt on its own line',
  async (kind) => {
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
    expect(
      records
        .toSorted((one, other) => one.attempt - other.attempt)
        .map((record) => [record.kind, record.attempt, record.venue, record.final, record.outcome]),
    ).toEqual([
      ['attempt', 1, 'alpha', false, 'fault'],
      ['call', 2, 'beta', true, 'served'],
    ]);
  },
);
