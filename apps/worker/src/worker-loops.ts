/** The loops of a worker: what each does in one turn, how often, and which of them only the leader runs. */
import type { CallRecord } from '#contracts/call-record.js';
import type { Settlement } from '#contracts/envelope-desk.js';
import { newId } from '#runtime/new-id.js';
import { WatchEnvelopes } from './envelopes/watch-envelopes.js';
import { keepCapacity } from './capacity/keep-capacity.js';
import { announceEnforcement } from './enforce/announce-enforcement.js';
import { enforceProofs, type EnforceProofsParts } from './enforce/enforce-proofs.js';
import { compareBooks } from './envelopes/compare-books.js';
import { applyTrueUps } from './envelopes/apply-true-ups.js';
import { expireHolds } from './envelopes/expire-holds.js';
import { declaredNow, keepEnvelopes, type KeepEnvelopesParts, watchDesk } from './envelopes/keep-envelopes.js';
import { raiseCeilings } from './envelopes/raise-ceilings.js';
import { announceVerdicts } from './gate/announce-verdicts.js';
import { FoldGates } from './gate/fold-gates.js';
import { ExportSealed } from './ledger/export-sealed.js';
import { exportTarget } from './ledger/export-target.js';
import { intakeRecords } from './ledger/intake-records.js';
import { IntakeTurns } from './ledger/intake-turns.js';
import { sealLogs, sequenceWaiting } from './ledger/seal-ledger.js';
import { noteFreshness, type NoteFreshnessParts } from './gate/note-freshness.js';
import type { Publishing } from '#postgres/admin/publish-snapshot.js';
import type { LoopParts } from './loop-parts.js';
import { publishingOf } from './publishing-of.js';
import { planShares, type PlanSharesParts } from './shadow/plan-shares.js';
import { settleDurably } from './settle-durably.js';
import { Repeat } from './repeat.js';

const recordsAtOnce = 1_000;
const holdsAtOnce = 100;
const busyMs = 20;
const idleMs = 200;
const followerMs = 1_000;
const lookAtSnapshotMs = 1_000;
const keepEnvelopesMs = 3_600_000;
const watchDeskMs = 1_000;
const driftAgainMs = 1_000;
const expireHoldsMs = 5_000;
const trueUpMs = 1_000;
const foldSoonMs = 100;
const foldAllMs = 5_000;
const enforceMs = 250;
const keepCapacityMs = 1_000;
const rollUpMs = 5_000;
const planSharesMs = 15_000;
const sweepPayloadsMs = 60_000;
const suitesMs = 5_000;
const freshnessMs = 60_000;

export class WorkerLoops {
  private readonly loops: Repeat[] = [];
  private readonly publishing: Publishing;
  private readonly folding: FoldGates;
  private readonly fold: Repeat;
  private readonly sequencing: Repeat;
  private readonly envelopes: Repeat;
  private readonly watching: WatchEnvelopes;
  private envelopesKeptMs = 0;
  private readonly intakeTurns = new IntakeTurns({
    takeIn: () => this.takeIn(),
    sequenceAll: () => this.sequenceAll(),
  });

