/**
 * A venue that hangs, resets, lies or sends no usage: what the client gets, and that the attempt ends once in the ledger.
 * Every pair of formats meets the same fault at the same time, each at a venue of its own.
 */
import { afterEach, beforeAll, afterAll, expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import type { Snapshot } from '#contracts/snapshot.js';
import type { ProtocolName, Venue, VenueProtocol } from '#contracts/venue.js';
import { credentialAad, keyFromHex, sealText } from '#runtime/seal.js';
import type { FaultOrder } from '../../apps/simulator/src/fault.js';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { masterKey, simulatorConfig, snapshotOf, useCaseRow, venueRows } from '../support/venue-world.js';

let proxy: ProxyUnderTest;
let secret: string;
const envelope = 'org';

interface Pair {
  caller: keyof typeof callers;
  speaks: VenueProtocol;
  auth?: Venue['auth'];
  version?: string;
}

/** Who asks, and what the venue asked speaks. The key is the simulated venue, and the model's name. */
const pairs: Record<string, Pair> = {
  chat: { caller: 'openai-chat', speaks: 'openai-chat' },
  messages: { caller: 'anthropic-messages', speaks: 'anthropic-messages' },
  'chat-at-messages': { caller: 'openai-chat', speaks: 'anthropic-messages' },
  'messages-at-chat': { caller: 'anthropic-messages', speaks: 'openai-chat' },
  'responses-at-messages': { caller: 'openai-responses', speaks: 'anthropic-messages' },
  'chat-at-responses': { caller: 'openai-chat', speaks: 'openai-responses' },
  'responses-at-bedrock': { caller: 'openai-responses', speaks: 'bedrock-converse', auth: 'x-api-key', version: '' },
  'messages-at-gemini': {
    caller: 'anthropic-messages',
    speaks: 'gemini-generate',
    auth: 'x-api-key',
    version: 'v1beta',
  },
};
const crosses = ({ caller, speaks }: Pair): boolean => caller !== speaks;

const [alphaSold, ...othersSold] = simulatorConfig().venues;
const sellers = {
  ...simulatorConfig(),
  venues: [
    ...[alphaSold!, ...othersSold],
    ...Object.keys(pairs).map((id) => ({ ...alphaSold!, id, apiKey: `sk-${id}` })),
  ],
};

/** Each simulated venue, and each once more where nobody listens. */
function world(simulatorUrl: string): Partial<Snapshot> {
  const base = snapshotOf(simulatorUrl);
  const [alpha] = venueRows(simulatorUrl, { firstByteTimeoutMs: 1_000, idleTimeoutMs: 1_000 });
  const also = Object.entries(pairs).flatMap(([id, { speaks, auth, version = 'v1' }]) => {
    const row = { ...alpha!, protocol: speaks, auth };
    return [
      sealed({ ...row, id, baseUrl: `${simulatorUrl}/${id}/${version}` }, id),
      sealed({ ...row, id: `shut-${id}`, baseUrl: 'http://127.0.0.1:1/v1' }, id),
    ];
  });
  const ids = also.map(({ id }) => id);
  const ofAlpha = base.prices.rows.filter(({ venue, model }) => venue === 'alpha' && model === 'big');
  return {
    venues: [alpha!, ...base.venues.slice(1), ...also],
    routes: [...base.routes, ...ids.map((venue) => ({ ...base.routes[0]!, id: `${venue}/big`, venue }))],
    models: base.models,
    prices: {
      ...base.prices,
      rows: [...base.prices.rows, ...ids.flatMap((venue) => ofAlpha.map((row) => ({ ...row, venue })))],
    },
    envelopes: [{ id: envelope, scope: { kind: 'organisation' }, purpose: 'live' }],
    useCases: [useCaseRow({ slug: 'with-fallback', mode: 'off', fallbacks: ['beta/big'] })],
  };
}

const sealed = (row: Venue, seller: string): Venue => ({
  ...row,
  sealedCredential: sealText(keyFromHex(masterKey), `sk-${seller}`, credentialAad(row)),
});

beforeAll(async () => {
  proxy = await startProxyUnderTest({ venues: sellers });
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

const ask = (path: string, asked: object) =>
  fetch(`${proxy.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': secret, authorization: `Bearer ${secret}` },
    body: JSON.stringify(asked),
  });

/** What a caller of each format does, and how the end of a good stream and of a broken one looks to it. */
const callers = {
  'openai-chat': {
    ask: (stream: boolean, model: string) => ask('/v1/chat/completions', body(stream, model)),
    end: '[DONE]',
    errorAtEnd: /data: \{"error":\{.*\}\}\s*$/,
  },
  'anthropic-messages': {
    ask: (stream: boolean, model: string) => ask('/anthropic/v1/messages', body(stream, model)),
    end: 'event: message_stop',
    errorAtEnd: /event: error\ndata: \{"type":"error",.*\}\s*$/,
  },
  'openai-responses': {
    ask: (stream: boolean, model: string) =>
      ask('/v1/responses', { model, max_output_tokens: 100, input: text, stream, store: false }),
    end: 'event: response.completed',
    errorAtEnd: /event: error\ndata: \{"type":"error",.*\}\s*$/,
  },
} satisfies Partial<Record<ProtocolName, unknown>>;

/** The records of each call, all attempts, once their final ones are there and nothing is held any more. */
async function recordsOf(...callIds: (string | null)[]): Promise<CallRecord[][]> {
  let mine: CallRecord[][] = [];
  await until(async () => {
    const records = await proxy.records(1);
    mine = callIds.map((id) => records.filter(({ callId }) => callId === id));
    const [balance] = await proxy.desk.balances([envelope]);
    return mine.every((all) => all.some(({ final }) => final)) && (balance?.heldNanoUsd ?? 0n) === 0n;
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
const reportedCut = 'truncated reported 200 reported';
const tooLate = { status: 504, code: 'venue_timeout', record: 'fault estimated null missing' } as const;
const whole = { status: 200, stream: 'whole', record: 'served reported 200 reported' } as const;
/** Its head is passed on before a word of it is there. */
const opened = { ...broken, code: undefined };
const brokeOff = { status: 502, code: 'venue_broke_off', record: 'fault estimated null missing' } as const;
const itsOwn = (status: number) => ({ status, record: `fault none ${status} reported` });

/** Null: nobody listens. Each once by each pair, streamed; last, what differs where the answer is translated. */
/** What differs where the answer is translated: for all, and for venues that speak one format. */
type Crossed = Partial<Record<VenueProtocol | 'any', Partial<Expected>>>;

const streamed: [name: string, fault: Fault | null, expected: Expected, crossed?: Crossed][] = [
  ['refuses the connection', null, { status: 502, code: 'venue_unreachable', record: 'fault none null missing' }],
  ['is silent', { kind: 'hang' }, tooLate],
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
    { any: broken },
  ],
  // What cannot be read cannot be translated, and nothing is left out of an answer.
  ['sends garbage between events', { kind: 'garbage_sse' }, whole, { any: { ...broken, record: reportedCut } }],
  [
    'sends no usage',
    { kind: 'no_usage' },
    { ...whole, record: 'served estimated 200 missing' },
    { 'anthropic-messages': broken },
  ],
  ['sends its usage twice', { kind: 'usage_twice' }, whole],
  [
    'contradicts itself about usage',
    { kind: 'usage_inconsistent' },
    { ...whole, record: 'served estimated 200 quarantined' },
  ],
  [
    'promises more bytes than it has',
    { kind: 'wrong_content_length' },
    { ...whole, stream: 'broken after its end', record: reportedCut },
    { any: { stream: 'broken' }, 'bedrock-converse': broken },
  ],
  ['sends a byte at a time', { kind: 'slow', delayMs: 0 }, whole],
  ['sends an event of 10 MB', { kind: 'huge_event' }, whole],
  ['sends a gzip bomb', { kind: 'gzip_bomb' }, brokeOff],
  ['redirects', { kind: 'redirect' }, brokeOff],
  ['sends a second response nobody asked for', { kind: 'extra_bytes' }, whole],
  // Its last line could have gone on with LF, so the SDK never hears it; Messages say nothing sooner.
  [
    'ends its lines with CR alone',
    { kind: 'cr_only_lines' },
    whole,
    { 'anthropic-messages': { ...broken, record: reportedCut } },
  ],
  // Bedrock's frames have none: to it they are frames of a kind nobody knows.
  [
    'keeps alive with comments',
    { kind: 'comments' },
    whole,
    { 'bedrock-converse': { ...broken, record: reportedCut } },
  ],
  // Nothing is told to the caller before the first of it can be: its retry is then worth something.
  [
    'answers 200 at once and then pauses',
    { kind: 'early_200_pause' },
    broken,
    { any: { ...tooLate, stream: undefined }, 'gemini-generate': opened, 'bedrock-converse': opened },
  ],
];

const inOnePiece: typeof streamed = [
  ['is silent', { kind: 'hang' }, tooLate],
  [
    'sends nothing',
    { kind: 'empty_body' },
    { status: 200, record: 'truncated estimated 200 missing' },
    { any: brokeOff },
  ],
  [
    'sends no usage',
    { kind: 'no_usage' },
    { status: 200, record: 'served estimated 200 missing' },
    { 'anthropic-messages': brokeOff, 'bedrock-converse': brokeOff },
  ],
  ['contradicts itself', { kind: 'usage_inconsistent' }, { status: 200, record: 'served estimated 200 quarantined' }],
];

const rows = [
  ...streamed.map(([name, fault, expected, crossed]) => ({ stream: true, name, fault, expected, crossed })),
  ...inOnePiece.map(([name, fault, expected, crossed]) => ({ stream: false, name, fault, expected, crossed })),
];

test.each(rows)('streamed $stream: a venue that $name', async ({ stream, fault, expected, crossed }) => {
  const answers = await Promise.all(
    Object.entries(pairs).map(async ([venue, pair]) => {
      if (fault) proxy.simulator.order({ ...fault, venue, times: 1 });
      const answer = await callers[pair.caller].ask(stream, fault ? `${venue}/big` : `shut-${venue}/big`);
      const received = await answer.text();
      const due: Expected = crosses(pair) ? { ...expected, ...crossed?.any, ...crossed?.[pair.speaks] } : expected;
      return { venue, pair, answer, received, due };
    }),
  );
  const records = await recordsOf(...answers.map(({ answer }) => answer.headers.get('x-flux-request-id')));
  const told = answers.map(({ venue, pair, answer, received, due }, at) => ({
    venue,
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    code: due.code && /"code":"(\w+)"/.exec(received)?.[1],
    stream: due.stream && howEnded(callers[pair.caller], received),
    records: records[at]!.map(brief),
  }));
  const meant = answers.map(({ venue, due: { status, retryAfter = null, code, stream: ends, record } }) => ({
    ...{ venue, status, retryAfter, code, stream: ends, records: [record] },
  }));
  expect(told).toEqual(meant);
  for (const [record] of records) expect(record!.costPicoUsd).toBe(await owed(record!));
});

function howEnded({ end, errorAtEnd }: (typeof callers)[Pair['caller']], received: string): Expected['stream'] {
  const ended = received.includes(end);
  if (errorAtEnd.test(received)) return ended ? 'broken after its end' : 'broken';
  return ended ? 'whole' : undefined;
}

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
    const [records] = await recordsOf(answer.headers.get('x-flux-request-id'));
    expect(
      records!
        .toSorted((one, other) => one.attempt - other.attempt)
        .map((record) => [record.kind, record.attempt, record.venue, record.final, record.outcome]),
    ).toEqual([
      ['attempt', 1, 'alpha', false, 'fault'],
      ['call', 2, 'beta', true, 'served'],
    ]);
  },
);
