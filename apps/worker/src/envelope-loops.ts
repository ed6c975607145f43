/** Keeps the desk true: its envelopes and their state, holds that nobody ends, corrections, alerts, and drift. */
import type { CallRecord } from '#contracts/call-record.js';
import type { Settlement } from '#contracts/envelope-desk.js';
import type { Publishing } from '#postgres/admin/publish-snapshot.js';
import { newId } from '#runtime/new-id.js';
import type { LoopParts } from './loop-parts.js';
import type { Loops } from './loops.js';
import type { Repeat } from './repeat.js';
import { settleDurably } from './settle-durably.js';
import { applyTrueUps } from './envelopes/apply-true-ups.js';
import { compareBooks } from './envelopes/compare-books.js';
import type { Drift } from './envelopes/find-drift.js';
import { expireHolds } from './envelopes/expire-holds.js';
import { declaredNow, keepEnvelopes, type KeepEnvelopesParts, watchDesk } from './envelopes/keep-envelopes.js';
import { raiseCeilings } from './envelopes/raise-ceilings.js';
import { WatchEnvelopes } from './envelopes/watch-envelopes.js';

const trueUpsAtOnce = 1_000;
const holdsAtOnce = 100;
const busyMs = 20;
const keepEnvelopesMs = 3_600_000;
const watchDeskMs = 1_000;
const driftAgainMs = 1_000;
const expireHoldsMs = 5_000;
const trueUpMs = 1_000;

export interface EnvelopeLoopsParts extends LoopParts {
  publishing: Publishing;
  withIntakeStill: KeepEnvelopesParts['withIntakeStill'];
}

export class EnvelopeLoops {
  private readonly keeping: Repeat;
  private readonly watching: WatchEnvelopes;
  private keptMs = 0;

  constructor(
    private readonly parts: EnvelopeLoopsParts,
    loops: Loops,
  ) {
    this.watching = new WatchEnvelopes({ ...this.deskParts(), ...parts.stores, queue: parts.webhooks, newId });
    loops.addOfLeader('expiry', () => this.expire());
    this.keeping = loops.addOfLeader('envelopes', () => this.keep());
    loops.addOfLeader('alerts', () => this.look());
    loops.addOfLeader('true-up', () => this.trueUp());
    loops.addOfLeader('drift', () => this.compareWithLedger());
  }

  heard(calls: CallRecord[]): Promise<void> {
    return this.watching.heard(calls);
  }

  /** Another snapshot is in force: its envelopes are looked at now. */
  snapshotChanged(): void {
    this.keptMs = 0;
    this.keeping.wake();
  }

  private deskParts(): KeepEnvelopesParts {
    const { stores, settings, withIntakeStill, metrics, log } = this.parts;
    return {
      ...stores,
      organisation: settings.ORGANISATION,
      envelopes: stores.admin.envelopes,
      withIntakeStill,
      metrics,
      log,
    };
  }

  private async expire(): Promise<number> {
    const { stores, settings, snapshot, metrics, log } = this.parts;
    const settle = (settlements: Settlement[]) => settleDurably({ ...stores, log }, settlements);
    const parts = {
      ...stores,
      settle,
      organisation: settings.ORGANISATION,
      current: () => snapshot.current(),
      metrics,
    };
    await stores.labels.forgetExpired();
    return (await expireHolds(parts, holdsAtOnce, Date.now())) === holdsAtOnce ? 0 : expireHoldsMs;
  }

  private async keep(): Promise<number> {
    const nowMs = Date.now();
    if (nowMs - this.keptMs < keepEnvelopesMs) await watchDesk(this.deskParts(), nowMs);
    else {
      this.keptMs = nowMs;
      await raiseCeilings({ ...this.parts.stores, publishing: this.parts.publishing, newId }, nowMs);
      await keepEnvelopes(this.deskParts(), nowMs).catch((error: unknown) => {
        this.keptMs = 0;
        throw error;
      });
    }
    return watchDeskMs;
  }

  private async look(): Promise<number> {
    await this.watching.look(Date.now());
    return this.parts.settings.O10_ALERT_SECONDS * 1_000;
  }

  private async trueUp(): Promise<number> {
    const { stores, settings, metrics } = this.parts;
    const parts = { ...stores, organisation: settings.ORGANISATION, newId, metrics };
    return (await applyTrueUps(parts, trueUpsAtOnce, Date.now())) > 0 ? busyMs : trueUpMs;
  }

  private async compareWithLedger(): Promise<number> {
    const parts = { ...this.deskParts(), compared: (drifts: Drift[]) => this.watching.compared(drifts) };
    const drifts = await compareBooks(parts, await declaredNow(parts, Date.now()));
    return drifts?.length === 0 ? this.parts.settings.O10_DRIFT_SECONDS * 1_000 : driftAgainMs;
  }
}
