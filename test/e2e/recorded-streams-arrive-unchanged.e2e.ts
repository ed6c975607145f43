/**
 * Byte fidelity on a route of the caller's own format: every recorded stream, replayed by the simulator in pieces cut at
 * random, arrives as it was sent, and what it says it used is in the record.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import { clientVenues, clientWorld } from '../support/client-world.js';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { ownStreams, type RecordedStream, recordedStreams } from '../support/recorded-streams.js';

const recorded = recordedStreams();
if (recorded.length === 0) console.warn('SKIPPED: no recordings beside the project; only our own streams are replayed');

let proxy: ProxyUnderTest;
let secret: string;
beforeAll(async () => {
  proxy = await startProxyUnderTest({ venues: clientVenues });
  await proxy.publish(clientWorld(proxy.simulator.url));
  secret = await proxy.issue();
});
afterAll(() => proxy.stop());

interface Format {
  venue: string;
  path: string;
  body: object;
  /** With one of these it came to its end. */
  end: RegExp;
  /** What the last usage it carries looks like. */
  usage: RegExp;
}
const messages = [{ role: 'user', content: 'x' }];
const formats: Record<RecordedStream['protocol'], Format> = {
  'openai-chat': {
    venue: 'omni',
    path: '/v1/chat/completions',
    body: { model: 'echo', messages, stream_options: { include_usage: true } },
    end: /^data: ?\[DONE\]/m,
    usage: /"usage":\s*\{/,
  },
  'openai-responses': {
    venue: 'omni',
    path: '/v1/responses',
    body: { model: 'echo', input: 'x' },
    end: /"response\.(completed|incomplete)"/,
    usage: /"usage":\s*\{/,
  },
  'anthropic-messages': {
    venue: 'claude',
    path: '/v1/messages',
    body: { model: 'claude-echo', messages, max_tokens: 64 },
    end: /"message_stop"/,
    usage: /"message_delta"[^\n]*"usage":\s*\{/,
  },
};

/** Without the data that is no JSON: one recording misses a brace, and what it says there counts for nobody. */
const legible = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('data: {') || parses(line.slice(6)))
    .join('\n');

function parses(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

/** The same places on every run. */
const cutsOf = (length: number, seed: number): number[] =>
  fc.sample(fc.array(fc.nat(length), { minLength: 4, maxLength: 40 }), { seed, numRuns: 1 })[0]!;

async function replay({ text, protocol }: RecordedStream, seed: number): Promise<{ received: string; id: string }> {
  const { venue, path, body } = formats[protocol];
  proxy.simulator.order({ venue, kind: 'verbatim', body: text, cuts: cutsOf(Buffer.byteLength(text), seed), times: 1 });
  const answer = await fetch(proxy.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ ...body, stream: true }),
  });
  return { received: await answer.text(), id: answer.headers.get('x-flux-request-id') ?? '' };
}

const ids = new Map<RecordedStream, string>();

test.each([...ownStreams, ...recorded].map((stream, seed) => [stream.name, stream, seed] as const))(
  '%s',
  async (_name, stream, seed) => {
    const { received, id } = await replay(stream, seed);
    ids.set(stream, id);
    const complete = formats[stream.protocol].end.test(legible(stream.text));
    // A stream that broke off is said to have, behind its last byte.
    expect(complete ? received : received.slice(0, stream.text.length)).toBe(stream.text);
  },
);

test('every usage is in its record', async () => {
  let records: CallRecord[] = [];
  await until(async () => (records = await proxy.records(1)).length === ids.size);
  const byCall = new Map(records.map((record) => [record.callId, record]));
  for (const [{ name, protocol, text }, id] of ids) {
    const { usage, end } = formats[protocol];
    const expected = usage.test(legible(text)) ? 'reported' : 'missing';
    expect([name, byCall.get(id)?.usage.basis]).toEqual([name, expected]);
    if (end.test(legible(text))) expect([name, byCall.get(id)?.outcome]).toEqual([name, 'served']);
  }
});
