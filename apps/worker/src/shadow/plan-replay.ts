/**
 * Whether a candidate is asked what the baseline was asked, and how. Everything here is decided before any answer of
 * the candidate exists, so that no candidate can have its bad calls left out. Pure.
 */
import type { PublishedUseCase } from '#contracts/snapshot.js';
import type { PlacedRoute, RoutingIndex } from '#domain/routing/routing-index.js';
import { expressionAgainst, policyAgainst } from '#domain/routing/eligible.js';
import { ceilingOf } from '#domain/pricing/ceiling-of.js';
import { speaks } from '#contracts/venue.js';
import { obstaclesOf } from '#venues/send-call.js';
import type { CallHead, Protocol } from '#protocols/protocol.js';

export interface MirroredRequest {
  head: CallHead;
  body: Buffer;
  protocol: Protocol;
}

export interface ReplayPlan {
  placed: PlacedRoute;
  /** In the caller's wire format. */
  body: Buffer;
  outputTokensMax: number;
  /** The most it can cost; held before it is sent. */
  ceilingPicoUsd: bigint;
}

/**
 * A replay obeys the use case's policy in every mode. What enforce could not send to the candidate is not replayed
 * either: the evidence is about the calls the candidate would get.
 */
export function planReplay(
  { head, body, protocol }: MirroredRequest,
  placed: PlacedRoute,
  useCase: PublishedUseCase,
  prices: RoutingIndex['prices'],
  nowMs: number,
): ReplayPlan | { void: string } {
  const { route } = placed;
  const injected = head.maxOutputTokens === null ? Math.min(useCase.maxOutputTokens, route.maxOutputTokens) : null;
  const outputTokensMax = injected ?? head.maxOutputTokens ?? 0;
  const against =
    policyAgainst(placed, useCase.policy) ??
    expressionAgainst(placed, {
      protocol: protocol.name,
      obstacleAt: obstaclesOf(protocol.name, body),
      capabilities: head.needs,
      inputTokensExpected: head.inputTokensExpected,
      maxOutputTokens: outputTokensMax,
    });
  if (against) return { void: against };
  if (route.tier === 'batch') return { void: 'cannot_express' };
  const inputTokensMax = Math.min(head.inputTokensBound, route.contextWindow);
  const ceilingPicoUsd = ceilingOf(
    { inputTokensMax, outputTokensMax, choices: 1, needs: head.needs },
    prices,
    route,
    nowMs,
  );
  if (ceilingPicoUsd === null) return { void: 'unpriced' };
  // Translated, the tier is asked for in the venue's own way.
  const tier = speaks(placed.venue, protocol.name) ? route.tier : 'standard';
  const replay = { model: route.model, tier, maxOutputTokens: injected };
  return { placed, ceilingPicoUsd, outputTokensMax, body: protocol.replayBody(body, replay) };
}
