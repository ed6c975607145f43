/**
 * Answers whose usage was not read while they were made: begun in the background, or left by their client. Whoever fetches
 * one later brings its usage past us; then the attempt costs that, and no longer the ceiling it stands at.
 */
import { z } from 'zod';
import { LaterCost, type UncountedAttempt } from '#contracts/later-cost.js';
import { billOf, estimatedBill, type ServedUsage } from '#domain/pricing/bill-of.js';
import { nanoCeil } from '#domain/pricing/ceiling-of.js';
import type { PlacedRoute, RoutingIndex } from '#domain/routing/routing-index.js';
import { newId } from '#runtime/new-id.js';
import { unclassified } from './admit-call.js';
import type { KeptAnswer } from './kept-answers.js';
import type { Relayed } from './relay-answer.js';
import type { AttemptInHand } from './serve-call.js';
import type { SettleAttempt } from './settle-attempt.js';

/** As it is booked; null: its usage is known. */
export function uncountedAttempt(held: AttemptInHand, { usage }: Relayed): UncountedAttempt | null {
  if (usage.basis !== 'missing') return null;
  const { inbound, call, hold } = held;
  const { basis, costPicoUsd } = estimatedBill(hold.ceilingPicoUsd);
  return {
    attemptId: hold.attemptId,
    callId: inbound.callId,
    useCase: call.useCase?.definition.slug ?? unclassified,
    envelopes: hold.envelopes,
    heldNanoUsd: hold.envelopes.length > 0 ? nanoCeil(costPicoUsd) : 0n,
    costPicoUsd,
    chargePicoUsd: costPicoUsd,
    costBasis: basis,
    admittedAt: new Date(inbound.admittedAtMs).toISOString(),
  };
}

/** Tells the worker what it costs, at the prices of when it was asked for. False: that is still not known. */
export function countLater(
  uncounted: NonNullable<KeptAnswer['uncounted']>,
  served: ServedUsage,
  { route }: PlacedRoute,
  { prices }: RoutingIndex,
  settle: Pick<SettleAttempt, 'settle'>,
): boolean {
  if (served.usage.basis !== 'reported') return false;
  const instantMs = Date.parse(uncounted.admittedAt);
  const { basis, costPicoUsd } = billOf(served, { route, prices, instantMs, ceilingPicoUsd: null });
  if (basis !== 'reported') return false;
  const ids = { holdId: newId(Date.now()), adjustmentId: newId(Date.now()) };
  const later: LaterCost = {
    schema: 'o10.later_cost.v1',
    adjustmentId: ids.adjustmentId,
    attempt: uncounted,
    costPicoUsd,
  };
  const record = JSON.stringify(z.encode(LaterCost, later));
  void settle.settle({ holdId: ids.holdId, costNanoUsd: 0n, envelopes: [], record });
  return true;
}
