/**
 * What is written about an attempt, served or refused. The record travels as text inside the settlement, so it is
 * built on the wire form at once: money as decimal text. No prompt, no answer: only keyed digests.
 */
import { createHmac, type KeyObject } from 'node:crypto';
import type { CallRecordWire, Decision } from '#contracts/call-record.js';
import type { Settlement } from '#contracts/envelope-desk.js';
import { nanoUsdMax } from '#contracts/money.js';
import { Slug } from '#contracts/names.js';
import type { Refusal } from '#contracts/refusal.js';
import type { Usage } from '#contracts/usage.js';
import type { Bill } from '#domain/pricing/bill-of.js';
import { chargeOf } from '#domain/pricing/charge-of.js';
import { nanoCeil } from '#domain/pricing/ceiling-of.js';
import { jurisdictionOf } from '#domain/routing/eligible.js';
import type { PlacedRoute, RoutingIndex } from '#domain/routing/routing-index.js';
import { chargeFloorOf, type InboundCall, type SeenCall, unclassified } from './admit-call.js';
import type { AttemptHold } from './hold-attempt.js';
import type { Relayed } from './relay-answer.js';

const noUsage: Usage = { basis: 'missing', parts: {} };

/** What is known before the send. */
export interface OpeningFacts {
  inbound: InboundCall;
  seen: SeenCall;
  index: RoutingIndex;
  decision: Decision | null;
  placed: PlacedRoute | null;
  hold: AttemptHold | null;
  attempt: number;
  line: CallRecordWire['line'];
  cluster: string | null;
}

export interface AttemptFacts extends OpeningFacts {
  final: boolean;
  outcome: CallRecordWire['outcome'];
  status: number | null;
  refusal: Refusal | null;
  bill: Bill;
  relayed: Relayed | null;
  endedAtMs: number;
  overheadMs: number | null;
}

/** The fields only an ending knows; the rest of a record is its opening. */
type EndingName =
  | 'kind'
  | 'final'
  | 'endedAt'
  | 'tier'
  | 'servedModel'
  | 'outcome'
  | 'refusal'
  | 'refusedBy'
  | 'status'
  | 'costBasis'
  | 'costPicoUsd'
  | 'chargePicoUsd'
  | 'priceBook'
  | 'lines'
  | 'usage'
  | 'capacity'
  | 'adaptations'
  | 'latencyMs'
  | 'firstByteMs'
  | 'overheadMs'
  | 'answerDigest';

const digestBytesMax = 64 * 1024;

export class OnTheRecord {
  constructor(private readonly digestKey: KeyObject) {}

  /**
   * What is known of an attempt before it is sent, as the record's JSON without its closing brace: written once, for the
   * intent and for the ending. A decision over many routes is most of a record.
   */
  openingOf(facts: OpeningFacts): string {
    const { inbound, seen, placed, hold, index } = facts;
    const useCase = seen.useCase?.definition;
    const opening: Omit<CallRecordWire, EndingName> = {
      schema: 'o10.call.v1',
      callId: inbound.callId,
      attemptId: attemptIdOf(facts),
      attempt: facts.attempt,
      organisation: seen.key?.organisation ?? index.snapshot.organisation,
      team: useCase?.team ?? seen.key?.team ?? null,
      useCase: useCase?.slug ?? unclassified,
      key: seen.key?.id ?? null,
      ...tagOf(inbound),
      ...(seen.shape !== null && { shape: seen.shape }),
      mode: useCase?.mode ?? 'off',
      protocol: inbound.protocol.name,
      stream: seen.head?.stream ?? false,
      snapshot: index.snapshot.version,
      admittedAt: new Date(inbound.admittedAtMs).toISOString(),
      requestedModel: seen.head?.requestedModel.slice(0, 200) ?? null,
      lane: seen.lane,
      pinned: seen.pinned,
      route: placed?.route.id ?? null,
      venue: placed?.venue.id ?? null,
      jurisdiction: placed && jurisdictionOf(placed),
      decision: facts.decision && spellDecision(facts.decision),
      envelopes: hold?.envelopes ?? [],
      wouldRefuse: hold?.wouldRefuse ?? [],
      ...ladderOf(hold),
      ...heldOf(hold),
      replayOf: null,
      line: facts.line,
      requestDigest: inbound.body.length <= digestBytesMax ? this.digest(inbound.body) : null,
      cluster: facts.cluster,
    };
    return JSON.stringify(opening).slice(0, -1);
  }

