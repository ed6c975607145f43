/**
 * Ends attempts: first on disk, then at the desk, again and again until the desk has taken them. A desk that is down
 * delays the ledger, never loses a line.
 */
import type { Settlement, SettleAnswer } from '#contracts/envelope-desk.js';
import type { Log } from '#runtime/log.js';
import type { AttemptJournal } from './attempt-journal.js';
import type { LeftBehind } from './read-journal.js';

const retryMs = 250;

export class SettleAttempt {
  private readonly unsettled = new Map<string, Settlement>();
  private readonly running = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly ask: (settlement: Settlement) => Promise<SettleAnswer>,
    private readonly journal: AttemptJournal,
    private readonly log: Log,
  ) {}

  /** How many endings the desk has not taken yet. */
  get waiting(): number {
    return this.unsettled.size;
  }

  /** The desk has not taken the ending of this attempt. */
  offers(attemptId: string): boolean {
    return this.unsettled.has(attemptId);
  }

  /** The desk has lost an ending it had taken: it is offered once more, and is on disk already. */
  again(settlement: Settlement): void {
    this.unsettled.set(settlement.holdId, settlement);
    this.run(this.offer(settlement));
  }

  /** Resolves to whether the ending is on disk; where it cannot be, it is offered to the desk all the same. Never rejects. */
  settle(settlement: Settlement): Promise<boolean> {
    this.unsettled.set(settlement.holdId, settlement);
    const journalled = this.journal.ending(settlement).then(
      () => true,
      (error: unknown) => {
        this.log.error({ attempt: settlement.holdId, error: String(error) }, 'the journal cannot be written');
        return false;
      },
    );
    this.run(journalled.then(() => this.offer(settlement)));
    return journalled;
  }

  /** Ends what processes that are gone left behind. Their files go once all of it stands in this one's journal. */
  async adopt({ settlements, files }: LeftBehind): Promise<void> {
    const onDisk = await Promise.all(settlements.map((settlement) => this.settle(settlement)));
    if (onDisk.every((written) => written)) this.journal.discard(files);
  }

  private run(work: Promise<void>): void {
    this.running.add(work);
    void work.finally(() => this.running.delete(work));
  }

  private async offer(settlement: Settlement): Promise<void> {
    try {
      await this.ask(settlement);
      this.unsettled.delete(settlement.holdId);
    } catch (error) {
      this.log.warn(
        { attempt: settlement.holdId, error: String(error) },
        'the desk has not taken a settlement; it is offered again',
      );
      this.timer ??= setTimeout(() => this.offerAgain(), retryMs);
    }
  }

  private offerAgain(): void {
    this.timer = null;
    for (const settlement of this.unsettled.values()) this.run(this.offer(settlement));
  }

  /** Waits for what is under way; what the desk has not taken stays in the journal for the next start. */
  async close(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    await Promise.allSettled(this.running);
    if (this.timer) clearTimeout(this.timer);
  }
}
