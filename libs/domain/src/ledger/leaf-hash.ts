/** The two hashes of RFC 6962 section 2.1. The prefixes keep a node from passing as a leaf: never hash without them. */
import { hash } from 'node:crypto';

export const hashBytes = 32;

const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

const sha256 = (...parts: Uint8Array[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer');

/** The root of a tree without leaves: SHA-256 of nothing. */
export const emptyRoot: Buffer = sha256();

/** SHA-256(0x00 ‖ bytes), of the bytes exactly as stored. */
export const leafHash = (bytes: Uint8Array): Buffer => sha256(leafPrefix, bytes);

/** SHA-256(0x01 ‖ left ‖ right). */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(nodePrefix, left, right);