  constructor(private readonly parts: LoopParts) {
    const { stores, settings, snapshot, metrics, log } = parts;
    this.publishing = publishingOf(stores, settings);
    this.folding = new FoldGates({
      lines: stores.lines,
      current: () => snapshot.current(),
      announce: () => this.announce(),
      missingAfterMs: settings.O10_MISSING_AFTER_SECONDS * 1_000,
      newId,
      metrics,
      log,
    });
    this.loop('snapshot', () => snapshot.refresh().then(() => lookAtSnapshotMs));
    this.loop('intake', () => this.asLeader(() => this.intake()));
    this.sequencing = this.loop('sequence', () => this.asLeader(() => this.sequence()));
    this.loop('checkpoint', () => this.asLeader(() => this.checkpoint()));
    this.exportSealed();
    this.loop('rollups', () => this.asLeader(() => stores.rollUps.grow().then(() => rollUpMs)));
    this.loop('payloads', () => this.asLeader(() => stores.payloads.sweep(Date.now()).then(() => sweepPayloadsMs)));
    this.loop('expiry', () => this.asLeader(() => this.expire()));
    this.envelopes = this.loop('envelopes', () => this.asLeader(() => this.keepEnvelopes()));
    this.watching = new WatchEnvelopes({ ...this.deskParts(), ...stores, queue: parts.webhooks, newId });
    this.loop('alerts', () => this.asLeader(() => this.lookAtEnvelopes()));
    this.loop('true-up', () => this.asLeader(() => this.trueUp()));
    this.loop('drift', () => this.asLeader(() => this.compareWithLedger()));
    this.fold = this.loop('gate', () => this.foldGates());
    this.loop('shares', () => this.asLeader(() => this.planShares()));
    this.loop('suites', () => this.asLeader(() => this.replayDueSuites()));
    this.loop('freshness', () => this.asLeader(() => this.noteFreshness()));
    this.loop('enforce', () => this.asLeader(() => this.enforce()));
    this.loop('capacity', () => this.asLeader(() => this.keepCapacity()));
  }

  start(): void {
    for (const loop of this.loops) loop.start();
  }

  /** Evidence of this use case has grown. */
  grown(useCase: string): void {
    this.folding.touch(useCase);
  }

  /** Another snapshot is in force: its gates and envelopes are looked at now. */
  snapshotChanged(): void {
    this.envelopesKeptMs = 0;
    this.envelopes.wake();
    this.fold.wake();
  }

