/** The call record of a replay: a call of its own, of nobody's key, that names the live call it repeats. No prompt, no answer. */
import type { CallRecordWire } from '#contracts/call-record.js';
import type { HeldEnvelope, Settlement } from '#contracts/envelope-desk.js';
import type { MirrorJob } from '#contracts/jobs.js';
import type { PublishedUseCase } from '#contracts/snapshot.js';
import { billOfAttempt } from '#domain/pricing/bill-of.js';
import { nanoCeil } from '#domain/pricing/ceiling-of.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import type { ReplayPlan } from './plan-replay.js';
import type { ReplayAnswer } from './send-replay.js';

export interface ReplayFacts {
  job: MirrorJob;
  useCase: PublishedUseCase;
  index: RoutingIndex;
  plan: ReplayPlan;
  requestedModel: string;
  callId: string;
  attemptId: string;
  envelopes: HeldEnvelope[];
  /** When it was held: the instant it is priced at. */
  admittedAtMs: number;
  endedAtMs: number;
  answer: ReplayAnswer;
}

export function replaySettlement(facts: ReplayFacts): Settlement {
  const { plan, answer, index } = facts;
  const { route } = plan.placed;
  const bill = billOfAttempt(answer, {
    route,
    ceilingPicoUsd: plan.ceilingPicoUsd,
    prices: index.prices,
    instantMs: facts.admittedAtMs,
  });
  const cost = bill.costPicoUsd.toString();
  const record: CallRecordWire = {
    ...identityOf(facts),
    ...whereOf(facts),
    outcome: answer.outcome,
    refusal: null,
    status: answer.status,
    decision: null,
    envelopes: facts.envelopes,
    wouldRefuse: [],
    heldNanoUsd: nanoCeil(plan.ceilingPicoUsd).toString(),
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
  return {
    holdId: facts.attemptId,
    costNanoUsd: nanoCeil(bill.costPicoUsd),
    envelopes: facts.envelopes,
    record: JSON.stringify(record),
  };
}

const identityOf = ({ job, useCase, index, ...facts }: ReplayFacts) =>
  ({
    schema: 'o10.call.v1',
    kind: 'shadow_replay',
    callId: facts.callId,
    attemptId: facts.attemptId,
    attempt: 1,
    final: true,
    organisation: job.organisation,
    team: useCase.team,
    useCase: job.useCase,
    key: null,
    mode: 'shadow',
    stream: false,
    snapshot: index.snapshot.version,
    admittedAt: new Date(facts.admittedAtMs).toISOString(),
    endedAt: new Date(facts.endedAtMs).toISOString(),
    replayOf: job.callId,
    line: job.line,
    cluster: job.cluster,
  }) satisfies Partial<CallRecordWire>;

const whereOf = ({ plan: { placed }, answer, requestedModel }: ReplayFacts) => ({
  protocol: placed.venue.protocol,
  requestedModel: requestedModel.slice(0, 200),
  route: placed.route.id,
  venue: placed.venue.id,
  jurisdiction: placed.venue.jurisdiction,
  tier: answer.servedTier ?? placed.route.tier,
  servedModel: answer.servedModel,
  ...(answer.adaptations.length > 0 ? { adaptations: [...answer.adaptations] } : {}),
});
