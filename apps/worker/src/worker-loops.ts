/** What a worker does again and again, by area; each area's file says what its loops do in one turn and how often. */
import { keepCapacity } from './capacity/keep-capacity.js';
import { EnvelopeLoops } from './envelope-loops.js';
import { EvidenceLoops } from './evidence-loops.js';
import { LedgerLoops } from './ledger-loops.js';
import type { LoopParts } from './loop-parts.js';
import { Loops } from './loops.js';
import { publishingOf } from './publishing-of.js';

const lookAtSnapshotMs = 1_000;
const keepCapacityMs = 1_000;

export class WorkerLoops {
  private readonly loops: Loops;
  private readonly envelopes: EnvelopeLoops;
  private readonly evidence: EvidenceLoops;

  constructor(private readonly parts: LoopParts) {
    const { stores, settings, snapshot } = parts;
    const publishing = publishingOf(stores, settings);
    this.loops = new Loops(parts);
    this.loops.add('snapshot', () => snapshot.refresh().then(() => lookAtSnapshotMs));
    const ledger = new LedgerLoops(parts, this.loops, (calls) => this.envelopes.heard(calls));
    this.envelopes = new EnvelopeLoops(
      { ...parts, publishing, withIntakeStill: (work) => ledger.whileIntakeStill(work) },
      this.loops,
    );
    this.evidence = new EvidenceLoops({ ...parts, publishing }, this.loops);
    this.loops.addOfLeader('capacity', () => this.keepCapacity());
  }

  start(): void {
    this.loops.start();
  }

  /** Evidence of this use case has grown. */
  grown(useCase: string): void {
    this.evidence.grown(useCase);
  }

  /** Another snapshot is in force: its gates and envelopes are looked at now. */
  snapshotChanged(): void {
    this.envelopes.snapshotChanged();
    this.evidence.snapshotChanged();
  }

  replaySuites(nowMs: number): Promise<number> {
    return this.parts.replaySuites(nowMs);
  }

  close(): Promise<void> {
    return this.loops.close();
  }

  private async keepCapacity(): Promise<number> {
    const { stores, settings, snapshot } = this.parts;
    const parts = { ...stores, organisation: settings.ORGANISATION, current: () => snapshot.current() };
    await keepCapacity(parts, Date.now());
    return keepCapacityMs;
  }
}
