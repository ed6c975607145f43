/** Records become lines, lines get their place, logs are sealed and carried out of reach, and sums follow. */
import type { CallRecord } from '#contracts/call-record.js';
import type { LoopParts } from './loop-parts.js';
import type { Loops } from './loops.js';
import type { Repeat } from './repeat.js';
import { ExportSealed } from './ledger/export-sealed.js';
import { exportTarget } from './ledger/export-target.js';
import { intakeRecords } from './ledger/intake-records.js';
import { IntakeTurns } from './ledger/intake-turns.js';
import { sealLogs, sequenceWaiting } from './ledger/seal-ledger.js';

const recordsAtOnce = 1_000;
const busyMs = 20;
const idleMs = 200;
const rollUpMs = 5_000;
const sweepPayloadsMs = 60_000;

export class LedgerLoops {
  private readonly intakeTurns = new IntakeTurns({
    takeIn: () => this.takeIn(),
    sequenceAll: () => this.sequenceAll(),
  });
  private readonly sequencing: Repeat;

  /** `heard` is told of calls whose records are in the ledger. */
  constructor(
    private readonly parts: LoopParts,
    loops: Loops,
    private readonly heard: (calls: CallRecord[]) => Promise<void>,
  ) {
    const { rollUps, payloads } = parts.stores;
    loops.addOfLeader('intake', () => this.intake());
    this.sequencing = loops.addOfLeader('sequence', () => this.sequence());
    loops.addOfLeader('checkpoint', () => this.checkpoint());
    this.exportSealed(loops);
    loops.addOfLeader('rollups', () => rollUps.grow().then(() => rollUpMs));
    loops.addOfLeader('payloads', () => payloads.sweep(Date.now()).then(() => sweepPayloadsMs));
  }

  /** Nothing is taken in while `work` runs, but what it takes in itself. */
  whileIntakeStill<T>(work: (takeInAll: () => Promise<void>) => Promise<T>): Promise<T> {
    return this.intakeTurns.whileStill(work);
  }

  private async intake(): Promise<number> {
    const taken = (await this.intakeTurns.turn()) ?? 0;
    if (taken > 0) this.sequencing.wake();
    return taken === recordsAtOnce ? 0 : taken > 0 ? busyMs : idleMs;
  }

  private takeIn(): Promise<number> {
    const { stores, settings, metrics, log, voidPlace } = this.parts;
    const { heard } = this;
    return intakeRecords(
      { ...stores, organisation: settings.ORGANISATION, heard, voidPlace, metrics, log },
      recordsAtOnce,
    );
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
  private exportSealed(loops: Loops): void {
    const { stores, settings, signerOf } = this.parts;
    const storeOf = exportTarget(settings);
    if (!storeOf) return;
    const exporting = new ExportSealed({ ledger: stores.ledger, signerOf, storeOf });
    loops.addOfLeader('export', async () => {
      await exporting.run();
      return settings.O10_CHECKPOINT_SECONDS * 1_000;
    });
  }
}
