/** Lines of a ledger as tests need them: valid, different from each other, the same for the same number. */
import type { CallRecordWire } from '#contracts/call-record.js';
import type { Entry } from '#contracts/entry.js';

/** An id that sorts by `n`. */
export const sampleId = (n: number): string => `0190f6ce-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

/** A served call of 1,000 tokens in and n out: 2,500,000 pico-USD a token in, 10,000,000 out. */
export function sampleCall(n: number, changes: Partial<CallRecordWire> = {}): CallRecordWire {
  const [input, output] = [1000, n % 500];
  return {
    schema: 'o10.call.v1',
    kind: 'call',
    callId: sampleId(n),
    attemptId: sampleId(n),
    attempt: 0,
    final: true,
    organisation: 'acme',
    team: 'care',
    useCase: n % 2 === 0 ? 'support' : 'search',
    key: 'abcdefghijkl',
    mode: 'shadow',
    protocol: 'openai-chat',
    stream: false,
    snapshot: 1,
    admittedAt: '2026-11-20T10:00:00.000Z',
    endedAt: '2026-11-20T10:00:01.000Z',
    requestedModel: 'gpt-4o',
    route: 'openai/gpt-4o',
    venue: 'openai',
    jurisdiction: 'us',
    tier: 'standard',
    servedModel: 'gpt-4o-2024-08-06',
    outcome: 'served',
    refusal: null,
    status: 200,
    decision: null,
    envelopes: [{ envelope: 'acme', window: '2026-11' }],
    wouldRefuse: [],
    heldNanoUsd: '20000000',
    costBasis: 'reported',
    costPicoUsd: String(input * 2_500_000 + output * 10_000_000),
    chargePicoUsd: String(input * 2_500_000 + output * 10_000_000),
    priceBook: 'ab'.repeat(32),
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
    ...changes,
  };
}

/** The ledger's line of that call. */
export function sampleEntry(n: number, changes: Partial<CallRecordWire> = {}, log = 'acme'): Entry {
  const body = sampleCall(n, changes);
  const { kind, attemptId: id, endedAt: occurredAt } = body;
  return { schema: 'o10.entry.v1', log, kind, id, occurredAt, actor: null, body };
}

export const sampleEntries = (count: number, first = 0, log = 'acme'): Entry[] =>
  Array.from({ length: count }, (_, i) => sampleEntry(first + i, {}, log));

/** The line that names the book those calls are priced by; an auditor wants it before them. */
export const samplePrices = (log = 'acme'): Entry => ({
  schema: 'o10.entry.v1',
  log,
  kind: 'price_version',
  id: '0190f6cd-0000-7000-8000-000000000000',
  occurredAt: '2026-11-20T09:00:00.000Z',
  actor: 'finance@acme.example',
  body: { priceBook: 'ab'.repeat(32), previous: null, version: 1, rows: 2 },
});
