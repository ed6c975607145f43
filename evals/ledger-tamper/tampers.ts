/**
 * What the owner of the database, who may switch every guard off, does to a log; and what a verifier must then say. Each
 * tamper names the place it hit, so that being found elsewhere does not count.
 */
import { decodeBundle } from '#domain/ledger/entry-bundle.js';
import { bundlePath } from '#domain/ledger/tile.js';
import type { Draw } from './sample-log.js';

/** A statement the owner runs, and what the report must hold. */
export interface OwnerTamper {
  what: string;
  sql: string;
  /** True when one of the problems names what was done. */
  named: (problems: { index: number | null; what: string }[]) => boolean;
}

const says = (index: number | null, text: string) => (problem: { index: number | null; what: string }) =>
  problem.index === index && problem.what.includes(text);

/** One byte of one line, anywhere in it. The constraint that would notice is dropped by `ownedBy`. */
export function editByte(size: number, draw: Draw): OwnerTamper {
  const index = draw(size);
  const [place, bit] = [draw(1_000_000), 1 << draw(8)];
  return {
    what: `bit ${bit} of byte ${place} (modulo its length) of line ${index}`,
    sql: `UPDATE ledger_entry SET bytes = set_byte(bytes, ${place} % octet_length(bytes), get_byte(bytes, ${place} % octet_length(bytes)) # ${bit}) WHERE leaf_index = ${index}`,
    named: (problems) => problems.some(says(index, 'do not have the hash in the tree')),
  };
}

/** One line out, with its key or without. */
export function deleteLine(size: number, draw: Draw): OwnerTamper {
  const index = draw(size);
  const key = draw(2) === 0 ? '' : `; DELETE FROM ledger_entry_key WHERE leaf_index = ${index}`;
  return {
    what: `line ${index} deleted${key && ' with its key'}`,
    sql: `DELETE FROM ledger_entry WHERE leaf_index = ${index}${key}`,
    named: (problems) => problems.some(({ index: at, what }) => at === index && /the line is missing/.test(what)),
  };
}

/** Two lines of one bundle change places. */
export function swapLines(size: number, draw: Draw): OwnerTamper {
  const one = draw(size);
  const begin = one - (one % 256);
  const width = Math.min(256, size - begin);
  const other = begin + ((one - begin + 1 + draw(width - 1)) % width);
  return {
    what: `lines ${one} and ${other} swapped`,
    sql: `UPDATE ledger_entry SET leaf_index = 999999 WHERE leaf_index = ${one}; UPDATE ledger_entry SET leaf_index = ${one} WHERE leaf_index = ${other}; UPDATE ledger_entry SET leaf_index = ${other} WHERE leaf_index = 999999`,
    named: (problems) =>
      problems.some(says(one, `holds the line of index ${other}`)) &&
      problems.some(says(other, `holds the line of index ${one}`)),
  };
}

/** The tail off, with everything that told of it: keys, tiles, checkpoints, state. Only a kept checkpoint tells. */
export function cutTail(size: number, sealed: readonly number[], draw: Draw): OwnerTamper {
  const left = sealed[draw(sealed.length - 1)]!;
  return {
    what: `cut from ${size} lines to ${left}, with every trace in the database`,
    sql: `DELETE FROM ledger_entry WHERE leaf_index >= ${left}; DELETE FROM ledger_entry_key WHERE leaf_index >= ${left};
      DELETE FROM ledger_tile WHERE (n + 1) * 256 ^ (level + 1) > ${left}; DELETE FROM ledger_checkpoint WHERE size > ${left};
      UPDATE ledger_state SET size = ${left}`,
    named: (problems) => problems.some(says(left, 'the tail was cut off')),
  };
}

/** Of an exported folder: one byte of one bundle file. `named` asks for a finding at a line of that bundle. */
export function editFile(size: number, draw: Draw) {
  const index = draw(size);
  const [n, begin] = [BigInt(Math.floor(index / 256)), index - (index % 256)];
  const width = Math.min(256, size - begin);
  const [place, bit] = [draw(1_000_000), 1 << draw(8)];
  return {
    path: bundlePath({ n, width }),
    what: `bit ${bit} of byte ${place} (modulo its length) of the file that holds line ${index}`,
    change: (bytes: Buffer): Buffer => {
      bytes[place % bytes.length]! ^= bit;
      return bytes;
    },
    /** The line whose byte it is; where a length was hit, the first line of the file that is not whole any more. */
    named: (before: Buffer, problems: { index: number | null; what: string }[]): boolean => {
      const hit = lineAt(before, place % before.length);
      return problems.some(({ index: at }) => at !== null && (at === begin || at === begin + hit));
    },
  };
}

function lineAt(bundle: Buffer, place: number): number {
  let end = 0;
  return decodeBundle(bundle).findIndex((line) => (end += 2 + line.length) > place);
}
