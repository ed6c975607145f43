/**
 * Ends attempts: first on disk, then at the desk, again and again until the desk has taken them. A desk that is down
 * delays the ledger, never loses a line.
 */
import type { Settlement, SettleAnswer } from '#contracts/envelope-desk.js';
import type { Log } from '#runtime/log.js';
import type { AttemptJournal } from './attempt-journal.js';

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

  /** Resolves when the ending is on disk, or cannot be and was offered to the desk all the same. Never rejects. */
  settle(settlement: Settlement): Promise<void> {
    this.unsettled.set(settlement.holdId, settlement);
    const journalled = this.journal.ending(settlement).catch((error: unknown) => {
      this.log.error({ attempt: settlement.holdId, error: String(error) }, 'the journal cannot be written');
    });
    this.run(journalled.then(() => this.offer(settlement)));
    return journalled;
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
