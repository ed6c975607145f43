/**
 * The snapshot in force: one reference, swapped whole. A snapshot that does not hash, parse or pass its contract is
 * refused and the previous one stays; calls never wait for one.
 */
import { createHash } from 'node:crypto';
import type { PublishedSnapshot, SnapshotFeed } from '#contracts/snapshot-feed.js';
import { Snapshot } from '#contracts/snapshot.js';
import { type RoutingIndex, routingIndexOf } from '#domain/routing/routing-index.js';
import type { Log } from '#runtime/log.js';

export class CurrentSnapshot {
  private index: RoutingIndex | null = null;
  private refusedVersion = 0;

  constructor(
    private readonly feed: SnapshotFeed,
    private readonly log: Log,
    private readonly onRefused: () => void,
  ) {}

  current(): RoutingIndex | null {
    return this.index;
  }

  /** Loads the latest if it is newer. Throws only when the feed does. */
  async refresh(): Promise<void> {
    const latest = await this.feed.latest();
    const version = this.index?.snapshot.version ?? 0;
    if (!latest || latest.version <= version || latest.version === this.refusedVersion) return;
    try {
      this.index = routingIndexOf(readSnapshot(latest));
      this.log.info({ version: latest.version }, 'snapshot in force');
    } catch (error) {
      this.refusedVersion = latest.version;
      this.onRefused();
      this.log.error(
        { version: latest.version, kept: version, error: String(error).slice(0, 2000) },
        'snapshot refused',
      );
    }
  }
}

/** Throws when the bytes are not the ones published, or do not pass the contract. */
export function readSnapshot(published: PublishedSnapshot): Snapshot {
  const sha256 = createHash('sha256').update(published.body).digest('hex');
  if (sha256 !== published.sha256)
    throw new Error(`Snapshot ${published.version} does not have the hash it was published with.`);
  const snapshot = Snapshot.parse(JSON.parse(published.body));
  if (snapshot.version !== published.version)
    throw new Error(`Snapshot ${published.version} says it is ${snapshot.version}.`);
  return snapshot;
}
