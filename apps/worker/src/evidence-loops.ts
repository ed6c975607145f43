/** Evidence becomes verdicts, verdicts are served by while they hold, and lapse; what is drawn and replayed follows. */
import { newId } from '#runtime/new-id.js';
import type { Publishing } from '#postgres/admin/publish-snapshot.js';
import { announceEnforcement } from './enforce/announce-enforcement.js';
import { enforceProofs, type EnforceProofsParts } from './enforce/enforce-proofs.js';
import { ExpireProofs } from './enforce/expire-proofs.js';
import type { LoopParts } from './loop-parts.js';
import type { Loops } from './loops.js';
import type { Repeat } from './repeat.js';
import { planShares, type PlanSharesParts } from './shadow/plan-shares.js';
import { announceVerdicts } from './gate/announce-verdicts.js';
import { FoldGates } from './gate/fold-gates.js';
import { noteFreshness, type NoteFreshnessParts } from './gate/note-freshness.js';

const busyMs = 20;
const foldSoonMs = 100;
const foldAllMs = 5_000;
const enforceMs = 250;
const planSharesMs = 15_000;
const suitesMs = 60_000;
const suiteWantedMs = 500;
const freshnessMs = 60_000;

export interface EvidenceLoopsParts extends LoopParts {
  publishing: Publishing;
}

export class EvidenceLoops {
  private readonly folding: FoldGates;
  private readonly expiring: ExpireProofs;
  private readonly fold: Repeat;
  private suitesLookedAtMs = 0;

  constructor(
    private readonly parts: EvidenceLoopsParts,
    loops: Loops,
  ) {
    const { stores, settings, snapshot, metrics, log } = parts;
    const current = () => snapshot.current();
    this.folding = new FoldGates({
      lines: stores.lines,
      current,
      announce: () => this.announce(),
      missingAfterMs: settings.O10_MISSING_AFTER_SECONDS * 1_000,
      newId,
      metrics,
      log,
    });
    this.expiring = new ExpireProofs({
      ledger: stores.ledger,
      organisation: settings.ORGANISATION,
      current,
      metrics,
      log,
    });
    this.fold = loops.add('gate', () => this.foldGates());
    loops.addOfLeader('shares', () => this.planShares());
    loops.addOfLeader('suites', () => this.replayDueSuites());
    loops.addOfLeader('freshness', () => this.noteFreshness());
    loops.addOfLeader('enforce', () => this.enforce());
  }

  /** Evidence of this use case has grown. */
  grown(useCase: string): void {
    this.folding.touch(useCase);
  }

  /** Another snapshot is in force: its gates are looked at now. */
  snapshotChanged(): void {
    this.fold.wake();
  }

  /** What has lapsed is written down first: the next verdict takes its place in the snapshot. */
  private async foldGates(): Promise<number> {
    const nowMs = Date.now();
    await this.expiring.run(nowMs);
    const allEveryMs = Math.min(foldAllMs, (this.parts.settings.O10_MISSING_AFTER_SECONDS * 1_000) / 4);
    await this.folding.run(nowMs, allEveryMs);
    return foldSoonMs;
  }

  private async announce(): Promise<number> {
    const { stores, snapshot, publishing, metrics } = this.parts;
    const announced = await announceVerdicts(stores.lines, publishing);
    metrics.verdicts.inc(announced);
    if (announced > 0) await snapshot.refresh();
    return announced;
  }

  private async enforce(): Promise<number> {
    const { stores, settings, snapshot, publishing, metrics, log } = this.parts;
    const parts: EnforceProofsParts = {
      ...stores,
      organisation: settings.ORGANISATION,
      current: () => snapshot.current(),
      announce: async () => {
        const announced = await announceEnforcement(stores.enforcement, publishing);
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

  /** Not while the desk is being built: it takes no money then, and a pass would observe nothing. */
  private async replayDueSuites(): Promise<number> {
    const { desk, spend, suitePasses } = this.parts.stores;
    const nowMs = Date.now();
    if (nowMs - this.suitesLookedAtMs < suitesMs && (await suitePasses.wanted()).size === 0) return suiteWantedMs;
    const { deskEpoch } = await spend.state();
    if (deskEpoch === 0 || (await desk.epoch()) !== deskEpoch) return suiteWantedMs;
    this.suitesLookedAtMs = nowMs;
    await this.parts.replaySuites(nowMs);
    return suiteWantedMs;
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
    const { stores, snapshot, publishing, log } = this.parts;
    const changed = await work({ ...stores, current: () => snapshot.current(), publishing, log });
    if (changed > 0) await snapshot.refresh();
  }
}
