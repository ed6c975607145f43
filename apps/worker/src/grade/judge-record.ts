/** The call record of a judgement: a call of its own, of nobody's key, that names the live call it belongs to. No prompt, no answer. */
import type { CallRecordWire } from '#contracts/call-record.js';
import type { HeldEnvelope, Settlement } from '#contracts/envelope-desk.js';
import { billOfAttempt } from '#domain/pricing/bill-of.js';
import { nanoCeil } from '#domain/pricing/ceiling-of.js';
import type { PlacedRoute } from '#domain/routing/routing-index.js';
import type { JudgedCall, OutsideAnswer } from './ask-outside.js';

export interface JudgeFacts extends JudgedCall {
  placed: PlacedRoute;
  callId: string;
  attemptId: string;
  envelopes: HeldEnvelope[];
  ceilingPicoUsd: bigint;
  /** When it was held: the instant it is priced at. */
  admittedAtMs: number;
  endedAtMs: number;
  answer: OutsideAnswer;
}

export function judgeSettlement(facts: JudgeFacts): Settlement {
  const { answer, index, placed, attemptId, envelopes, ceilingPicoUsd, admittedAtMs } = facts;
  const bill = billOfAttempt(answer, {
    route: placed.route,
    ceilingPicoUsd,
    prices: index.prices,
    instantMs: admittedAtMs,
  });
  const cost = bill.costPicoUsd.toString();
  const record: CallRecordWire = {
    ...identityOf(facts),
    protocol: placed.venue.protocol,
    requestedModel: placed.route.model.slice(0, 200),
    route: placed.route.id,
    venue: placed.venue.id,
    jurisdiction: placed.venue.jurisdiction,
    tier: answer.servedTier ?? placed.route.tier,
    servedModel: answer.servedModel,
    outcome: answer.outcome,
    refusal: null,
    status: answer.status,
    decision: null,
    envelopes,
    wouldRefuse: [],
    heldNanoUsd: nanoCeil(ceilingPicoUsd).toString(),
    costBasis: bill.basis,
    costPicoUsd: cost,
    chargePicoUsd: cost,
    priceBook: bill.basis === 'none' ? null : index.snapshot.prices.hash,
    lines: bill.lines,
    usage: answer.usage,
    latencyMs: answer.latencyMs,
    firstByteMs: answer.firstByteMs,
    overheadMs: null,
    requestDigest: null,
    answerDigest: null,
  };
  return { holdId: attemptId, costNanoUsd: nanoCeil(bill.costPicoUsd), envelopes, record: JSON.stringify(record) };
}

const identityOf = ({ job, useCase, index, callId, attemptId, admittedAtMs, endedAtMs }: JudgeFacts) =>
  ({
    schema: 'o10.call.v1',
    kind: 'judge',
    callId,
    attemptId,
    attempt: 1,
    final: true,
    organisation: job.organisation,
    team: useCase.team,
    useCase: job.useCase,
    key: null,
    mode: 'shadow',
    stream: false,
    snapshot: index.snapshot.version,
    admittedAt: new Date(admittedAtMs).toISOString(),
    endedAt: new Date(endedAtMs).toISOString(),
    replayOf: job.callId,
    line: job.line,
    cluster: job.cluster,
  }) satisfies Partial<CallRecordWire>;
