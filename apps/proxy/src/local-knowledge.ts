/**
 * What this proxy knows that the snapshot does not: which venues fail, where sessions were served. It is a view, not
 * a store: losing it costs a few calls' latency, never money or policy.
 */
import type { KeyObject } from 'node:crypto';
import type { RouteId } from '#contracts/names.js';
import { clusterOf } from '#domain/gate/case-key.js';
import type { CallFacts, Hop, LocalView } from '#domain/routing/choose-route.js';
import type { PlacedRoute } from '#domain/routing/routing-index.js';
import type { CallHead } from '#protocols/protocol.js';
import type { Breaker } from '#venues/breaker.js';
import type { AdmittedCall, InboundCall } from './admit-call.js';
import type { Relayed } from './relay-answer.js';
import type { AttemptInHand } from './serve-call.js';

const sessionsMax = 50_000;

export class LocalKnowledge {
  private readonly lastRoutes = new Map<string, RouteId>();

  constructor(
    private readonly breaker: Breaker,
    private readonly digestKey: KeyObject,
  ) {}

  clusterOf(head: CallHead): string {
    return clusterOf(this.digestKey, { session: head.session, firstMessages: head.firstMessagesText });
  }

  view(cluster: string): Omit<LocalView, 'steer'> {
    const nowMs = Date.now();
    return { venueDown: (venue) => this.breaker.isOpen(venue, nowMs), lastRoute: this.lastRoutes.get(cluster) ?? null };
  }

  factsOf(inbound: InboundCall, call: AdmittedCall, draw: number): CallFacts {
    return {
      needs: {
        capabilities: call.head.needs,
        inputTokensExpected: call.head.inputTokensExpected,
        maxOutputTokens: this.maxOutputTokens(call, call.requested),
      },
      requested: call.requested,
      useCase: call.useCase,
      onlyVenues: call.head.onlyVenues,
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

  /** Sampled are calls the evidence is about: shadow, on the baseline, replayable, of a use case that keeps content. */
  sampleOf(call: AdmittedCall, hops: Hop[], draw: number): number | null {
    const useCase = call.useCase;
    if (!useCase || useCase.definition.mode !== 'shadow' || useCase.definition.candidates.length === 0) return null;
    if (!call.head.replayable || useCase.definition.retention === 'zero') return null;
    if (hops[0]?.placed !== useCase.baseline) return null;
    return draw < useCase.definition.samplingShare ? useCase.definition.samplingShare : null;
  }

  learn(held: AttemptInHand, relayed: Relayed): void {
    const venue = held.hop.placed.venue.id;
    const aborted = relayed.fault?.code === 'aborted';
    if (relayed.fault && !aborted) this.breaker.failed(venue, Date.now());
    else if (!aborted) this.breaker.succeeded(venue);
    if (relayed.outcome !== 'served') return;
    this.lastRoutes.delete(held.cluster);
    this.lastRoutes.set(held.cluster, held.hop.placed.route.id);
    if (this.lastRoutes.size <= sessionsMax) return;
    const oldest = this.lastRoutes.keys().next();
    if (!oldest.done) this.lastRoutes.delete(oldest.value);
  }
}
