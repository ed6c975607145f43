/** The port by which snapshots and key deltas reach proxies. Two adapters, one conformance suite. */
import type { CapacityCounts } from './commitment.js';
import type { KeyDelta } from './key.js';

export interface PublishedSnapshot {
  version: number;
  /** Hex SHA-256 of `body`; a reader that finds another refuses the snapshot. */
  sha256: string;
  /** The snapshot's wire JSON. */
  body: string;
}

export interface SnapshotFeed {
  /** Makes this the latest. A version not greater than the latest is refused with an error: versions never go back. */
  publish(snapshot: PublishedSnapshot): Promise<void>;
  latest(): Promise<PublishedSnapshot | null>;
  /** Appends deltas; the feed numbers them and returns them as numbered. */
  publishKeys(keys: KeyDelta['key'][]): Promise<KeyDelta[]>;
  /** Every key whose last change is later than `sequence`, in order. From 0: all keys, revoked ones too. */
  keysSince(sequence: number, count: number): Promise<KeyDelta[]>;
  /** What is used of committed capacity, replaced every second or so: it changes with every call, and no snapshot does. */
  publishCapacity(counts: CapacityCounts): Promise<void>;
  /** Null: never published. */
  capacity(): Promise<CapacityCounts | null>;
  /** Calls back soon after anything was published. May call too often, never too rarely; readers also poll. */
  subscribe(onChange: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
