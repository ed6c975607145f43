/**
 * What this proxy knows that the snapshot does not: which venues fail, where sessions were served. It is a view, not
 * a store: losing it costs a few calls' latency, never money or policy.
 */
import { createHmac, type KeyObject } from 'node:crypto';
import type { LinePlace, RouteReason } from '#contracts/call-record.js';
import { type LadderStep, ladderSteps } from '#contracts/envelope.js';
import type { RouteId } from '#contracts/names.js';
import type { CapacityInHand } from '#domain/pricing/bill-of.js';
import { drawCanary } from '#domain/gate/canary-terms.js';
import { clusterOf } from '#domain/gate/case-key.js';
import { mayMirror } from '#domain/retention/kept-days.js';
import type { CallFacts, Hop, LocalView } from '#domain/routing/choose-route.js';
import type { PlacedRoute, RoutingIndex } from '#domain/routing/routing-index.js';
import type { CallHead } from '#protocols/protocol.js';
import { obstaclesOf } from '#venues/send-call.js';
import type { Breaker } from '#venues/breaker.js';
import type { AdmittedCall, InboundCall } from './admit-call.js';
import type { CapacityView } from './capacity-view.js';
import type { Relayed } from './relay-answer.js';
import { RouteSpeeds } from './route-speeds.js';
import type { AttemptInHand } from './serve-call.js';

/** A venue that answers so serves nobody; 500 and 429 may be about this call and this key alone. */
const unavailable = new Set([502, 503, 504, 529]);
const sessionsMax = 50_000;
/** Why the baseline serves in enforce, where that says nothing about the call. */
const shadowReasons: readonly RouteReason[] = ['nothing_cleared', 'not_ramped'];

export interface OutputLimits {
  /** Null: as the call has it. */
  lowerTo: number | null;
  /** The least it may be cut to, where only so much of an envelope is left; null: it may not. */
  cutTo: number | null;
}

export const asAsked: OutputLimits = { lowerTo: null, cutTo: null };

const reaches = (step: LadderStep, other: LadderStep): boolean =>
  ladderSteps.indexOf(step) >= ladderSteps.indexOf(other);

/** How an envelope that has reached this step wants the route chosen. */
export const steeredAt = (step: LadderStep): Pick<LocalView, 'steer' | 'flexFirst'> => ({
  steer: true,
  flexFirst: reaches(step, 'flex'),
});

/** A call drawn for evaluation: the line it is numbered in, and with which probability. */
export type Drawn = Pick<LinePlace, 'probability' | 'canary'> & { line: string };

export class LocalKnowledge {
  private readonly lastRoutes = new Map<string, RouteId>();
  private readonly speeds = new RouteSpeeds();

  constructor(
    private readonly breaker: Breaker,
    private readonly capacity: CapacityView,
    private readonly digestKey: KeyObject,
  ) {}

  clusterOf(head: CallHead): string {
    return clusterOf(this.digestKey, { session: head.session, firstMessages: head.firstMessagesText });
  }

  /** HMAC-SHA-256 hex, told apart from every other digest under this key. */
  readonly shapeDigest = (text: string): string =>
    createHmac('sha256', this.digestKey).update(`shape\u0000${text}`, 'utf8').digest('hex');

  readonly throughputOf = (route: RouteId): number | null => this.speeds.of(route, Date.now());

  view(cluster: string, index: RoutingIndex, admittedAtMs: number): Omit<LocalView, 'steer' | 'flexFirst'> {
    const nowMs = Date.now();
    return {
      venueDown: (venue) => this.breaker.isOpen(venue, nowMs),
      lastRoute: this.lastRoutes.get(cluster) ?? null,
      capacityOf: (placed) => this.capacityOf(placed, index, admittedAtMs),
    };
  }

  /** Committed capacity behind a route, as far as it is known to be used. */
  capacityOf(placed: PlacedRoute, index: RoutingIndex, admittedAtMs: number): CapacityInHand | null {
    return index.commitments.size === 0 ? null : this.capacity.inHand(placed, index, admittedAtMs);
  }

