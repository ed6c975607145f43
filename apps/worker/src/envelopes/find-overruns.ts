/** What the records of calls say that an operator must hear of: cost above the ceiling, calls an empty envelope refused. Pure. */
import type { CallRecord } from '#contracts/call-record.js';
import { nanoCeil } from '#domain/pricing/ceiling-of.js';
import type { Raised } from '#domain/envelope/envelope-alerts.js';

/** Null: within its hold, or nothing was held. */
export function overrunOf(record: CallRecord): Raised | null {
  const { callId, attemptId, heldNanoUsd } = record;
  const costNanoUsd = nanoCeil(record.costPicoUsd);
  const envelopes = record.envelopes.map(({ envelope }) => envelope);
  if (envelopes.length === 0 || costNanoUsd <= heldNanoUsd) return null;
  const body = { kind: 'overrun' as const, callId, attemptId, envelopes, heldNanoUsd, costNanoUsd };
  return { onceKey: `overrun ${attemptId}`, body };
}

export const refusedAsSpentBy = ({ refusal, refusedBy }: CallRecord): string | null =>
  refusal === 'envelope_spent' ? (refusedBy ?? null) : null;
