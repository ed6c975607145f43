import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { resolve } from 'node:path';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faultKinds, type FaultBehaviour, type FaultKind } from './fault.js';
import { startSimulator, type Simulator } from './start-simulator.js';

const example = JSON.parse(readFileSync(resolve(import.meta.dirname, '../example.json'), 'utf8'));
let simulator: Simulator;
beforeEach(async () => void (simulator = await startSimulator(example)));
afterEach(() => simulator.close());

/** 12 chunks of 4 tokens: 48 tokens out, 48 + 6 in. */
const text = 'sixteen letters.'.repeat(12);

interface Seen {
  status: number | null;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
  /** `end`: clean; `cut`: the connection broke; `open`: nothing more came within the patience. */
  ending: 'end' | 'cut' | 'open';
}

/** What a plain HTTP client sees of one request, with the connection given up after `patienceMs` of silence. */
function see(stream: boolean, patienceMs = 10_000): Promise<Seen> {
  const body = {
    model: 'echo',
    messages: [{ role: 'user', content: text }],
    stream,
    ...(stream && { stream_options: { include_usage: true } }),
  };
  return new Promise((done) => {
    const chunks: Buffer[] = [];
    let head: { status: number | null; headers: IncomingHttpHeaders } = { status: null, headers: {} };
    const outgoing = httpRequest(`${simulator.url}/alpha/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-alpha' },
      agent: false,
    });
    const finish = (ending: Seen['ending']) => {
      clearTimeout(patience);
      outgoing.destroy();
      const all = Buffer.concat(chunks);
      done({ ...head, body: all, text: all.toString('utf8'), ending });
    };
    let patience = setTimeout(() => finish('open'), patienceMs);
    const restart = () => {
      clearTimeout(patience);
      patience = setTimeout(() => finish('open'), patienceMs);
    };
    outgoing.on('error', () => finish('cut'));
    outgoing.on('response', (incoming) => {
      head = { status: incoming.statusCode ?? null, headers: incoming.headers };
      restart();
      incoming.on('data', (chunk: Buffer) => (chunks.push(chunk), restart()));
      incoming.on('end', () => finish('end'));
      incoming.on('error', () => finish('cut'));
    });
    outgoing.end(JSON.stringify(body));
  });
}

const order = (fault: FaultBehaviour & { times?: number }) => simulator.order({ venue: 'alpha', ...fault });
const line = async () => {
  while (simulator.bill().inFlight > 0) await pause(2);
  const { lines } = simulator.bill();
  expect(lines.length).toBeLessThanOrEqual(1);
  return lines[0] ? [lines[0].outcome, lines[0].promptTokens, lines[0].completionTokens] : null;
};
const contentOf = (sse: string) =>
  [...sse.matchAll(/^data: (\{.*\})$/gm)]
    .map(([, json]) => JSON.parse(json ?? '').choices?.[0]?.delta?.content ?? '')
    .join('');
const usagesOf = (sse: string) => [...sse.matchAll(/"usage":\{/g)].length;
const healthy = { status: 200, ending: 'end' } as const;

type Expectation = {
  fault: FaultBehaviour;
  /** What the client sees of a stream, and of an answer in one piece. */
  stream: (seen: Seen) => void;
  whole: (seen: Seen) => void;
  /** Outcome, tokens in, tokens out; null: no line. */
  billed: { stream: unknown; whole?: unknown };
};

const nothing = (ending: Seen['ending']) => (seen: Seen) => expect(seen).toMatchObject({ status: null, ending });
const completed = ['completed', 54, 48];
const failedWhole = ['failed', 54, 48];
const isWhole = (seen: Seen) => {
  expect(seen).toMatchObject(healthy);
  expect(JSON.parse(seen.text).choices[0].message.content).toBe(text);
};
const isStreamed = (seen: Seen) => {
  expect(seen).toMatchObject(healthy);
  expect(contentOf(seen.text)).toBe(text);
  expect(seen.text.endsWith('data: [DONE]\n\n')).toBe(true);
};
const cutAfterThree = (ending: Seen['ending']) => (seen: Seen) => {
  expect(seen).toMatchObject({ status: 200, ending });
  expect(contentOf(seen.text)).toBe(text.slice(0, 48));
  expect(seen.text).not.toContain('[DONE]');
};
const halfBody = (ending: Seen['ending']) => (seen: Seen) => {
  expect(seen).toMatchObject({ status: 200, ending });
  expect(seen.body.length).toBeGreaterThan(100);
  expect(() => JSON.parse(seen.text)).toThrow();
};
const refusedWith = (status: number, type: string) => (seen: Seen) => {
  expect(seen).toMatchObject({ status, ending: 'end', headers: { 'retry-after': '7' } });
  expect(JSON.parse(seen.text).error).toMatchObject({ message: expect.any(String), type });
};

const expectations: Record<FaultKind, Expectation> = {
  hang: { fault: { kind: 'hang' }, stream: nothing('open'), whole: nothing('open'), billed: { stream: null } },
  reset: { fault: { kind: 'reset' }, stream: nothing('cut'), whole: nothing('cut'), billed: { stream: null } },
  status: {
    fault: { kind: 'status', status: 529, retryAfter: 7 },
    stream: refusedWith(529, 'overloaded_error'),
    whole: refusedWith(529, 'overloaded_error'),
    billed: { stream: null },
  },
  redirect: {
    fault: { kind: 'redirect' },
    stream: (seen) => expect(seen).toMatchObject({ status: 307, headers: { location: 'redirected' }, text: '' }),
    whole: (seen) => expect(seen).toMatchObject({ status: 307, headers: { location: 'redirected' }, text: '' }),
    billed: { stream: null },
  },
  hang_mid_stream: {
    fault: { kind: 'hang_mid_stream', afterChunks: 3 },
    stream: cutAfterThree('open'),
    whole: halfBody('open'),
    billed: { stream: ['failed', 54, 12], whole: failedWhole },
  },
  reset_mid_stream: {
    fault: { kind: 'reset_mid_stream', afterChunks: 3 },
    stream: cutAfterThree('cut'),
    whole: halfBody('cut'),
    billed: { stream: ['failed', 54, 12], whole: failedWhole },
  },
  half_close: {
    fault: { kind: 'half_close', afterChunks: 3 },
    stream: cutAfterThree('cut'),
    whole: halfBody('cut'),
    billed: { stream: ['failed', 54, 12], whole: failedWhole },
  },
  truncate: {
    fault: { kind: 'truncate', afterChunks: 3 },
    stream: cutAfterThree('end'),
    whole: halfBody('end'),
    billed: { stream: ['failed', 54, 12], whole: failedWhole },
  },
  error_in_stream: {
    fault: { kind: 'error_in_stream', afterChunks: 3 },
    stream: (seen) => {
      cutAfterThree('end')(seen);
      expect(seen.text).toMatch(/data: \{"error":\{"message":.*"server_overloaded"\}\}\n\n$/);
    },
    whole: (seen) => {
      expect(seen).toMatchObject(healthy);
      expect(JSON.parse(seen.text).error.code).toBe('server_overloaded');
    },
    billed: { stream: ['failed', 54, 12], whole: ['failed', 54, 0] },
  },
  error_as_data: {
    fault: { kind: 'error_as_data', afterChunks: 3 },
    stream: (seen) => {
      expect(seen).toMatchObject(healthy);
      expect(contentOf(seen.text)).toBe(text.slice(0, 48));
      expect(seen.text).toMatch(/"finish_reason":"error".*\n\ndata: \[DONE\]\n\n$/);
    },
    whole: (seen) => {
      expect(seen).toMatchObject(healthy);
      expect(JSON.parse(seen.text).error.code).toBe('server_overloaded');
    },
    billed: { stream: ['failed', 54, 12], whole: ['failed', 54, 0] },
  },
  verbatim: {
    fault: { kind: 'verbatim', body: 'Grüezi: 🏔', cuts: [3, 11] },
    stream: (seen) => expect(seen).toMatchObject({ ...healthy, text: 'Grüezi: 🏔' }),
    whole: (seen) => expect(seen).toMatchObject({ ...healthy, text: 'Grüezi: 🏔' }),
    billed: { stream: completed },
  },
  garbage_sse: {
    fault: { kind: 'garbage_sse', afterChunks: 2 },
    stream: (seen) => {
      expect(seen).toMatchObject(healthy);
      expect(seen.text).toContain('<html>');
      expect(seen.body.includes(Buffer.from([0xff, 0xfe, 0xc3, 0x28]))).toBe(true);
      expect(contentOf(seen.text.replace('data: {"id":"chatcmpl-\n', ''))).toBe(text);
      expect(seen.text.endsWith('data: [DONE]\n\n')).toBe(true);
    },
    whole: isWhole,
    billed: { stream: completed },
  },
  no_usage: {
    fault: { kind: 'no_usage' },
    stream: (seen) => {
      isStreamed(seen);
      expect(usagesOf(seen.text)).toBe(0);
    },
    whole: (seen) => {
      isWhole(seen);
      expect(JSON.parse(seen.text)).not.toHaveProperty('usage');
    },
    billed: { stream: completed },
  },
  usage_twice: {
    fault: { kind: 'usage_twice' },
    stream: (seen) => {
      isStreamed(seen);
      expect(usagesOf(seen.text)).toBe(2);
    },
    whole: (seen) => {
      isWhole(seen);
      expect(usagesOf(seen.text)).toBe(2);
    },
    billed: { stream: completed },
  },
  usage_inconsistent: {
    fault: { kind: 'usage_inconsistent' },
    stream: (seen) => {
      isStreamed(seen);
      expect(seen.text).toContain('"prompt_tokens":54,"completion_tokens":48,"total_tokens":109');
    },
    whole: (seen) => {
      isWhole(seen);
      expect(seen.text).toContain('"prompt_tokens":54,"completion_tokens":48,"total_tokens":109');
    },
    billed: { stream: completed },
  },
  comments: {
    fault: { kind: 'comments' },
    stream: (seen) => {
      isStreamed(seen);
      expect([...seen.text.matchAll(/^: keep-alive$/gm)]).toHaveLength(1 + 1 + 12 + 2);
    },
    whole: (seen) => {
      isWhole(seen);
      expect(seen.text.startsWith('\n')).toBe(true);
    },
    billed: { stream: completed },
  },
  cr_only_lines: {
    fault: { kind: 'cr_only_lines' },
    stream: (seen) => {
      expect(seen.text).not.toContain('\n');
      isStreamed({ ...seen, text: seen.text.replaceAll('\r', '\n') });
    },
    whole: isWhole,
    billed: { stream: completed },
  },
  huge_event: {
    fault: { kind: 'huge_event' },
    stream: (seen) => {
      isStreamed(seen);
      expect(Math.max(...seen.text.split('\n').map((one) => one.length))).toBeGreaterThan(10_000_000);
    },
    whole: isWhole,
    billed: { stream: completed },
  },
  gzip_bomb: {
    fault: { kind: 'gzip_bomb', bytes: 5_000_000 },
    stream: (seen) => {
      expect(seen.headers['content-encoding']).toBe('gzip');
      expect(seen.body.length).toBeLessThan(50_000);
      isStreamed({ ...seen, text: gunzipSync(seen.body).toString() });
    },
    whole: (seen) => {
      expect(seen.body.length).toBeLessThan(50_000);
      isWhole({ ...seen, text: gunzipSync(seen.body).toString() });
    },
    billed: { stream: completed },
  },
  slow: { fault: { kind: 'slow', delayMs: 0 }, stream: isStreamed, whole: isWhole, billed: { stream: completed } },
  early_200_pause: {
    fault: { kind: 'early_200_pause', delayMs: 30 },
    stream: isStreamed,
    whole: isWhole,
    billed: { stream: completed },
  },
  extra_bytes: { fault: { kind: 'extra_bytes' }, stream: isStreamed, whole: isWhole, billed: { stream: completed } },
  wrong_content_length: {
    fault: { kind: 'wrong_content_length' },
    stream: (seen) => {
      expect(seen).toMatchObject({ status: 200, ending: 'cut' });
      expect(Number(seen.headers['content-length'])).toBe(seen.body.length + 10);
      expect(contentOf(seen.text)).toBe(text);
    },
    whole: (seen) => {
      expect(seen).toMatchObject({ status: 200, ending: 'cut' });
      expect(Number(seen.headers['content-length'])).toBe(seen.body.length + 10);
    },
    billed: { stream: failedWhole },
  },
  empty_body: {
    fault: { kind: 'empty_body' },
    stream: (seen) => expect(seen).toMatchObject({ ...healthy, text: '' }),
    whole: (seen) => expect(seen).toMatchObject({ ...healthy, text: '' }),
    billed: { stream: failedWhole },
  },
  invalid_json: {
    fault: { kind: 'invalid_json' },
    stream: (seen) => {
      expect(seen).toMatchObject(healthy);
      expect(seen.text).toContain('"del\n\n');
    },
    whole: halfBody('end'),
    billed: { stream: failedWhole },
  },
};

/** They say nothing more for as long as one waits. */
const silent = new Set<FaultKind>(['hang', 'hang_mid_stream']);

describe.each(faultKinds)('%s', (kind) => {
  const patienceMs = silent.has(kind) ? 250 : undefined;
  const { fault, stream, whole, billed } = expectations[kind];

  test('in a stream', async () => {
    order(fault);
    stream(await see(true, patienceMs));
    expect(await line()).toEqual(billed.stream);
  });

  test('in one piece', async () => {
    order(fault);
    whole(await see(false, patienceMs));
    expect(await line()).toEqual(billed.whole === undefined ? billed.stream : billed.whole);
  });
});

describe('particulars', () => {
  test('a fault without charge or with a full one is billed as ordered', async () => {
    order({ kind: 'reset_mid_stream', afterChunks: 3, billing: 'none' });
    await see(true);
    expect(await line()).toBeNull();
    simulator.clearFaults();
    order({ kind: 'reset', billing: 'full' });
    await see(true);
    expect(await line()).toEqual(failedWhole);
  });

  test('before the first chunk: the head comes, then the fault', async () => {
    order({ kind: 'reset_mid_stream', afterChunks: 0 });
    expect(await see(true)).toMatchObject({ status: 200, ending: 'cut', text: '' });
    expect(await line()).toEqual(['failed', 54, 0]);
  });

  test('the finish never passes a cut, however late it is ordered', async () => {
    order({ kind: 'truncate', afterChunks: 1000 });
    const seen = await see(true);
    expect(contentOf(seen.text)).toBe(text);
    expect(seen.text).not.toContain('"finish_reason":"stop"');
  });

  test('the head of an early 200 comes long before its body', async () => {
    order({ kind: 'early_200_pause' });
    expect(await see(true, 60)).toMatchObject({ status: 200, ending: 'open', text: '' });
  });

  test.each([
    ['extra_bytes', /\r\n\r\n\{"id".*\}HTTP\/1\.1 200 OK\r\n.*\{"stray":"yes"\}$/s],
    ['wrong_content_length', /"system_fingerprint":"fp_[0-9a-f]+"\}$/],
  ] as const)('%s as the socket sees it', async (kind, wire) => {
    order({ kind, lengthError: kind === 'wrong_content_length' ? -10 : undefined });
    expect(await rawExchange(wire)).toMatch(wire);
  });

  test('a slow answer comes one byte a write', async () => {
    order({ kind: 'slow', delayMs: 0 });
    const received = await rawExchange(/\r\n0\r\n\r\n$/, true);
    const bytes = [...received.matchAll(/\r\n1\r\n(?:.|\n)(?=\r\n)/g)];
    expect(bytes.length).toBeGreaterThan(2000);
  });

  test('who follows a redirect is counted', async () => {
    order({ kind: 'redirect' });
    const options = { method: 'POST', headers: { authorization: 'Bearer sk-alpha' } };
    const body = JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'x' }] });
    await fetch(`${simulator.url}/alpha/v1/chat/completions`, { ...options, body });
    expect(simulator.dials()['alpha']).toMatchObject({ redirectsFollowed: 1, reachedModel: 0 });
  });

  test('the official client sees an in-stream error and a truncated answer for what they are', async () => {
    const openai = new OpenAI({ baseURL: `${simulator.url}/alpha/v1`, apiKey: 'sk-alpha', maxRetries: 0 });
    const stream = () => openai.chat.completions.stream({ model: 'echo', messages: [{ role: 'user', content: text }] });
    order({ kind: 'error_in_stream', times: 1 });
    await expect(stream().finalChatCompletion()).rejects.toThrow('overloaded');
    order({ kind: 'truncate', times: 1 });
    await expect(stream().finalChatCompletion()).rejects.toThrow();
    expect((await stream().finalChatCompletion()).choices[0]?.message.content).toBe(text);
  });

  test.each([
    [429, 'rate_limit_exceeded'],
    [498, 'capacity_exceeded'],
    [503, 'server_overloaded'],
  ])('a flex tier refuses with %i, and the standard tier beside it serves', async (status, code) => {
    const openai = new OpenAI({ baseURL: `${simulator.url}/alpha/v1`, apiKey: 'sk-alpha', maxRetries: 0 });
    simulator.order({ venue: 'alpha', kind: 'status', status, tier: 'flex' });
    const ask = (service_tier: 'flex' | 'default') =>
      openai.chat.completions.create({ model: 'echo', messages: [{ role: 'user', content: text }], service_tier });
    await expect(ask('flex')).rejects.toMatchObject({ status, code });
    expect((await ask('default')).choices[0]?.message.content).toBe(text);
  });

  test('closing ends what never ends', async () => {
    order({ kind: 'hang' });
    const seen = see(true, 5000);
    while (simulator.dials()['alpha']?.refused !== 1) await pause(2);
    await simulator.close();
    expect((await seen).ending).toBe('cut');
    simulator = await startSimulator(example);
  });
});

/** Everything a bare socket receives, until it matches or the venue ends the connection. */
function rawExchange(until: RegExp, stream = false): Promise<string> {
  const body = JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: text }], stream });
  const head = ['POST /alpha/v1/chat/completions HTTP/1.1', 'host: alpha', 'authorization: Bearer sk-alpha'];
  return new Promise((done, fail) => {
    const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      received += chunk;
      if (until.test(received)) socket.end();
    });
    socket.on('error', fail);
    socket.on('close', () => done(received));
    socket.write(`${head.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  });
}
