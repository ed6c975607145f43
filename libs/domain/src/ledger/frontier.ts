/**
 * The compact range of a tree: roots of its perfect subtrees, largest (leftmost) first. Enough to append and to
 * know the root, and nothing else: proofs need tiles.
 */
import { emptyRoot, hashBytes, nodeHash } from './leaf-hash.js';

export interface Frontier {
  readonly size: bigint;
  /** One node per set bit of `size`. */
  readonly nodes: readonly Uint8Array[];
}

export const emptyFrontier: Frontier = { size: 0n, nodes: [] };

/** The frontier after these leaf hashes (32 bytes each), in order. Leaves the given one as it is. */
export function appendToFrontier(frontier: Frontier, leaves: Iterable<Uint8Array>): Frontier {
  let { size } = frontier;
  const nodes = [...frontier.nodes];
  for (const leaf of leaves) {
    if (leaf.length !== hashBytes) throw new RangeError(`a leaf hash has 32 bytes, not ${leaf.length}`);
    let node = leaf;
    for (let rest = size; rest & 1n; rest >>= 1n) node = nodeHash(nodes.pop()!, node);
    nodes.push(node);
    size += 1n;
  }
  return { size, nodes };
}

/** RFC 6962 MTH of the tree; of an empty one, SHA-256 of nothing. */
export const rootOfFrontier = (frontier: Frontier): Uint8Array => foldSubtrees(frontier.nodes);

/** Root over perfect subtrees of strictly falling size, left to right: any range that starts where RFC 6962 splits. */
export function foldSubtrees(nodes: readonly Uint8Array[]): Uint8Array {
  const last = nodes.at(-1);
  if (!last) return emptyRoot;
  return nodes.slice(0, -1).reduceRight((root, node) => nodeHash(node, root), last);
}

/** Root over a power of two of hashes. Requires `hashes.length` to be one. */
export function foldPerfect(hashes: readonly Uint8Array[]): Uint8Array {
  const { length } = hashes;
  if (length === 0 || (length & (length - 1)) !== 0) throw new RangeError(`${length} is not a power of two`);
  const row = [...hashes];
  for (let width = length; width > 1; width /= 2)
    for (let at = 0; at < width / 2; at += 1) row[at] = nodeHash(row[2 * at]!, row[2 * at + 1]!);
  return row[0]!;
}
