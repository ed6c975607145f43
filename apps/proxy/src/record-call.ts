/** Puts what happened where it belongs: the journal before a send, the desk after it, the client's refusal, the metrics. */
import type { ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Decision, LinePlace } from '#contracts/call-record.js';
import { MirrorJob } from '#contracts/jobs.js';
import type { Refusal } from '#contracts/refusal.js';
import type { VoidedPlace } from '#contracts/voided-place.js';
import { billOfAttempt, estimatedBill, nothingBought } from '#domain/pricing/bill-of.js';
import { keptDays } from '#domain/retention/kept-days.js';
import type { Hop } from '#domain/routing/choose-route.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import { newId } from '#runtime/new-id.js';
import type { VenueFault } from '#venues/venue-fault.js';
import { type InboundCall, type SeenCall, unclassified, unseen } from './admit-call.js';
import type { AttemptJournal } from './attempt-journal.js';
import { type AttemptHold, neverHeld } from './hold-attempt.js';
import type { CallCopy, MirrorCall } from './mirror-call.js';
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
    private readonly mirror: Pick<MirrorCall, 'mirror' | 'keep'>,
    private readonly metrics: ProxyMetrics,
  ) {}

  /**
   * Writes the ending this attempt gets if the process dies now. Resolves to the record's opening, which its real ending
   * shares, or to null: the journal cannot be written.
   */
  async intend(held: AttemptInHand): Promise<string | null> {
    const facts = this.factsOf(held, {
      outcome: 'truncated',
      bill: held.inbound.protocol.free ? nothingBought : estimatedBill(held.hold.ceilingPicoUsd),
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
    const requestSent = relayed.facts?.requestSent ?? true;
    const bill = inbound.protocol.free ? nothingBought : billOfAttempt({ ...relayed, requestSent }, purchaseOf(held));
    const fault = relayed.fault && !relayed.committed ? spellFault(relayed.fault) : null;
    const refusal: Refusal | null = fault && held.retriedHere ? { ...fault, exhausted: true } : fault;
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
    if (facts.final) this.keepIfAsked(held, relayed);
    return refusal;
  }

  /** Gives a hold back that was never used. */
  release(inHand: CallInHand, hop: Hop, hold: AttemptHold): void {
    const facts = this.factsOf(
      { ...inHand, hop, hold, capacity: null, attempt: 0 },
      { outcome: 'refused', bill: nothingBought, relayed: null },
    );
    this.record({ ...facts, final: false });
    this.voidPlace(inHand, hop, hold);
  }

  /** The client left while a busy venue was waited for: nothing was bought since. */
  left(inHand: CallInHand, hop: Hop): void {
    const hold = neverHeld(newId(Date.now()));
    this.record(
      this.factsOf(
        { ...inHand, hop, hold, capacity: null, attempt: 0 },
        { outcome: 'client_gone', bill: nothingBought, relayed: null },
      ),
    );
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

  answer(inbound: InboundCall, client: ServerResponse, refusal: Refusal, seen: SeenCall = unseen): void {
    if (client.destroyed || client.headersSent) return;
    const spelled = inbound.protocol.spellRefusal(refusal);
    client.writeHead(spelled.status, {
      ...spelled.headers,
      'x-flux-request-id': inbound.callId,
      'x-flux-routed': 'false',
      ...(refusal.exhausted && { 'x-should-retry': 'false' }),
      ...(seen.head && { 'x-flux-original-model': seen.head.requestedModel }),
      ...(seen.lane && { 'x-o10-lane': seen.lane }),
    });
    client.end(spelled.body);
  }

  /** Before the first snapshot there is no log to write to: answered and counted only. */
  answerOnly(inbound: InboundCall, client: ServerResponse, refusal: Refusal): void {
    this.metrics.refusals.inc({ code: refusal.code });
    this.answer(inbound, client, refusal);
  }

  private factsOf(
    held: Omit<AttemptInHand, 'triesNext' | 'retriedHere'>,
    ending: Pick<AttemptFacts, 'outcome' | 'bill' | 'relayed'>,
  ): AttemptFacts {
    const { inbound, call, index, decision, hop, hold, attempt, cluster } = held;
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
      line: placeOf(held),
      endedAtMs: Date.now(),
      overheadMs: null,
    };
  }

  /** Every numbered call sends a job, also one without an answer to compare: its place in the line is then void. */
  private mirrorIfDrawn(held: AttemptInHand, relayed: Relayed): void {
    if (held.drawn === null || held.attempt > 1) return;
    const line = placeOf(held);
    if (line === null) return this.metrics.shadowDropped.inc({ reason: 'desk_down' });
    const outcome = relayed.outcome === 'next' ? 'fault' : relayed.outcome;
    this.mirror.mirror({
      job: { ...jobOf(held, held.hop, line), ...(line.canary && { outcome }) },
      requestBody: held.inbound.body,
      answer: relayed.answer ?? (line.canary && unanswered.includes(outcome) ? noAnswer : null),
    });
  }

  /** What was said goes to the worker, which keeps of it what the use case says. */
  private keepIfAsked({ inbound, call, index }: AttemptInHand, { answer }: Relayed): void {
    const useCase = call.useCase?.definition;
    if (!useCase || keptDays(useCase) === 0) return;
    this.mirror.keep({
      job: {
        callId: inbound.callId,
        organisation: call.key.organisation,
        useCase: useCase.slug,
        snapshot: index.snapshot.version,
        protocol: inbound.protocol.name,
        admittedAt: new Date(inbound.admittedAtMs).toISOString(),
      },
      requestBody: inbound.body,
      answer,
      subject: inbound.subject,
      key: call.key.id,
    });
  }

  /** A place given to an attempt that was then not sent: void, else it would count as an answer that never came. */
  private voidPlace(inHand: CallInHand, hop: Hop, hold: AttemptHold): void {
    const line = placeOf({ ...inHand, hold });
    if (line === null) return;
    // The call may yet be sent elsewhere and have a job of its own: this one goes by the attempt.
    const job = {
      ...jobOf(inHand, hop, line),
      callId: hold.attemptId,
      ...(line.canary && { outcome: 'refused' as const }),
    };
    this.mirror.mirror({ job, requestBody: inHand.inbound.body, answer: null });
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
    if (call.lane) this.metrics.lanes.inc({ lane: call.lane });
    if (call.pinned) this.metrics.pinned.inc({ use_case: useCase?.slug ?? unclassified });
    for (const [meter, quantity] of Object.entries(relayed.usage.parts)) this.metrics.tokens.inc({ meter }, quantity);
  }

  private mayRecordStranger(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.strangers.second) this.strangers = { second, count: 0 };
    return ++this.strangers.count <= strangersPerSecond;
  }
}

