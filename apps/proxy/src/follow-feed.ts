/** Keeps snapshot and keys current: as soon as the feed says so, and every second in case it did not. */
import type { SnapshotFeed } from '#contracts/snapshot-feed.js';
import type { Log } from '#runtime/log.js';
import type { CapacityView } from './capacity-view.js';
import type { CurrentSnapshot } from './current-snapshot.js';
import type { KeyRing } from './key-ring.js';

const pollMs = 1_000;

export class FollowFeed {
  private running: Promise<void> = Promise.resolve();
  private again = false;
  private timer: NodeJS.Timeout | null = null;
  private unsubscribe: (() => Promise<void>) | null = null;

  constructor(
    private readonly feed: SnapshotFeed,
    private readonly snapshot: CurrentSnapshot,
    private readonly keys: KeyRing,
    private readonly capacity: CapacityView,
    private readonly log: Log,
  ) {}

  /** Resolves after the first look, found or not: a feed that is down is looked at again. */
  async start(): Promise<void> {
    this.timer = setInterval(() => this.look(), pollMs);
    await this.subscribe();
    this.look();
    await this.running;
  }

  private async subscribe(): Promise<void> {
    try {
      this.unsubscribe = await this.feed.subscribe(() => this.look());
    } catch (error) {
      this.log.warn({ error: String(error) }, 'no news from the feed; looking every second');
    }
  }

  /** One look at a time; news that arrive meanwhile cause one more. */
  private look(): void {
    if (this.again) return;
    this.again = true;
    this.running = this.running.then(async () => {
      this.again = false;
      try {
        await Promise.all([
          this.snapshot.refresh(),
          this.keys.refresh(),
          this.capacity.refresh(this.snapshot.current()),
        ]);
      } catch (error) {
        this.log.warn({ error: String(error) }, 'the feed does not answer; the last good snapshot stays');
      }
    });
  }

  async close(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.unsubscribe?.();
    await this.running;
    await this.feed.close();
  }
}
