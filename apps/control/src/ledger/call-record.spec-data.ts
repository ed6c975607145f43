/** A served shadow call of triage on the baseline: 100 tokens in, 10 out, at the prices `declareNorth` publishes. */
import { CallRecord } from '#contracts/call-record.js';
import type { Entry } from '#contracts/entry.js';

export const callIdOf = (number: number) => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;

export function callRecord(number: number, priceBook: string, change: Partial<CallRecord> = {}): CallRecord {
  const admittedAt = '2026-02-20T12:00:00.000Z';
  return {
    schema: 'o10.call.v1',
    kind: 'call',
    callId: callIdOf(number),
    attemptId: callIdOf(number),
    attempt: 0,
    final: true,
    organisation: 'default',
    team: 'care',
    useCase: 'triage',
    key: null,
    mode: 'shadow',
    protocol: 'openai-chat',
    stream: false,
    snapshot: 1,
    admittedAt,
    endedAt: admittedAt,
    requestedModel: 'north/large',
    route: 'north/large',
    venue: 'north',
    jurisdiction: null,
    tier: 'standard',
    servedModel: 'large',
    outcome: 'served',
    refusal: null,
    status: 200,
    decision: {
      requested: 'north/large',
      baseline: 'north/large',
      considered: [
        { route: 'north/large', ineligible: null, expectedCostPicoUsd: 1n },
        { route: 'north/small', ineligible: 'floor_not_cleared', expectedCostPicoUsd: 1n },
      ],
      cheapestCompliant: null,
      expectedSavingPicoUsd: null,
      reason: 'requested',
    },
    envelopes: [],
    wouldRefuse: [],
    heldNanoUsd: 0n,
    costBasis: 'reported',
    costPicoUsd: 275_000_000n,
    chargePicoUsd: 275_000_000n,
    priceBook,
    lines: [
      { meter: 'input_uncached', quantity: 100, ratePicoUsd: 2_500_000n, costPicoUsd: 250_000_000n },
      { meter: 'output_text', quantity: 10, ratePicoUsd: 2_500_000n, costPicoUsd: 25_000_000n },
    ],
    usage: { basis: 'reported', parts: { input_uncached: 100, output_text: 10 } },
    replayOf: null,
    line: null,
    latencyMs: null,
    firstByteMs: null,
    overheadMs: null,
    requestDigest: null,
    answerDigest: null,
    cluster: null,
    ...change,
  };
}

export const callEntry = (record: CallRecord): Entry => ({
  schema: 'o10.entry.v1',
  log: record.organisation,
  kind: record.kind,
  id: record.attemptId,
  occurredAt: record.endedAt,
  actor: null,
  body: CallRecord.encode(record),
});
