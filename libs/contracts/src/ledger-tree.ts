/**
 * The port between the ledger's store and the RFC 6962 tree: the tree says which hashes it needs (a plan), the
 * store fetches them, the tree computes. Implemented once, by domain/ledger/ledger-tree.ts; a store never hashes.
 */
import type { Entry } from './entry.js';

/** What a checkpoint commits to: the first `size` lines, as one 32-byte root. */
export interface TreeHead {
  size: bigint;
  root: Uint8Array;
}

/** The first `width` (1…256) hashes of tile `n` of a level, as in C2SP tlog-tiles. */
export interface TileSpan {
  level: number;
  n: bigint;
  width: number;
}

/** Fetch the hashes of `tiles` (32 bytes each, concatenated), in this order, and hand them to `fold`. */
export interface TilePlan<T> {
  tiles: TileSpan[];
  fold(tiles: Uint8Array[]): T;
}

/** A full tile: 256 hashes, and the hash over them, which is its place in the tile one level up. */
export interface CompletedTile {
  level: number;
  n: bigint;
  hashes: Uint8Array;
  root: Uint8Array;
}

/** The right edge of the tree: all that is needed to append. `frontier` are the roots of its perfect subtrees. */
export interface TreeEdge extends TreeHead {
  frontier: Uint8Array[];
  /** Hashes of the unfinished tile of each level, lowest level first. */
  levels: Uint8Array[][];
}

export interface LedgerTree {
  /** The bytes that are stored and hashed: RFC 8785, at most 65,535 of them. Throws on what cannot be an entry. */
  entryBytes(entry: Entry): Uint8Array;
  leafHash(bytes: Uint8Array): Uint8Array;
  planEdge(size: bigint): TilePlan<TreeEdge>;
  appendLeaves(edge: TreeEdge, leaves: Uint8Array[]): { edge: TreeEdge; completed: CompletedTile[] };
  planRoot(size: bigint): TilePlan<Uint8Array>;
  planInclusion(index: bigint, size: bigint): TilePlan<Uint8Array[]>;
  planConsistency(from: bigint, to: bigint): TilePlan<Uint8Array[]>;
  verifyConsistency(from: TreeHead, to: TreeHead, proof: Uint8Array[]): boolean;
  /** Every tile of a tree of this size, unfinished ones included. */
  tilesOf(size: bigint): Iterable<TileSpan>;
  /** Where a tile, or the bundle of the entries under a tile of level 0, lies in an exported folder. */
  tilePath(tile: TileSpan): string;
  bundlePath(tile: TileSpan): string;
  /** Where the columns of the lines of that bundle lie, as a database shows them. */
  columnsPath(tile: TileSpan): string;
  encodeBundle(entries: Uint8Array[]): Uint8Array;
  /** Throws where the last entry is cut off. */
  decodeBundle(bundle: Uint8Array): Uint8Array[];
}

/** Signs the heads of one log. `origin` names the log and the key. */
export interface CheckpointSigner {
  origin: string;
  /** C2SP verifier keys, the signing one first, then those it replaced. */
  verifierKeys: string[];
  /** The signed note. May ask a key store, hence asynchronous. */
  sign(head: TreeHead): Promise<string>;
  /** The head inside a note of ours; throws unless one of `verifierKeys` signed it. */
  open(note: string): TreeHead;
  /** A memory the owner of the database cannot rewrite, where there is one: the last note signed. */
  memory?: { last(): Promise<string | null>; keep(note: string): Promise<void> };
}
