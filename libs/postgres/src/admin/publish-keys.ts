/**
 * Tells proxies of keys. Always inside a change: what is told is then what is committed next, and no older state of a key
 * can reach the feed after its revocation.
 */
import type { ApiKey } from '#contracts/key.js';
import type { SnapshotFeed } from '#contracts/snapshot-feed.js';
import { adminStores } from './admin-stores.js';
import { inChange } from './prisma.js';
import { bringForward, FeedFault, type Publishing } from './publish-snapshot.js';

const keysPerDelta = 2_000;

/** Throws `FeedFault`; keys before the failing page have been told. */
export async function publishKeys(feed: SnapshotFeed, keys: ApiKey[]): Promise<void> {
  try {
    for (let from = 0; from < keys.length; from += keysPerDelta)
      await feed.publishKeys(keys.slice(from, from + keysPerDelta));
  } catch (error) {
    throw new FeedFault(false, error);
  }
}

/** Fills a feed that knows less than the admin records: the latest snapshot, and every key. Returns what it brought. */
export async function restoreFeed({ client, feed }: Publishing): Promise<{ snapshot: number | null; keys: number }> {
  const stored = await adminStores(client).snapshots.latest();
  const inFeed = await feed.latest();
  const behind = stored !== null && (inFeed?.version ?? 0) < stored.version;
  if (behind) await bringForward(feed, stored);
  if ((await feed.keysSince(0, 1)).length > 0) return { snapshot: behind ? stored.version : null, keys: 0 };
  let keys = 0;
  let last: string | null = null;
  do {
    const page: ApiKey[] = await inChange(client, async (database) => {
      const found = await adminStores(database).keys.page(last, keysPerDelta);
      await publishKeys(feed, found);
      return found;
    });
    keys += page.length;
    last = page.at(-1)?.id ?? null;
  } while (last !== null);
  return { snapshot: behind ? stored.version : null, keys };
}
