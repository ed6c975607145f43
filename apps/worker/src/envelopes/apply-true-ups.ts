/**
 * Moves the money of corrections: desk first, with the record that becomes the line. Done again after a crash it moves
 * nothing, because the desk and the ledger know an adjustment by its id.
 */
import type { z } from 'zod';
import type { Adjustment, EnvelopeDesk } from '#contracts/envelope-desk.js';
import type { AdjustmentBody } from '#contracts/entry-bodies.js';
import { nanoCeil } from '#domain/pricing/ceiling-of.js';
import type { AlertStore } from '#postgres/alert/alert.store.js';
import type { StoredTrueUp, TrueUpStore } from '#postgres/ledger/true-up.store.js';
import type { WorkerMetrics } from '../worker-metrics.js';

export interface ApplyTrueUpsParts {
  organisation: string;
  desk: Pick<EnvelopeDesk, 'adjust'>;
  trueUps: Pick<TrueUpStore, 'waiting' | 'applied'>;
  alerts: Pick<AlertStore, 'raise'>;
  newId: (nowMs: number) => string;
  metrics: WorkerMetrics;
}

/** Applies at most `count`; returns how many were waiting. */
export async function applyTrueUps(parts: ApplyTrueUpsParts, count: number, nowMs: number): Promise<number> {
  const { organisation, desk, trueUps, alerts, newId, metrics } = parts;
  const waiting = await trueUps.waiting(count);
  if (waiting.length === 0) return 0;
  await desk.adjust(waiting.map((one) => adjustmentOf(organisation, one, nowMs)));
  const overruns = waiting.filter(({ envelopes, costPicoUsd, heldNanoUsd }) => {
    return envelopes.length > 0 && nanoCeil(costPicoUsd) > heldNanoUsd;
  });
  await alerts.raise(
    overruns.map(({ attemptId, callId, envelopes, heldNanoUsd, costPicoUsd }) => ({
      id: newId(nowMs),
      onceKey: `overrun ${attemptId}`,
      body: {
        kind: 'overrun' as const,
        callId,
        attemptId,
        envelopes: envelopes.map(({ envelope }) => envelope),
        heldNanoUsd,
        costNanoUsd: nanoCeil(costPicoUsd),
      },
    })),
    nowMs,
  );
  await trueUps.applied(waiting.map(({ adjustmentId }) => adjustmentId));
  metrics.trueUps.inc(waiting.length);
  return waiting.length;
}

function adjustmentOf(organisation: string, one: StoredTrueUp, nowMs: number): Adjustment {
  const { adjustmentId, attemptId, callId, useCase, envelopes, differenceNanoUsd, reason } = one;
  const body: z.input<typeof AdjustmentBody> = {
    schema: 'o10.adjustment.v1',
    attemptId,
    callId,
    useCase,
    differencePicoUsd: String(one.differencePicoUsd),
    envelopes,
    differenceNanoUsd: String(differenceNanoUsd),
    reason,
  };
  const adjustedAt = new Date(nowMs).toISOString();
  const record = JSON.stringify({ ...body, revision: one.revision, adjustmentId, organisation, adjustedAt });
  return { adjustmentId, differenceNanoUsd, envelopes, record };
}
