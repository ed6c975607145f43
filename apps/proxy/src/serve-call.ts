/**
 * The life of a call: admit → choose → hold → send → relay → settle. Each step may refuse; every call, served or
 * refused, ends on the record.
 */
import type { ServerResponse } from 'node:http';
import type { Decision, RouteReason } from '#contracts/call-record.js';
import type { HoldAnswer, HoldRequest } from '#contracts/envelope-desk.js';
import type { LadderStep } from '#contracts/envelope.js';
import type { Refusal } from '#contracts/refusal.js';
import { rampDrawOf } from '#domain/gate/canary-terms.js';
import type { CapacityInHand } from '#domain/pricing/bill-of.js';
import { chooseRoute, type Hop, type LocalView } from '#domain/routing/choose-route.js';
import { isFlex } from '#domain/routing/flex.js';
import { mayFollow, nextHop, refusesFlex } from '#domain/routing/next-hop.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import { accountOf, admitCall, type AdmittedCall, type InboundCall, type SeenCall } from './admit-call.js';
import { uncountedAttempt } from './count-later.js';
import { type AttemptHold, holdAttempt, type HoldOutcome } from './hold-attempt.js';
import type { KeptAnswers } from './kept-answers.js';
import type { KeyRing } from './key-ring.js';
import { asAsked, type Drawn, type LocalKnowledge, type OutputLimits, steeredAt } from './local-knowledge.js';
import { stayWithAnswer } from './recall-answer.js';
import type { RecordCall } from './record-call.js';
import type { Relayed } from './relay-answer.js';
import type { SendAttempt } from './send-attempt.js';
import type { RetryBudget } from '#venues/retry-budget.js';
import type { RequestRates } from './request-rates.js';
import { waitUnlessLeft } from './wait-unless-left.js';

/** What every step of one call needs to know; made once, never changed. */
export interface CallInHand {
  inbound: InboundCall;
  call: AdmittedCall;
  index: RoutingIndex;
  decision: Decision;
  cluster: string;
  /** Null: this call was not drawn for evaluation. Decided before there is an answer. */
  drawn: Drawn | null;
}

export interface AttemptInHand extends CallInHand {
  hop: Hop;
  hold: AttemptHold;
  /** Capacity the route draws from, as it stood when the call was held. */
  capacity: CapacityInHand | null;
  attempt: number;
  /** Whether something follows a try that ends so (status null: a fault) and the budget of retries pays. Yes takes a retry. */
  triesNext: (status: number | null) => boolean;
  /** Trying other routes is done here, whether or not one was left for this call. */
  retriedHere: boolean;
}

/** What the ladder of an envelope does to a call at this step; `changes` says whether that differs from the hop in hand. */
type Climb = (
  step: LadderStep,
  refused: boolean,
  hops: Hop[],
  attempt: number,
) => { hops: Hop[]; drawn: Drawn | null; limits: OutputLimits; changes: boolean };

export interface ServeCallParts {
  snapshot: { current(): RoutingIndex | null };
  keys: KeyRing;
  local: LocalKnowledge;
  hold: (request: HoldRequest) => Promise<HoldAnswer>;
  send: SendAttempt;
  retries: RetryBudget;
  rates: RequestRates;
  record: RecordCall;
  kept: KeptAnswers;
  newAttemptId: (nowMs: number) => string;
}

