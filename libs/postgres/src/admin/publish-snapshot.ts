/**
 * The only way admin records change: the change, the snapshot it makes and its lines in the ledger stand or fall
 * together; a gate that is declared anew is a line too, before any call can be numbered for it. Proxies hear of a snapshot only after it was committed here, so the feed can always be filled again.
 */
import type { Entry } from '#contracts/entry.js';
import type { PublishedSnapshot, SnapshotFeed } from '#contracts/snapshot-feed.js';
import type { AssembleSnapshot } from '#contracts/snapshot-parts.js';
import { type AdminStores, adminStores } from './admin-stores.js';
import { declaredGates } from './declared-gates.js';
import { type AdminClient, inChange } from './prisma.js';
import { SnapshotPartsStore } from './snapshot-parts.store.js';

/** `append` of the ledger's store: written once by kind and id, in this order. */
export type LedgerAppend = (entries: Entry[]) => Promise<unknown>;

/** What a change hands back: its answer, and the lines that tell of it. */
export interface Change<T> {
  result: T;
  entries: Entry[];
  /** What must be true outside before the change counts. When it throws nothing was changed, and no line says so. */
  beforeCommit?: () => Promise<void>;
}

export interface Publishing {
  client: AdminClient;
  append: LedgerAppend;
  feed: SnapshotFeed;
  /** `assembleSnapshot` of domain/routing. */
  assemble: AssembleSnapshot;
  organisation: string;
  nowMs: () => number;
}

/** The change would make a snapshot that breaks its contract. Nothing was changed, the previous snapshot stays. */
export class SnapshotInvalid extends Error {
  readonly code = 'snapshot_invalid';
  constructor(readonly problems: string[]) {
    super(`The snapshot would be invalid: ${problems.join('; ')}`);
  }
}

/** The feed does not answer. `committed`: the change stands, and the next publishing carries it. */
export class FeedFault extends Error {
  readonly code = 'feed_fault';
  constructor(
    readonly committed: boolean,
    cause: unknown,
  ) {
    super(`The snapshot feed does not answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The ledger does not answer, so nothing was changed. */
export class AppendFault extends Error {
  readonly code = 'append_fault';
  constructor(cause: unknown) {
    super(`The ledger does not answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/**
 * Runs `work`, then publishes if that made another snapshot, or if `always`. Throws `SnapshotInvalid`, `FeedFault` or
 * `AppendFault`, and what `work` throws. The lines are written last before the commit: a change without its line cannot
 * be; a line whose commit failed can.
 */
export async function publishSnapshot<T>(
  publishing: Publishing,
  by: string,
  work: (stores: AdminStores) => Promise<Change<T>>,
  always = false,
): Promise<{ result: T; snapshot: PublishedSnapshot }> {
  const inFeed = await publishing.feed.latest().catch((error: unknown) => {
    throw new FeedFault(false, error);
  });
  const changed = await inChange(publishing.client, async (database) => {
    const { result, entries, beforeCommit } = await work(adminStores(database));
    const snapshots = adminStores(database).snapshots;
    const previous = await snapshots.latest();
    const version = Math.max(previous?.version ?? 0, inFeed?.version ?? 0) + 1;
    const publishedAt = new Date(publishing.nowMs()).toISOString();
    const parts = await new SnapshotPartsStore(database).read();
    const assembled = publishing.assemble(parts, { version, publishedAt, organisation: publishing.organisation });
    if (assembled.outcome === 'invalid') throw new SnapshotInvalid(assembled.problems);
    const snapshot = pickSnapshot(previous, inFeed, assembled.published, always);
    if (snapshot !== previous) await snapshots.add(snapshot, by);
    await beforeCommit?.();
    const declared = snapshot === previous ? [] : declaredGates(previous, snapshot, publishing.nowMs());
    await writeLines(publishing.append, [...declared, ...entries]);
    return { result, snapshot };
  });
  await bringForward(publishing.feed, changed.snapshot);
  return changed;
}

/** As `publishSnapshot`, for what is not in a snapshot: keys, members, statements. */
export async function recordChange<T>(
  { client, append }: Pick<Publishing, 'client' | 'append'>,
  work: (stores: AdminStores) => Promise<Change<T>>,
): Promise<T> {
  return inChange(client, async (database) => {
    const { result, entries, beforeCommit } = await work(adminStores(database));
    await beforeCommit?.();
    await writeLines(append, entries);
    return result;
  });
}

/** A line that cannot be a line (TypeError) is a bug of ours, not an outage. */
async function writeLines(append: LedgerAppend, entries: Entry[]): Promise<void> {
  if (entries.length === 0) return;
  await append(entries).catch((error: unknown) => {
    throw error instanceof TypeError ? error : new AppendFault(error);
  });
}

/** The previous one serves on when it says the same, unless the feed is ahead of these records (they were restored). */
function pickSnapshot(
  previous: PublishedSnapshot | null,
  inFeed: PublishedSnapshot | null,
  next: PublishedSnapshot,
  always: boolean,
): PublishedSnapshot {
  if (!previous || always || (inFeed && inFeed.version > previous.version)) return next;
  return sameContent(previous, next) ? previous : next;
}

function sameContent(left: PublishedSnapshot, right: PublishedSnapshot): boolean {
  const content = (body: string) => JSON.stringify({ ...(JSON.parse(body) as object), version: 0, publishedAt: '' });
  return content(left.body) === content(right.body);
}

/** Somebody else's later snapshot holds this change too; then there is nothing left to do. */
export async function bringForward(feed: SnapshotFeed, snapshot: PublishedSnapshot): Promise<void> {
  try {
    const latest = await feed.latest();
    if (latest && latest.version >= snapshot.version) return;
    await feed.publish(snapshot);
  } catch (error) {
    const latest = await feed.latest().catch(() => null);
    if (!latest || latest.version < snapshot.version) throw new FeedFault(true, error);
  }
}
