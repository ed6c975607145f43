/**
 * What is written about an attempt, served or refused. The record travels as text inside the settlement, so it is
 * built on the wire form at once: money as decimal text. No prompt, no answer: only keyed digests.
 */
import { createHmac, type KeyObject } from 'node:crypto';
import type { CallRecordWire, Decision } from '#contracts/call-record.js';
import type { Settlement } from '#contracts/envelope-desk.js';
import type { Refusal } from '#contracts/refusal.js';
import type { Usage } from '#contracts/usage.js';
import type { Bill } from '#domain/pricing/bill-of.js';
import { nanoCeil } from '#domain/pricing/ceiling-of.js';
import type { PlacedRoute, RoutingIndex } from '#domain/routing/routing-index.js';
import { type InboundCall, type SeenCall, unclassified } from './admit-call.js';
import type { AttemptHold } from './hold-attempt.js';
import type { Relayed } from './relay-answer.js';

const noUsage: Usage = { basis: 'missing', parts: {} };

export interface AttemptFacts {
  inbound: InboundCall;
  seen: SeenCall;
  index: RoutingIndex;
  decision: Decision | null;
  placed: PlacedRoute | null;
  hold: AttemptHold | null;
  attempt: number;
  final: boolean;
  outcome: CallRecordWire['outcome'];
  status: number | null;
  refusal: Refusal | null;
  bill: Bill;
  relayed: Relayed | null;
  line: CallRecordWire['line'];
  cluster: string | null;
  endedAtMs: number;
  overheadMs: number | null;
}

const digestBytesMax = 64 * 1024;

export class OnTheRecord {
  constructor(private readonly digestKey: KeyObject) {}

  settlementOf(facts: AttemptFacts): Settlement {
    const record = this.recordOf(facts);
    return {
      holdId: record.attemptId,
      costNanoUsd: nanoCeil(facts.bill.costPicoUsd),
      envelopes: facts.hold?.envelopes ?? [],
      record: JSON.stringify(record),
    };
  }

  private recordOf(facts: AttemptFacts): CallRecordWire {
    const { inbound, seen, placed, hold, relayed, bill, index } = facts;
    const useCase = seen.useCase?.definition;
    return {
      schema: 'o10.call.v1',
      kind: 'call',
      callId: inbound.callId,
      attemptId: hold?.attemptId ?? inbound.callId,
      attempt: facts.attempt,
      final: facts.final,
      organisation: seen.key?.organisation ?? index.snapshot.organisation,
      team: useCase?.team ?? seen.key?.team ?? null,
      useCase: useCase?.slug ?? unclassified,
      key: seen.key?.id ?? null,
      mode: useCase?.mode ?? 'off',
      protocol: inbound.protocol.name,
      stream: seen.head?.stream ?? false,
      snapshot: index.snapshot.version,
      admittedAt: new Date(inbound.admittedAtMs).toISOString(),
      endedAt: new Date(facts.endedAtMs).toISOString(),
      requestedModel: seen.head?.requestedModel.slice(0, 200) ?? null,
      route: placed?.route.id ?? null,
      venue: placed?.venue.id ?? null,
      jurisdiction: placed?.venue.jurisdiction ?? null,
      tier: relayed?.servedTier ?? placed?.route.tier ?? null,
      servedModel: relayed?.servedModel ?? null,
      outcome: facts.outcome,
      refusal: facts.refusal?.code ?? null,
      status: facts.status,
      decision: facts.decision && spellDecision(facts.decision),
      envelopes: hold?.envelopes ?? [],
      wouldRefuse: hold?.wouldRefuse ?? [],
      heldNanoUsd: hold?.envelopes.length ? nanoCeil(hold.ceilingPicoUsd ?? 0n).toString() : '0',
      costBasis: bill.basis,
      costPicoUsd: bill.costPicoUsd.toString(),
      chargePicoUsd: bill.costPicoUsd.toString(),
      priceBook: bill.basis === 'none' ? null : index.snapshot.prices.hash,
      lines: bill.lines,
      usage: relayed?.usage ?? noUsage,
      replayOf: null,
      line: facts.line,
      latencyMs: since(inbound.startedAt, performance.now()),
      firstByteMs: relayed?.firstByteAt ? since(inbound.startedAt, relayed.firstByteAt) : null,
      overheadMs: facts.overheadMs,
      requestDigest: inbound.body.length <= digestBytesMax ? this.digest(inbound.body) : null,
      answerDigest: relayed?.answer ? this.digest(relayed.answer.body) : null,
      cluster: facts.cluster,
    };
  }

  private digest(body: Buffer): string {
    return createHmac('sha256', this.digestKey).update(body).digest('hex');
  }
}

const since = (from: number, to: number): number => Math.round((to - from) * 1000) / 1000;

const spellDecision = (decision: Decision): NonNullable<CallRecordWire['decision']> => ({
  ...decision,
  considered: decision.considered.map((one) => ({
    ...one,
    expectedCostPicoUsd: one.expectedCostPicoUsd?.toString() ?? null,
  })),
  expectedSavingPicoUsd: decision.expectedSavingPicoUsd?.toString() ?? null,
});