export class ServeCall {
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly parts: ServeCallParts) {}

  serve(inbound: InboundCall, client: ServerResponse): Promise<void> {
    const serving = this.admit(inbound, client).finally(() => this.running.delete(serving));
    this.running.add(serving);
    return serving;
  }

  /** Resolves when no call is under way any more, also none whose client has left and whose venue is still read. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.running);
  }

  private async admit(inbound: InboundCall, client: ServerResponse): Promise<void> {
    const index = this.parts.snapshot.current();
    if (!index)
      return this.parts.record.answerOnly(inbound, client, { code: 'not_ready', message: 'o10 is starting.' });
    const admission = admitCall(inbound, index, this.parts.keys, this.parts.local);
    if (admission.refused) return this.refuse(inbound, index, client, admission.seen, admission.refused);
    const call = admission.admitted.head.continues
      ? await stayWithAnswer(admission.admitted, inbound, index, this.parts.kept)
      : admission.admitted;
    if ('refused' in call) return this.refuse(inbound, index, client, admission.admitted, call.refused);
    const account = accountOf(call, index);
    const tooFast = account?.plan.requestsPerSecond
      ? await this.parts.rates.against(account, inbound.admittedAtMs)
      : null;
    if (tooFast) return this.refuse(inbound, index, client, call, tooFast);
    const cluster = this.parts.local.clusterOf(call.head);
    const draw = Math.random();
    const view: LocalView = { ...this.parts.local.view(cluster, index, inbound.admittedAtMs), steer: false };
    const facts = this.parts.local.factsOf(inbound, call, rampDrawOf(cluster));
    const closed = laneRefusal(call, view);
    if (closed) return this.refuse(inbound, index, client, call, closed);
    const choice = chooseRoute(facts, index, view);
    if ('refused' in choice) return this.refuse(inbound, index, client, call, choice.refused, choice.decision);
    const drawnFor = (hops: Hop[]) => this.parts.local.drawnOf(call, hops, draw);
    const inHand: CallInHand = {
      inbound,
      call,
      index,
      decision: choice.decision,
      cluster,
      drawn: drawnFor(choice.hops),
    };
    const climb: Climb = (step, refused, hops, attempt) => {
      // What has failed is not chosen again: behind the first hop the order stays.
      const again = attempt === 0 ? chooseRoute(facts, index, { ...view, ...steeredAt(step) }) : null;
      const moves = again !== null && 'hops' in again && again.hops[0]?.placed !== hops[0]?.placed;
      const next = moves ? again.hops : hops;
      const limits = this.parts.local.limitsAt(call, (next[attempt] as Hop).placed, step, refused);
      // What is cut short is no evidence of what a route can do.
      const drawn = limits.lowerTo === null ? drawnFor(next) : null;
      return { hops: next, drawn, limits, changes: moves || limits !== asAsked };
    };
    await this.tryHops(inHand, choice.hops, client, climb);
  }

  /**
   * Hop after hop until one answers or none is left; each is held, sent, settled and recorded on its own. Where envelopes
   * fill, the ladder is climbed once, and what it asks for is held anew.
   */
  private async tryHops(firstHand: CallInHand, first: Hop[], client: ServerResponse, climb: Climb): Promise<void> {
    this.parts.retries.called();
    let hops = first;
    let inHand = firstHand;
    let limits = asAsked;
    let mayClimb = inHand.call.useCase?.definition.mode === 'enforce';
    let tried = 0;
    let next = nextHop(hops, 0, null, Date.now());
    while (next !== null) {
      const { at } = next;
      const hop = hops[at] as Hop;
      if (next.waitMs > 0 && !(await waitUnlessLeft(next.waitMs, client))) return this.parts.record.left(inHand, hop);
      const outcome = await this.hold(inHand, hop, tried === 0, limits);
      const step = outcome.refused ? outcome.step : outcome.hold.step;
      if (step !== null && mayClimb) {
        mayClimb = false;
        const climbed = climb(step, outcome.refused !== undefined, hops, at);
        ({ limits } = climbed);
        if (climbed.changes) {
          if (!outcome.refused) this.parts.record.release(inHand, hop, outcome.hold);
          hops = climbed.hops;
          inHand = { ...inHand, drawn: climbed.drawn };
          next = { at, waitMs: 0 };
          continue;
        }
      }
      if (outcome.refused)
        return this.refuse(inHand.inbound, inHand.index, client, inHand.call, outcome.refused, inHand.decision);
      tried += 1;
      const held: AttemptInHand = {
        ...inHand,
        drawn: outcome.hold.loweredTo === null ? inHand.drawn : null,
        hop: reasoned(hop, outcome.hold),
        hold: outcome.hold,
        capacity: this.parts.local.capacityOf(hop.placed, inHand.index, inHand.inbound.admittedAtMs),
        attempt: tried,
        triesNext: (status) => {
          const last = { placed: hop.placed, status, retryAfterMs: null };
          return mayFollow(hops, at + 1, last, Date.now()) && (refusesFlex(last) || this.parts.retries.take());
        },
        retriedHere: retriedHere(inHand.call),
      };
      const relayed = await this.sendOnce(held, client);
      if (relayed?.outcome !== 'next') return;
      next = nextHop(hops, at + 1, { ...relayed, placed: hop.placed }, Date.now());
    }
  }

  /** What goes on without a hold goes on under an id of its own: the one the desk was asked for may have money on it. */
  private async hold(inHand: CallInHand, hop: Hop, first: boolean, limits: OutputLimits): Promise<HoldOutcome> {
    const { inbound, call, index } = inHand;
    const outcome = await holdAttempt(this.parts.newAttemptId(inbound.admittedAtMs), inbound, call, hop.placed, {
      ask: this.parts.hold,
      index,
      maxOutputTokens: this.parts.local.maxOutputTokens(call, hop.placed),
      ...limits,
      line: first ? (inHand.drawn?.line ?? null) : null,
    });
    if (!outcome.inDoubt) return outcome;
    this.parts.record.release(inHand, hop, outcome.inDoubt);
    const attemptId = this.parts.newAttemptId(inbound.admittedAtMs);
    return outcome.refused ? outcome : { hold: { ...outcome.hold, attemptId } };
  }

  /** Null: refused before anything was sent. */
  private async sendOnce(held: AttemptInHand, client: ServerResponse): Promise<Relayed | null> {
    const opening = await this.parts.record.intend(held);
    if (opening === null) {
      this.parts.record.release(held, held.hop, held.hold);
      this.refuse(
        held.inbound,
        held.index,
        client,
        held.call,
        { code: 'storage_unavailable', message: 'The journal cannot be written.' },
        held.decision,
      );
      return null;
    }
    const sentAt = performance.now();
    const relayed = await this.parts.send.send(held, client);
    this.parts.local.learn(held, relayed, sentAt);
    this.keep(held, relayed);
    const refusal = this.parts.record.ended(held, opening, relayed, sentAt);
    if (refusal && relayed.outcome === 'fault' && !relayed.committed)
      this.parts.record.answer(held.inbound, client, refusal, held.call);
    return relayed;
  }

  /** The venue keeps the answer: whoever builds on it must come back to this route. */
  private keep(held: AttemptInHand, relayed: Relayed): void {
    const { call, hop } = held;
    const { answerId } = relayed;
    if (!answerId || !call.head.keepsAnswer) return;
    const { requestedModel: model } = call.head;
    const uncounted = uncountedAttempt(held, relayed);
    const route = hop.placed.route.id;
    void this.parts.kept.remember(answerId, { route, model, team: call.key.team, ...(uncounted && { uncounted }) });
  }

  private refuse(
    inbound: InboundCall,
    index: RoutingIndex,
    client: ServerResponse,
    seen: SeenCall,
    refusal: Refusal,
    decision: Decision | null = null,
  ): void {
    this.parts.record.refused(inbound, index, seen, refusal, decision);
    this.parts.record.answer(inbound, client, refusal, seen);
  }
}

const retriedHere = ({ useCase, requested }: AdmittedCall): boolean =>
  isFlex(requested) ||
  (useCase !== undefined && (useCase.definition.mode === 'enforce' || useCase.fallbacks.length > 0));

const reasoned = (hop: Hop, hold: AttemptHold): Hop =>
  hold.deskDown ? { ...hop, reason: 'desk_down' satisfies RouteReason } : hop;

const laneRetryMs = 5_000;

/** A lane is a promise of some route: with none of its venues answering, the caller hears so at once. */
function laneRefusal({ lane, requested, others, useCase }: AdmittedCall, view: LocalView): Refusal | null {
  if (lane === null || useCase?.definition.mode === 'enforce') return null;
  if (![requested, ...others].every(({ venue }) => view.venueDown(venue.id))) return null;
  const message = `No venue of the lane ${lane} answers.`;
  return { code: 'lane_unavailable', message, scope: `lane:${lane}`, retryAfterMs: laneRetryMs };
}
