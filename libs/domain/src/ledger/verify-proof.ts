/**
 * Checks proofs as RFC 9162 sections 2.1.3.2 and 2.1.4.2 do, with two rules the text leaves unsaid: a leaf hash has
 * exactly 32 bytes, and nothing is consistent with an empty tree. Sizes go to 2^64 - 1, hence bigint.
 */
import { hashBytes, nodeHash } from './leaf-hash.js';

const sizeMax = 2n ** 64n - 1n;
const isSize = (value: bigint): boolean => value >= 0n && value <= sizeMax;
const same = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0;
const wholeHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every((hash) => hash.length === hashBytes);

export interface Inclusion {
  index: bigint;
  size: bigint;
  leafHash: Uint8Array;
  proof: readonly Uint8Array[];
  root: Uint8Array;
}

/** True when the leaf is line `index` of the tree of `size` lines with this root. */
export function verifyInclusion({ index, size, leafHash, proof, root }: Inclusion): boolean {
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  if (leafHash.length !== hashBytes || !wholeHashes(proof)) return false;
  let [first, last] = [index, size - 1n];
  let hash = leafHash;
  for (const sibling of proof) {
    if (last === 0n) return false;
    if (first & 1n || first === last) {
      hash = nodeHash(sibling, hash);
      for (; !(first & 1n) && first !== 0n; first >>= 1n) last >>= 1n;
    } else {
      hash = nodeHash(hash, sibling);
    }
    first >>= 1n;
    last >>= 1n;
  }
  return last === 0n && same(hash, root);
}

interface Head {
  size: bigint;
  root: Uint8Array;
}

/** True when the tree `to` begins with all lines of the tree `from`, unchanged. */
export function verifyConsistency(from: Head, to: Head, proof: readonly Uint8Array[]): boolean {
  if (!isSize(from.size) || !isSize(to.size) || from.size === 0n || from.size > to.size) return false;
  if (from.size === to.size) return proof.length === 0 && same(from.root, to.root);
  if (proof.length === 0 || !wholeHashes(proof)) return false;
  const isPerfect = (from.size & (from.size - 1n)) === 0n;
  const [start, ...rest] = isPerfect ? [from.root, ...proof] : proof;
  let [first, last] = [from.size - 1n, to.size - 1n];
  for (; first & 1n; first >>= 1n) last >>= 1n;
  let [oldRoot, newRoot] = [start!, start!];
  for (const sibling of rest) {
    if (last === 0n) return false;
    if (first & 1n || first === last) {
      oldRoot = nodeHash(sibling, oldRoot);
      newRoot = nodeHash(sibling, newRoot);
      for (; !(first & 1n) && first !== 0n; first >>= 1n) last >>= 1n;
    } else {
      newRoot = nodeHash(newRoot, sibling);
    }
    first >>= 1n;
    last >>= 1n;
  }
  return last === 0n && same(oldRoot, from.root) && same(newRoot, to.root);
}
