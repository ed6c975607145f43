/**
 * UUID version 7 (RFC 9562 §5.7), monotonic within a process: 48 bits of milliseconds, then a counter of 26 bits
 * that starts at random each millisecond, then randomness. Sorting ids sorts calls by admission.
 */
import { randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(16 * 256);
let poolOffset = pool.length;
let lastMs = 0;
let counter = 0;

function random(bytes: number): number {
  if (poolOffset + bytes > pool.length) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  const value = pool.readUIntBE(poolOffset, bytes);
  poolOffset += bytes;
  return value;
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

/** The tail of an id, the same in all ids of one maker: then an id says who made it. */
export const newMaker = (): string => hex(random(6), 12);
export const makerOf = (id: string): string => id.slice(24);

/** A clock that steps back does not: ids keep to the latest millisecond seen. */
export function newId(nowMs: number, maker = newMaker()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = random(3);
  } else {
    counter += 1;
    if (counter >= 2 ** 26) {
      lastMs += 1;
      counter = random(3);
    }
  }
  const time = hex(lastMs, 12);
  const high = hex(0x7000 | (counter >>> 14), 4); // 12 bits of the counter behind the version
  const low = hex(0x8000 | (counter & 0x3fff), 4); // 14 bits behind the variant
  return `${time.slice(0, 8)}-${time.slice(8)}-${high}-${low}-${maker}`;
}
