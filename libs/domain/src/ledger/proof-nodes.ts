/**
 * Which nodes a proof is made of, as coordinates: nothing is fetched or hashed here. An element of a proof may be a
 * subtree that is not perfect (on the right edge); it is then listed as the perfect ones it is folded from.
 */

/** A perfect subtree: the `index`-th of 2^level leaves. */
export interface TreeNode {
  level: number;
  index: bigint;
}

const bitLength = (value: bigint): number => value.toString(2).length;

/** The largest power of two smaller than `size`. Requires size ≥ 2. */
const splitOf = (size: bigint): bigint => 1n << BigInt(bitLength(size - 1n) - 1);

/** The perfect subtrees of leaves [begin, end), left to right. Empty when the range is. */
export function nodesOfRange(begin: bigint, end: bigint): TreeNode[] {
  const nodes: TreeNode[] = [];
  for (let at = begin; at < end;) {
    const fits = bitLength(end - at) - 1;
    const aligned = at === 0n ? fits : bitLength(at & -at) - 1;
    const level = Math.min(fits, aligned);
    nodes.push({ level, index: at >> BigInt(level) });
    at += 1n << BigInt(level);
  }
  return nodes;
}

/** RFC 6962 section 2.1.1, PATH(index, D[size]), lowest element first. Requires 0 ≤ index < size. */
export function inclusionNodes(index: bigint, size: bigint): TreeNode[][] {
  if (index < 0n || index >= size) throw new RangeError(`line ${index} is not among the first ${size}`);
  const path: TreeNode[][] = [];
  let [begin, end] = [0n, size];
  while (end - begin > 1n) {
    const middle = begin + splitOf(end - begin);
    path.push(index < middle ? nodesOfRange(middle, end) : nodesOfRange(begin, middle));
    if (index < middle) end = middle;
    else begin = middle;
  }
  return path.reverse();
}

/** RFC 6962 section 2.1.2, PROOF(from, D[to]). Requires 0 < from ≤ to. */
export function consistencyNodes(from: bigint, to: bigint): TreeNode[][] {
  if (from <= 0n || from > to) throw new RangeError(`no consistency proof leads from ${from} to ${to} lines`);
  const path: TreeNode[][] = [];
  let [begin, end] = [0n, to];
  while (from !== end) {
    const middle = begin + splitOf(end - begin);
    path.push(from <= middle ? nodesOfRange(middle, end) : nodesOfRange(begin, middle));
    if (from <= middle) end = middle;
    else begin = middle;
  }
  // The old tree's own root is known to the verifier, and left out.
  if (begin !== 0n) path.push(nodesOfRange(begin, end));
  return path.reverse();
}
