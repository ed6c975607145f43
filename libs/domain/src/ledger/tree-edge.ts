/**
 * Appending in batches: from the unfinished tiles and new leaf hashes to finished tiles, frontier and root.
 * The edge is read back from what is stored, not remembered, so that a damaged store cannot be appended to.
 */
import type { CompletedTile, TilePlan, TreeEdge } from '#contracts/ledger-tree.js';
import { foldPerfect, foldSubtrees } from './frontier.js';
import { hashBytes } from './leaf-hash.js';
import { partialTiles, tileLayout, tileWidth } from './tile.js';
import { hashesOf } from './tile-plan.js';

/** Reads the edge of a tree of this size from its unfinished tiles. */
export function planEdge(size: bigint): TilePlan<TreeEdge> {
  const tiles = partialTiles(size);
  return {
    tiles,
    fold: (fetched) => {
      const levels = tileLayout(size).map((): Uint8Array[] => []);
      tiles.forEach((span, slot) => (levels[span.level] = hashesOf(fetched[slot], span)));
      return edgeOf(size, levels);
    },
  };
}

/** The edge after these leaf hashes, and the tiles that became full on the way, lowest level first where several did. */
export function appendLeaves(edge: TreeEdge, leaves: Uint8Array[]): { edge: TreeEdge; completed: CompletedTile[] } {
  const levels = edge.levels.map((hashes) => [...hashes]);
  const completed: CompletedTile[] = [];
  let { size } = edge;
  for (const leaf of leaves) {
    if (leaf.length !== hashBytes) throw new RangeError(`a leaf hash has 32 bytes, not ${leaf.length}`);
    size += 1n;
    let hash = leaf;
    for (let level = 0; ; level += 1) {
      const hashes = (levels[level] ??= []);
      hashes.push(hash);
      if (hashes.length < tileWidth) break;
      hash = foldPerfect(hashes);
      const n = (size >> BigInt(8 * (level + 1))) - 1n;
      completed.push({ level, n, hashes: Buffer.concat(hashes), root: hash });
      levels[level] = [];
    }
  }
  return { edge: edgeOf(size, levels), completed };
}

/** Frontier and root follow from the unfinished tiles: each is cut into perfect subtrees by the bits of its width. */
function edgeOf(size: bigint, levels: Uint8Array[][]): TreeEdge {
  const frontier = levels.toReversed().flatMap((hashes) => {
    const roots: Uint8Array[] = [];
    let at = 0;
    for (let width = tileWidth / 2; width >= 1; width /= 2) {
      if ((hashes.length & width) === 0) continue;
      roots.push(foldPerfect(hashes.slice(at, at + width)));
      at += width;
    }
    return roots;
  });
  return { size, root: foldSubtrees(frontier), frontier, levels };
}
