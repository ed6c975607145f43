/** A log as o10 writes one: prices, envelopes, then calls that keep to them. Every line follows from the draws alone. */
import type { CallRecordWire } from '#contracts/call-record.js';
import type { Entry } from '#contracts/entry.js';

/** A whole number from 0 to before `below`. */
export type Draw = (below: number) => number;

/** Mulberry32: the same seed, the same tampering. */
export function drawsOf(seed: number): Draw {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const idOf = (n: number, block = 0): string =>
  `0190f6ce-${block.toString(16).padStart(4, '0')}-7000-8000-${n.toString(16).padStart(12, '0')}`;
const at = (n: number) => new Date(Date.UTC(2026, 10, 20) + n * 1_000).toISOString();
const priceBook = 'ab'.repeat(32);

export function sampleLog(log: string, lines: number, draw: Draw): Entry[] {
  const entry = (n: number, kind: Entry['kind'], body: Entry['body']): Entry => ({
    schema: 'o10.entry.v1',
    log,
    kind,
    id: idOf(n, 1),
    occurredAt: at(n),
    actor: 'engineer@acme.example',
    body,
  });
  const after = {
    id: 'everything',
    limitNanoUsd: '5000000',
    scope: { kind: 'organisation' },
    purpose: 'live',
    window: { unit: 'month', zone: 'UTC' },
    steerAtPercent: null,
  };
  return [
    entry(0, 'price_version', { priceBook, previous: null, version: 1, rows: 2 }),
    entry(1, 'envelope_change', { subject: 'envelope', name: 'everything', action: 'put', before: null, after }),
    ...Array.from({ length: lines - 2 }, (_, n) => callEntry(log, n, draw)),
  ];
}

function callEntry(log: string, n: number, draw: Draw): Entry {
  const body = callOf(log, n, 1 + draw(5_000), draw(900));
  const { kind, attemptId: id, endedAt: occurredAt } = body;
  return { schema: 'o10.entry.v1', log, kind, id, occurredAt, actor: null, body };
}

function callOf(log: string, n: number, input: number, output: number): CallRecordWire {
  const costPicoUsd = String(input * 2_500_000 + output * 10_000_000);
  return {
    schema: 'o10.call.v1',
    kind: 'call',
    callId: idOf(n, 2),
    attemptId: idOf(n, 3),
    attempt: 1,
    final: true,
    organisation: log,
    team: 'care',
    useCase: n % 3 === 0 ? 'search' : 'support',
    key: 'abcdefghijkl',
    mode: 'shadow',
    protocol: 'openai-chat',
    stream: false,
    snapshot: 1,
    admittedAt: at(n + 10),
    endedAt: at(n + 11),
    requestedModel: 'large',
    route: 'north/large',
    venue: 'north',
    jurisdiction: 'eu',
    tier: 'standard',
    servedModel: 'large',
    outcome: 'served',
    refusal: null,
    status: 200,
    decision: null,
    envelopes: [{ envelope: 'everything', window: '2026-11' }],
    wouldRefuse: [],
    heldNanoUsd: '25000000',
    costBasis: 'reported',
    costPicoUsd,
    chargePicoUsd: costPicoUsd,
    priceBook,
    lines: [
      { meter: 'input_uncached', quantity: input, ratePicoUsd: '2500000', costPicoUsd: String(input * 2_500_000) },
      { meter: 'output_text', quantity: output, ratePicoUsd: '10000000', costPicoUsd: String(output * 10_000_000) },
    ],
    usage: { basis: 'reported', parts: { input_uncached: input, output_text: output } },
    replayOf: null,
    line: null,
    latencyMs: 812.5,
    firstByteMs: 200,
    overheadMs: 1.25,
    requestDigest: 'cd'.repeat(32),
    answerDigest: 'ef'.repeat(32),
    cluster: null,
  };
}
