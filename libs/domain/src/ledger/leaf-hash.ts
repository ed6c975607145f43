/** The two hashes of RFC 6962 section 2.1. The prefixes keep a node from passing as a leaf: never hash without them. */
import { hash } from 'node:crypto';

export const hashBytes = 32;

/** The root of a tree without leaves: SHA-256 of nothing. */
export const emptyRoot: Buffer = hash('sha256', Buffer.alloc(0), 'buffer');

/** Where a prefix is put before what is hashed, a copy of some bytes being cheaper than a new buffer for each. */
const scratch = Buffer.alloc(65_536);

/** SHA-256(0x00 ‖ bytes), of the bytes exactly as stored. */
export function leafHash(bytes: Uint8Array): Buffer {
  if (bytes.length >= scratch.length) return hash('sha256', Buffer.concat([Buffer.from([0]), bytes]), 'buffer');
  scratch[0] = 0;
  scratch.set(bytes, 1);
  return hash('sha256', scratch.subarray(0, bytes.length + 1), 'buffer');
}

const node = Buffer.alloc(1 + 2 * hashBytes, 1);

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const length = 1 + left.length + right.length;
  if (length !== node.length) return hash('sha256', Buffer.concat([Buffer.from([1]), left, right]), 'buffer');
  node.set(left, 1);
  node.set(right, 1 + left.length);
  return hash('sha256', node, 'buffer');
}
