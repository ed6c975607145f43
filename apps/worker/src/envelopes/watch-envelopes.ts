/** The part of a worker that sees what envelopes have to say: from the records it takes in, and by looking at intervals. */
import { driftWindowsMax } from '#contracts/alert.js';
import type { CallRecord } from '#contracts/call-record.js';
import type { AlertStore } from '#postgres/alert/alert.store.js';
import type { SpendPointStore } from '#postgres/alert/spend-point.store.js';
import type { Log } from '#runtime/log.js';
import { type Drift, sumOfDrift } from './find-drift.js';
import { overrunOf, refusedAsSpentBy } from './find-overruns.js';
import { queueOwed, raiseAlerts, type RaiseAlertsParts } from './raise-alerts.js';

export interface WatchEnvelopesParts extends Omit<RaiseAlertsParts, 'refusedAtMs' | 'alerts' | 'points'> {
  alerts: AlertStore;
  points: SpendPointStore;
  log: Log;
}

const driftKey = 'drift';
const thinEveryMs = 3_600_000;

export class WatchEnvelopes {
  private readonly refusedAtMs = new Map<string, number>();
  private thinnedMs = 0;

  constructor(private readonly parts: WatchEnvelopesParts) {}

  /** Before these records are acknowledged: an overrun is kept, or they are heard again. */
  async heard(calls: readonly CallRecord[]): Promise<void> {
    for (const call of calls) {
      const envelope = refusedAsSpentBy(call);
      if (envelope !== null) this.refusedAtMs.set(envelope, Date.parse(call.admittedAt));
    }
    const overruns = calls.map(overrunOf).filter((overrun) => overrun !== null);
    if (overruns.length === 0) return;
    const { alerts, metrics, log, newId } = this.parts;
    const nowMs = Date.now();
    const news = await alerts.raise(
      overruns.map((overrun) => ({ ...overrun, id: newId(nowMs) })),
      nowMs,
    );
    metrics.alerts.inc({ kind: 'overrun' }, news.length);
    if (news.length > 0)
      log.error({ attempts: overruns.slice(0, 5).map(({ onceKey }) => onceKey) }, 'calls have cost more than was held');
    await queueOwed(this.parts, nowMs);
  }

  /** After each comparison of desk and ledger. Drift is an incident of its own from its first sight until it is gone. */
  async compared(drifts: readonly Drift[]): Promise<void> {
    const { alerts, metrics, newId } = this.parts;
    const nowMs = Date.now();
    if (drifts.length === 0) return alerts.end([driftKey], nowMs);
    const body = {
      kind: 'drift' as const,
      windows: drifts.slice(0, driftWindowsMax),
      windowsInAll: drifts.length,
      sumNanoUsd: sumOfDrift(drifts),
    };
    const news = await alerts.raise([{ id: newId(nowMs), onceKey: driftKey, body }], nowMs);
    metrics.alerts.inc({ kind: 'drift' }, news.length); // the next look queues it
  }

  async look(nowMs: number): Promise<void> {
    await raiseAlerts({ ...this.parts, refusedAtMs: this.refusedAtMs }, nowMs);
    if (nowMs - this.thinnedMs < thinEveryMs) return;
    this.thinnedMs = nowMs;
    await this.parts.points.thin(nowMs);
  }
}
