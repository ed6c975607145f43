/**
 * Ends holds nobody ended: whoever held the money died. What may have been bought is booked at its ceiling, estimated;
 * of replays it is known here which were never sent, of live calls only in the journal of the proxy, which gives them back.
 */
import type { EnvelopeDesk, OpenHold, SettleAnswer, Settlement } from '#contracts/envelope-desk.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import type { EvidenceStore } from '#postgres/evidence/evidence.store.js';
import type { WorkerMetrics } from '../worker-metrics.js';
import { expirySettlement } from '#domain/envelope/expiry-record.js';

export interface ExpireHoldsParts {
  organisation: string;
  desk: Pick<EnvelopeDesk, 'expired'>;
  settle: (settlements: Settlement[]) => Promise<SettleAnswer[]>;
  evidence: Pick<EvidenceStore, 'replaysOf' | 'end'>;
  current: () => RoutingIndex | null;
  metrics: WorkerMetrics;
}

/** Ends at most `count`; returns how many were past their expiry. */
export async function expireHolds(parts: ExpireHoldsParts, count: number, nowMs: number): Promise<number> {
  const index = parts.current();
  if (!index) return 0;
  const holds = await parts.desk.expired(count);
  if (holds.length === 0) return 0;
  const replays = await parts.evidence.replaysOf(holds.map(({ holdId }) => holdId));
  // A replay that is still open must not be sent any more, once its money is gone.
  const open = holds.filter(({ holdId }) => replays.get(holdId)?.state === 'open');
  const unsent = await parts.evidence.end(
    open.map(({ holdId }) => ({ attemptId: holdId, state: 'void' as const, reason: 'hold_expired' })),
  );
  const settlementOf = (hold: OpenHold): Settlement | null => {
    const replay = replays.get(hold.holdId) ?? null;
    const nothingSent = replay?.state === 'void' || unsent.has(hold.holdId);
    if (replay?.state === 'open' && !nothingSent) return null; // it was claimed just now: the next look sees it
    return expirySettlement({ organisation: parts.organisation, index, hold, replay, nothingSent, nowMs });
  };
  const settlements = holds.map(settlementOf).filter((settlement) => settlement !== null);
  await parts.settle(settlements);
  parts.metrics.expiredHolds.inc(settlements.length);
  return holds.length;
}
