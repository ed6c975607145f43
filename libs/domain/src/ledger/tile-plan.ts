/** Proofs and roots from tiles: each plan says which tiles it needs, and folds them once they were fetched. */
import type { TilePlan, TileSpan } from '#contracts/ledger-tree.js';
import { foldPerfect, foldSubtrees } from './frontier.js';
import { hashBytes } from './leaf-hash.js';
import { consistencyNodes, inclusionNodes, nodesOfRange, type TreeNode } from './proof-nodes.js';
import { tileHeight } from './tile.js';

/** Cuts concatenated hashes apart. Throws when they are not `width` whole hashes. */
export function hashesOf(tile: Uint8Array | undefined, span: TileSpan): Uint8Array[] {
  if (tile?.length !== span.width * hashBytes) {
    throw new RangeError(
      `tile ${span.level}/${span.n} has ${tile?.length ?? 'no'} bytes instead of ${span.width * hashBytes}`,
    );
  }
  return Array.from({ length: span.width }, (_, i) => tile.subarray(i * hashBytes, (i + 1) * hashBytes));
}

/** The tile a node is folded from, and which of its hashes. */
function placeOf({ level, index }: TreeNode): { level: number; n: bigint; begin: number; end: number } {
  const height = level % tileHeight;
  const first = index << BigInt(height);
  const begin = Number(first & 255n);
  return { level: Math.floor(level / tileHeight), n: first >> 8n, begin, end: begin + 2 ** height };
}

/** Plans to compute one hash per element; an element is the fold of its perfect subtrees. */
function planNodes(elements: TreeNode[][]): TilePlan<Uint8Array[]> {
  const spans = new Map<string, TileSpan & { slot: number }>();
  const nameOf = (place: { level: number; n: bigint }) => `${place.level}/${place.n}`;
  for (const place of elements.flat().map(placeOf)) {
    const known = spans.get(nameOf(place));
    if (known) known.width = Math.max(known.width, place.end);
    else spans.set(nameOf(place), { level: place.level, n: place.n, width: place.end, slot: spans.size });
  }
  const tiles = [...spans.values()].map(({ level, n, width }) => ({ level, n, width }));
  const fold = (fetched: Uint8Array[]): Uint8Array[] => {
    const hashes = tiles.map((span, slot) => hashesOf(fetched[slot], span));
    const hashOf = (node: TreeNode) => {
      const place = placeOf(node);
      return foldPerfect(hashes[spans.get(nameOf(place))!.slot]!.slice(place.begin, place.end));
    };
    return elements.map((nodes) => foldSubtrees(nodes.map(hashOf)));
  };
  return { tiles, fold };
}

/** RFC 6962 section 2.1.1. Requires 0 ≤ index < size. */
export const planInclusion = (index: bigint, size: bigint): TilePlan<Uint8Array[]> =>
  planNodes(inclusionNodes(index, size));

/** RFC 6962 section 2.1.2. Requires 0 < from ≤ to. */
export const planConsistency = (from: bigint, to: bigint): TilePlan<Uint8Array[]> =>
  planNodes(consistencyNodes(from, to));

export function planRoot(size: bigint): TilePlan<Uint8Array> {
  const { tiles, fold } = planNodes([nodesOfRange(0n, size)]);
  return { tiles, fold: (fetched) => fold(fetched)[0]! };
}
