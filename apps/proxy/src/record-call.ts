/** Puts what happened where it belongs: the journal before a send, the desk after it, the client's refusal, the metrics. */
import type { ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Decision } from '#contracts/call-record.js';
import { MirrorJob } from '#contracts/jobs.js';
import type { Refusal } from '#contracts/refusal.js';
import type { VoidedPlace } from '#contracts/voided-place.js';
import { billOfAttempt, estimatedBill, nothingBought } from '#domain/pricing/bill-of.js';
import type { Hop } from '#domain/routing/choose-route.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import { newId } from '#runtime/new-id.js';
import type { VenueFault } from '#venues/venue-fault.js';
import { type InboundCall, type SeenCall, unclassified } from './admit-call.js';
import type { AttemptJournal } from './attempt-journal.js';
import type { AttemptHold } from './hold-attempt.js';
import type { MirrorCall } from './mirror-call.js';
import type { AttemptFacts, OnTheRecord } from './on-the-record.js';
import type { ProxyMetrics } from './proxy-metrics.js';
import type { Relayed } from './relay-answer.js';
import { purchaseOf } from './send-attempt.js';
import type { AttemptInHand, CallInHand } from './serve-call.js';
import type { SettleAttempt } from './settle-attempt.js';

/** Refusals of callers nobody knows are recorded up to this many a second; beyond it only counted. */
const strangersPerSecond = 20;

export class RecordCall {
  private strangers = { second: 0, count: 0 };

  constructor(
    private readonly onTheRecord: OnTheRecord,
    private readonly journal: AttemptJournal,
    private readonly settle: SettleAttempt,
    private readonly mirror: MirrorCall,
    private readonly metrics: ProxyMetrics,
  ) {}

  /**
   * Writes the ending this attempt gets if the process dies now. Resolves to the record's opening, which its real ending
   * shares, or to null: the journal cannot be written.
   */
  async intend(held: AttemptInHand): Promise<string | null> {
    const facts = this.factsOf(held, {
      outcome: 'truncated',
      bill: estimatedBill(held.hold.ceilingPicoUsd),
      relayed: null,
    });
    const opening = this.onTheRecord.openingOf(facts);
    return this.journal.intent(this.onTheRecord.settlementOf(facts, opening)).then(
      () => opening,
      () => null,
    );
  }

  /** Settles the attempt and mirrors it if it was drawn. Returns what to tell a client that has heard nothing yet. */
  ended(held: AttemptInHand, opening: string, relayed: Relayed, sentAt: number): Refusal | null {
    const { inbound } = held;
    const bill = billOfAttempt({ ...relayed, requestSent: relayed.facts?.requestSent ?? true }, purchaseOf(held));
    const refusal = relayed.fault && !relayed.committed ? spellFault(relayed.fault) : null;
    const outcome = relayed.outcome === 'next' ? 'fault' : relayed.outcome;
    const overheadMs = Math.round((sentAt - inbound.startedAt) * 1000) / 1000;
    const facts = this.factsOf(held, { outcome, bill, relayed });
    facts.final = relayed.outcome !== 'next';
    facts.refusal = refusal;
    facts.overheadMs = overheadMs;
    void this.settle.settle(this.onTheRecord.settlementOf(facts, opening));
    this.count(held, relayed, outcome, sentAt);
    this.metrics.cost.inc({ basis: bill.basis }, Number(bill.costPicoUsd) / 1e12);
    this.mirrorIfDrawn(held, relayed);
    return refusal;
  }

  /** Gives a hold back that was never used. */
  release(inHand: CallInHand, hop: Hop, hold: AttemptHold): void {
    const facts = this.factsOf(
      { ...inHand, hop, hold, attempt: 0, mayTryNext: true },
      { outcome: 'refused', bill: nothingBought, relayed: null },
    );
    this.record({ ...facts, final: false });
  }

  refused(
    inbound: InboundCall,
    index: RoutingIndex,
    seen: SeenCall,
    refusal: Refusal,
    decision: Decision | null,
  ): void {
    const useCase = seen.useCase?.definition;
    this.metrics.refusals.inc({ code: refusal.code });
    this.metrics.requests.inc({
      use_case: useCase?.slug ?? unclassified,
      mode: useCase?.mode ?? 'off',
      outcome: 'refused',
    });
    if (!seen.key && !this.mayRecordStranger(inbound.admittedAtMs)) return this.metrics.unrecorded.inc();
    this.record({
      inbound,
      seen,
      index,
      decision,
      refusal,
      placed: null,
      hold: null,
      attempt: 0,
      final: true,
      outcome: 'refused',
      status: inbound.protocol.spellRefusal(refusal).status,
      bill: nothingBought,
      relayed: null,
      line: null,
      cluster: null,
      endedAtMs: Date.now(),
      overheadMs: null,
    });
  }