  async close(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.close()));
  }

  private loop(name: string, step: () => Promise<number>): Repeat {
    const { metrics, log } = this.parts;
    const loop = new Repeat({ name, step, metrics, log });
    this.loops.push(loop);
    return loop;
  }

  private async asLeader(turn: () => Promise<number>): Promise<number> {
    const leads = await this.parts.stores.leader.isOurs();
    this.parts.metrics.leads.set(leads ? 1 : 0);
    return leads ? turn() : followerMs;
  }

  private async intake(): Promise<number> {
    const taken = (await this.intakeTurns.turn()) ?? 0;
    if (taken > 0) this.sequencing.wake();
    return taken === recordsAtOnce ? 0 : taken > 0 ? busyMs : idleMs;
  }

  private takeIn(): Promise<number> {
    const { stores, settings, metrics, log, voidPlace } = this.parts;
    const heard = (calls: CallRecord[]) => this.watching.heard(calls);
    const parts = { ...stores, organisation: settings.ORGANISATION, heard, voidPlace, metrics, log };
    return intakeRecords(parts, recordsAtOnce);
  }

  private async sequence(): Promise<number> {
    return (await this.sequenceAll()) > 0 ? busyMs : idleMs;
  }

  private sequenceAll(): Promise<number> {
    const { stores, signerOf, metrics } = this.parts;
    return sequenceWaiting({ ledger: stores.ledger, signerOf, metrics });
  }

  private async checkpoint(): Promise<number> {
    const { stores, settings, signerOf, metrics } = this.parts;
    await sealLogs({ ledger: stores.ledger, signerOf, metrics });
    return settings.O10_CHECKPOINT_SECONDS * 1_000;
  }

  /** Where it is asked for, what was sealed is carried out of the owner's reach. */
  private exportSealed(): void {
    const { stores, settings, signerOf } = this.parts;
    const storeOf = exportTarget(settings);
    if (!storeOf) return;
    const exporting = new ExportSealed({ ledger: stores.ledger, signerOf, storeOf });
    this.loop('export', () =>
      this.asLeader(async () => {
        await exporting.run();
        return settings.O10_CHECKPOINT_SECONDS * 1_000;
      }),
    );
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

  private deskParts(): KeepEnvelopesParts {
    const { stores, settings, metrics, log } = this.parts;
    return {
      ...stores,
      organisation: settings.ORGANISATION,
      envelopes: stores.admin.envelopes,
      withIntakeStill: (work) => this.intakeTurns.whileStill(work),
      metrics,
      log,
    };
  }

  private async keepEnvelopes(): Promise<number> {
    const nowMs = Date.now();
    if (nowMs - this.envelopesKeptMs < keepEnvelopesMs) await watchDesk(this.deskParts(), nowMs);
    else {
      this.envelopesKeptMs = nowMs;
      await raiseCeilings({ ...this.parts.stores, publishing: this.publishing, newId }, nowMs);
      await keepEnvelopes(this.deskParts(), nowMs).catch((error: unknown) => {
        this.envelopesKeptMs = 0;
        throw error;
      });
    }
    return watchDeskMs;
  }

  private async compareWithLedger(): Promise<number> {
    const parts = this.deskParts();
    const drifts = await compareBooks(parts, await declaredNow(parts, Date.now()));
    return drifts?.length === 0 ? this.parts.settings.O10_DRIFT_SECONDS * 1_000 : driftAgainMs;
  }

  private async lookAtEnvelopes(): Promise<number> {
    await this.watching.look(Date.now());
    return this.parts.settings.O10_ALERT_SECONDS * 1_000;
  }

  private async trueUp(): Promise<number> {
    const { stores, settings, metrics } = this.parts;
    const parts = { ...stores, organisation: settings.ORGANISATION, newId, metrics };
    return (await applyTrueUps(parts, recordsAtOnce, Date.now())) > 0 ? busyMs : trueUpMs;
  }

  private async foldGates(): Promise<number> {
    const allEveryMs = Math.min(foldAllMs, (this.parts.settings.O10_MISSING_AFTER_SECONDS * 1_000) / 4);
    await this.folding.run(Date.now(), allEveryMs);
    return foldSoonMs;
  }

  private async enforce(): Promise<number> {
    const { stores, settings, snapshot, metrics, log } = this.parts;
    const parts: EnforceProofsParts = {
      ...stores,
      organisation: settings.ORGANISATION,
      current: () => snapshot.current(),
      announce: async () => {
        const announced = await announceEnforcement(stores.enforcement, this.publishing);
        if (announced > 0) await snapshot.refresh();
        return announced;
      },
      missingAfterMs: settings.O10_MISSING_AFTER_SECONDS * 1_000,
      newId,
      metrics,
      log,
    };
    return (await enforceProofs(parts, Date.now())) ? busyMs : enforceMs;
  }

  replaySuites(nowMs: number): Promise<number> {
    return this.parts.replaySuites(nowMs);
  }

  /** Not while the desk is being built: it takes no money then, and a pass would observe nothing. */
  private async replayDueSuites(): Promise<number> {
    const { desk, spend } = this.parts.stores;
    const { deskEpoch } = await spend.state();
    if (deskEpoch !== 0 && (await desk.epoch()) === deskEpoch) await this.replaySuites(Date.now());
    return suitesMs;
  }

  private async noteFreshness(): Promise<number> {
    await this.republishing(noteFreshness);
    return freshnessMs;
  }

  private async planShares(): Promise<number> {
    await this.republishing((parts) => planShares(parts, Date.now()));
    return Math.min(planSharesMs, this.parts.settings.O10_MISSING_AFTER_SECONDS * 1_000);
  }

  private async republishing(work: (parts: PlanSharesParts & NoteFreshnessParts) => Promise<number>): Promise<void> {
    const { stores, snapshot, log } = this.parts;
    const changed = await work({ ...stores, current: () => snapshot.current(), publishing: this.publishing, log });
    if (changed > 0) await snapshot.refresh();
  }

  private async keepCapacity(): Promise<number> {
    const { stores, settings, snapshot } = this.parts;
    const parts = { ...stores, organisation: settings.ORGANISATION, current: () => snapshot.current() };
    await keepCapacity(parts, Date.now());
    return keepCapacityMs;
  }

  private async announce(): Promise<number> {
    const { stores, snapshot, metrics } = this.parts;
    const announced = await announceVerdicts(stores.lines, this.publishing);
    metrics.verdicts.inc(announced);
    if (announced > 0) await snapshot.refresh();
    return announced;
  }
}