/** Of a canary whose candidate made no answer the request is kept: whether it counts must not depend on that. */
const unanswered: readonly string[] = ['fault', 'truncated'];
const noAnswer = { body: Buffer.alloc(0), contentType: '' };

const placeOf = ({ drawn, hold: { position } }: CallInHand & { hold: AttemptHold }): LinePlace | null => {
  if (drawn === null || position === null) return null;
  const { line, probability, canary } = drawn;
  return { gate: line, position, probability, ...(canary && { canary }) };
};

const jobOf = ({ inbound, call, index, cluster }: CallInHand, hop: Hop, line: LinePlace): CallCopy['job'] => ({
  callId: inbound.callId,
  organisation: call.key.organisation,
  useCase: call.useCase?.definition.slug ?? unclassified,
  snapshot: index.snapshot.version,
  route: hop.placed.route.id,
  stream: call.head.stream,
  protocol: inbound.protocol.name,
  admittedAt: new Date(inbound.admittedAtMs).toISOString(),
  line,
  cluster,
});

export function spellFault(fault: VenueFault): Refusal {
  if (fault.code.startsWith('timeout')) return { code: 'venue_timeout', message: fault.message };
  if (fault.code === 'unreachable') return { code: 'venue_unreachable', message: fault.message };
  if (fault.code === 'cannot_express') return { code: 'cannot_express', message: fault.message };
  return { code: 'venue_broke_off', message: fault.message };
}
