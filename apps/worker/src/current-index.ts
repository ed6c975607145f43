/**
 * The snapshot in force, arranged for choosing. A snapshot that does not hash, parse or pass its contract is refused,
 * and the previous one stays.
 */
import { createHash } from 'node:crypto';
import type { PublishedSnapshot, SnapshotFeed } from '#contracts/snapshot-feed.js';
import { Snapshot } from '#contracts/snapshot.js';
import { type RoutingIndex, routingIndexOf } from '#domain/routing/routing-index.js';
import type { Log } from '#runtime/log.js';

export class CurrentIndex {
  private index: RoutingIndex | null = null;
  private refusedVersion = 0;
  private refreshing: Promise<void> | null = null;

  constructor(
    private readonly feed: SnapshotFeed,
    private readonly log: Log,
    private readonly onChange: () => void,
  ) {}

  current(): RoutingIndex | null {
    return this.index;
  }

  /** Of that version or a later one. Throws when the feed has none yet: whoever asks comes again. */
  async atLeast(version: number): Promise<RoutingIndex> {
    if ((this.index?.snapshot.version ?? 0) < version) await this.refresh();
    if (!this.index || this.index.snapshot.version < version) throw new Error(`Snapshot ${version} is not here yet.`);
    return this.index;
  }

  /** One look for all who ask meanwhile. Throws only when the feed does. */
  refresh(): Promise<void> {
    this.refreshing ??= this.look().finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  private async look(): Promise<void> {
    const latest = await this.feed.latest();
    const version = this.index?.snapshot.version ?? 0;
    if (!latest || latest.version <= version || latest.version === this.refusedVersion) return;
    try {
      this.index = routingIndexOf(readSnapshot(latest));
    } catch (error) {
      this.refusedVersion = latest.version;
      this.log.error(
        { version: latest.version, kept: version, error: String(error).slice(0, 2000) },
        'snapshot refused',
      );
      return;
    }
    this.log.info({ version: latest.version }, 'snapshot in force');
    this.onChange();
  }
}

function readSnapshot({ version, sha256, body }: PublishedSnapshot): Snapshot {
  if (createHash('sha256').update(body).digest('hex') !== sha256)
    throw new Error(`Snapshot ${version} does not have the hash it was published with.`);
  const snapshot = Snapshot.parse(JSON.parse(body));
  if (snapshot.version !== version) throw new Error(`Snapshot ${version} says it is ${snapshot.version}.`);
  return snapshot;
}