  factsOf(inbound: InboundCall, call: AdmittedCall, draw: number): CallFacts {
    return {
      needs: {
        protocol: inbound.protocol.name,
        obstacleAt: obstaclesOf(inbound.protocol.name, inbound.body),
        capabilities: call.head.needs,
        inputTokensExpected: call.head.inputTokensExpected,
        maxOutputTokens: this.maxOutputTokens(call, call.requested),
        ...(call.head.contexts !== undefined && { contexts: call.head.contexts }),
      },
      requested: call.requested,
      pinned: call.pinned,
      useCase: call.useCase,
      wishes: call.wishes,
      others: call.others,
      ...(call.stays && { stays: true }),
      replayable: call.head.replayable,
      mayPin: call.key.scopes.includes('pin'),
      instantMs: inbound.admittedAtMs,
      draw,
    };
  }

  /** What bounds the output of each choice: the call, else in enforce the use case (injected), else the model itself. */
  maxOutputTokens(call: AdmittedCall, placed: PlacedRoute): number {
    if (call.head.maxOutputTokens !== null) return call.head.maxOutputTokens;
    const useCase = call.useCase?.definition;
    return useCase?.mode === 'enforce'
      ? Math.min(useCase.maxOutputTokens, placed.route.maxOutputTokens)
      : placed.route.maxOutputTokens;
  }

  /**
   * What an envelope that has reached this step does to the output limit of a call, as far as its use case allows: it is
   * lowered; one that was refused is cut to what is left, and no further.
   */
  limitsAt(call: AdmittedCall, placed: PlacedRoute, step: LadderStep, refused: boolean): OutputLimits {
    const shortenTo = call.useCase?.definition.shortenTo;
    const least = step === 'shrink' || step === 'cap' ? shortenTo?.[step] : undefined;
    if (least === undefined || least >= this.maxOutputTokens(call, placed)) return asAsked;
    return refused ? { lowerTo: null, cutTo: least } : { lowerTo: least, cutTo: null };
  }

  /**
   * Drawn are replayable calls for the baseline, of a use case that keeps content: in shadow, and in enforce where the
   * baseline serves because of proof or ramp, for replay on the candidates; on a cleared route as a canary.
   */
  drawnOf(call: AdmittedCall, hops: Hop[], uniform: number): Drawn | null {
    const { useCase, head } = call;
    const [hop] = hops;
    if (!useCase || !hop || !head.replayable || !mayMirror(useCase.definition)) return null;
    if (call.requested !== useCase.baseline) return null;
    const { mode, samplingShare, candidates, gateHash } = useCase.definition;
    if (hop.placed === useCase.baseline) {
      const comparable = mode === 'shadow' || (mode === 'enforce' && shadowReasons.includes(hop.reason));
      if (!comparable || candidates.length === 0 || uniform >= samplingShare) return null;
      return { line: gateHash, probability: samplingShare };
    }
    const proof = useCase.cleared.get(hop.placed.route.id);
    if (mode !== 'enforce' || !proof) return null;
    const canary = drawCanary(useCase.definition, proof.scoredShare, uniform);
    if (!canary) return null;
    const { probability, paired } = canary;
    return { line: proof.canaryLine, probability, canary: { verdict: proof.verdict, paired } };
  }

  /** `sentAt`: monotonic, as `firstByteAt`. */
  learn(held: AttemptInHand, relayed: Relayed, sentAt: number): void {
    const venue = held.hop.placed.venue.id;
    if (held.capacity) this.capacity.drew(held.capacity, relayed.usage.parts, Date.now());
    // Neither says anything about the venue.
    if (relayed.fault?.code === 'aborted' || relayed.fault?.code === 'cannot_express') return;
    if (relayed.fault || unavailable.has(relayed.status ?? 0)) this.breaker.failed(venue, Date.now());
    else this.breaker.succeeded(venue);
    if (relayed.outcome !== 'served') return;
    const { stream } = held.call.head;
    const latencyMs = performance.now() - sentAt;
    const firstByteMs = relayed.firstByteAt === null ? null : relayed.firstByteAt - sentAt;
    this.speeds.saw(held.hop.placed.route.id, { usage: relayed.usage, stream, latencyMs, firstByteMs }, Date.now());
    this.lastRoutes.delete(held.cluster);
    this.lastRoutes.set(held.cluster, held.hop.placed.route.id);
    if (this.lastRoutes.size <= sessionsMax) return;
    const oldest = this.lastRoutes.keys().next();
    if (!oldest.done) this.lastRoutes.delete(oldest.value);
  }
}