  private record(facts: AttemptFacts): void {
    void this.settle.settle(this.onTheRecord.settlementOf(facts, this.onTheRecord.openingOf(facts)));
  }

  /** The job of a numbered call was dropped: the worker hears the same way as of money, which no queue can stop. */
  placeVoided(reason: VoidedPlace['reason'], job: MirrorJob): void {
    const voided: z.input<typeof VoidedPlace> = {
      schema: 'o10.voided_place.v1',
      reason,
      job: MirrorJob.encode({ ...job, pointer: null }),
    };
    const holdId = newId(Date.now());
    void this.settle.settle({ holdId, costNanoUsd: 0n, envelopes: [], record: JSON.stringify(voided) });
  }

  answer(inbound: InboundCall, client: ServerResponse, refusal: Refusal): void {
    if (client.destroyed || client.headersSent) return;
    const spelled = inbound.protocol.spellRefusal(refusal);
    client.writeHead(spelled.status, { ...spelled.headers, 'x-flux-request-id': inbound.callId });
    client.end(spelled.body);
  }

  /** Before the first snapshot there is no log to write to: answered and counted only. */
  answerOnly(inbound: InboundCall, client: ServerResponse, refusal: Refusal): void {
    this.metrics.refusals.inc({ code: refusal.code });
    this.answer(inbound, client, refusal);
  }

  private factsOf(held: AttemptInHand, ending: Pick<AttemptFacts, 'outcome' | 'bill' | 'relayed'>): AttemptFacts {
    const { inbound, call, index, decision, hop, hold, attempt, cluster, sampled } = held;
    const gate = call.useCase?.definition.gateHash;
    return {
      inbound,
      index,
      cluster,
      hold,
      attempt,
      ...ending,
      seen: call,
      decision: { ...decision, reason: hop.reason },
      placed: hop.placed,
      final: true,
      status: ending.relayed?.status ?? null,
      refusal: null,
      line:
        sampled !== null && hold.position !== null && gate
          ? { gate, position: hold.position, probability: sampled }
          : null,
      endedAtMs: Date.now(),
      overheadMs: null,
    };
  }

  /** Every numbered call sends a job, also one without an answer to compare: its place in the line is then void. */
  private mirrorIfDrawn(held: AttemptInHand, relayed: Relayed): void {
    const { inbound, call, hop, hold, index, cluster, sampled } = held;
    const useCase = call.useCase?.definition;
    if (sampled === null || !useCase || held.attempt > 1) return;
    if (hold.position === null) return this.metrics.shadowDropped.inc({ reason: 'desk_down' });
    this.mirror.mirror({
      job: {
        callId: inbound.callId,
        organisation: call.key.organisation,
        useCase: useCase.slug,
        snapshot: index.snapshot.version,
        route: hop.placed.route.id,
        stream: call.head.stream,
        admittedAt: new Date(inbound.admittedAtMs).toISOString(),
        line: { gate: useCase.gateHash, position: hold.position, probability: sampled },
        cluster,
      },
      requestBody: inbound.body,
      answer: relayed.answer,
    });
  }

  private count(held: AttemptInHand, relayed: Relayed, outcome: string, sentAt: number): void {
    const { inbound, call, hop } = held;
    const useCase = call.useCase?.definition;
    const now = performance.now();
    const venue = hop.placed.venue.id;
    this.metrics.requests.inc({ use_case: useCase?.slug ?? unclassified, mode: useCase?.mode ?? 'off', outcome });
    this.metrics.duration.observe({ use_case: useCase?.slug ?? unclassified }, (now - inbound.startedAt) / 1000);
    this.metrics.overhead.observe((sentAt - inbound.startedAt) / 1000);
    this.metrics.upstream.observe({ venue }, (now - sentAt) / 1000);
    if (relayed.firstByteAt)
      this.metrics.firstChunk.observe({ venue }, (relayed.firstByteAt - inbound.startedAt) / 1000);
    this.metrics.decisions.inc({ reason: hop.reason });
    for (const [meter, quantity] of Object.entries(relayed.usage.parts)) this.metrics.tokens.inc({ meter }, quantity);
  }

  private mayRecordStranger(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.strangers.second) this.strangers = { second, count: 0 };
    return ++this.strangers.count <= strangersPerSecond;
  }
}

function spellFault(fault: VenueFault): Refusal {
  if (fault.code.startsWith('timeout')) return { code: 'venue_timeout', message: fault.message };
  if (fault.code === 'unreachable') return { code: 'venue_unreachable', message: fault.message };
  return { code: 'venue_broke_off', message: fault.message };
}