  /** `opening` is `openingOf` of the same attempt. */
  settlementOf(facts: AttemptFacts, opening: string): Settlement {
    return {
      holdId: attemptIdOf(facts),
      costNanoUsd: nanoCeil(facts.bill.costPicoUsd),
      envelopes: facts.hold?.envelopes ?? [],
      record: `${opening},${JSON.stringify(this.endingOf(facts)).slice(1)}`,
    };
  }

  private endingOf(facts: AttemptFacts): Pick<CallRecordWire, EndingName> {
    const { inbound, seen, placed, relayed, bill, index } = facts;
    const costPicoUsd = bill.costPicoUsd.toString();
    return {
      kind: facts.final ? 'call' : 'attempt',
      final: facts.final,
      endedAt: new Date(facts.endedAtMs).toISOString(),
      tier: relayed?.servedTier ?? placed?.route.tier ?? null,
      servedModel: relayed?.servedModel ?? null,
      outcome: facts.outcome,
      refusal: facts.refusal?.code ?? null,
      ...(facts.refusal?.envelope && { refusedBy: facts.refusal.envelope.id }),
      status: facts.status,
      costBasis: bill.basis,
      costPicoUsd,
      chargePicoUsd: chargeOf(bill, relayed?.usage.parts ?? {}, chargeFloorOf(seen, index)).toString(),
      priceBook: bill.basis === 'none' ? null : index.snapshot.prices.hash,
      lines: bill.lines,
      usage: relayed?.usage ?? noUsage,
      ...(bill.capacity && { capacity: bill.capacity }),
      ...(relayed?.adaptations.length ? { adaptations: [...relayed.adaptations] } : {}),
      latencyMs: since(inbound.startedAt, performance.now()),
      firstByteMs: relayed?.firstByteAt ? since(inbound.startedAt, relayed.firstByteAt) : null,
      overheadMs: facts.overheadMs,
      answerDigest: relayed?.answer ? this.digest(relayed.answer.body) : null,
    };
  }

  private digest(body: Buffer): string {
    return createHmac('sha256', this.digestKey).update(body).digest('hex');
  }
}

/** A call refused for its tag, or before it was looked at, may carry anything. */
const tagOf = ({ tag }: InboundCall): Pick<CallRecordWire, 'tag'> =>
  tag !== undefined && Slug.safeParse(tag).success ? { tag } : {};

const ladderOf = (hold: AttemptHold | null): Pick<CallRecordWire, 'ladder'> =>
  hold === null || hold.step === null
    ? {}
    : { ladder: { step: hold.step, ...(hold.loweredTo === null ? {} : { maxOutputTokens: hold.loweredTo }) } };

/** What was held; of an attempt under no envelope, what would have been. */
function heldOf(hold: AttemptHold | null): Pick<CallRecordWire, 'heldNanoUsd' | 'ceilingNanoUsd'> {
  const ceiling = nanoCeil(hold?.ceilingPicoUsd ?? 0n);
  if (hold?.envelopes.length) return { heldNanoUsd: ceiling.toString() };
  return ceiling > 0n && ceiling <= nanoUsdMax
    ? { heldNanoUsd: '0', ceilingNanoUsd: ceiling.toString() }
    : { heldNanoUsd: '0' };
}

const since = (from: number, to: number): number => Math.round((to - from) * 1000) / 1000;

const attemptIdOf = ({ hold, inbound }: OpeningFacts): string => hold?.attemptId ?? inbound.callId;

const spellDecision = (decision: Decision): NonNullable<CallRecordWire['decision']> => ({
  ...decision,
  considered: decision.considered.map(({ route, ineligible, expectedCostPicoUsd }) => ({
    route,
    ineligible,
    expectedCostPicoUsd: expectedCostPicoUsd?.toString() ?? null,
  })),
  expectedSavingPicoUsd: decision.expectedSavingPicoUsd?.toString() ?? null,
});
