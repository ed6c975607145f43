/**
 * Which of 64 partitions an organisation lives in. The tag in braces sends all keys of a partition to one node of a
 * cluster, so that one script may touch them all; changing the count or the hash would lose every key.
 */
import { createHash } from 'node:crypto';

const partitionCount = 64;

/** `{p00}` to `{p63}`. */
export function partitionOf(organisation: string): string {
  const partition = createHash('sha256').update(organisation).digest().readUInt32BE(0) % partitionCount;
  return `{p${String(partition).padStart(2, '0')}}`;
}

/** The beginning of every key of an organisation: `{p07}:acme`. */
export function keyPrefix(organisation: string): string {
  return `${partitionOf(organisation)}:${organisation}`;
}
