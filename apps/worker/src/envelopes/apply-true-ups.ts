/**
 * Moves the money of corrections, and of what takes them back: desk first, with the record that becomes the line. Done
 * again after a crash it moves nothing, because the desk and the ledger know an adjustment by its id.
 */
import type { z } from 'zod';
import type { Adjustment, EnvelopeDesk } from '#contracts/envelope-desk.js';
import type { AdjustmentBody, ReversalBody } from '#contracts/entry-bodies.js';
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
  const overruns = waiting.filter(({ envelopes, costPicoUsd, heldNanoUsd, reverses }) => {
    return reverses === null && envelopes.length > 0 && nanoCeil(costPicoUsd) > heldNanoUsd;
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

type Waiting = StoredTrueUp & { by: string };

function adjustmentOf(organisation: string, one: Waiting, nowMs: number): Adjustment {
  const { adjustmentId, envelopes, differenceNanoUsd, revision } = one;
  const adjustedAt = new Date(nowMs).toISOString();
  const also = { revision, adjustmentId, organisation, adjustedAt };
  return { adjustmentId, differenceNanoUsd, envelopes, record: JSON.stringify({ ...bodyOf(one), ...also }) };
}

function bodyOf(one: Waiting) {
  const { attemptId, callId, useCase, envelopes, reason, reverses, by } = one;
  const moved = {
    ...{ attemptId, callId, useCase, envelopes, reason },
    ...(one.evaluation && { evaluation: true as const }),
    differencePicoUsd: String(one.differencePicoUsd),
    chargeDifferencePicoUsd: String(one.chargeDifferencePicoUsd),
    differenceNanoUsd: String(one.differenceNanoUsd),
  };
  if (reverses === null) return { schema: 'o10.adjustment.v1', ...moved } satisfies z.input<typeof AdjustmentBody>;
  return {
    ...{ schema: 'o10.reversal.v1', ...moved, actor: by },
    reverses: { kind: 'adjustment', id: reverses },
  } satisfies z.input<typeof ReversalBody>;
}
