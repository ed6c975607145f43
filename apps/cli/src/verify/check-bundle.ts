/**
 * Checks the lines of one bundle by themselves: against their hashes, their form, their sums and their columns. What needs
 * other lines is left to whoever has them in order.
 */
import type { StoredEntry } from '#contracts/entry.js';
import type { TileSpan } from '#contracts/ledger-tree.js';
import { wrongColumns } from '#domain/ledger/entry-columns.js';
import type { BookedWire } from '#domain/ledger/call-entry.js';
import { hashBytes } from '#domain/ledger/leaf-hash.js';
import { checkLine } from '#domain/ledger/line-check.js';
import { compareLines, same } from './check-tree.js';
import { readBundle, readColumns, readTile } from './read-export.js';

/** What a line says that later ones are held against. */
export interface SaidLine {
  /** Of a line with a call record, without its body. */
  entry: StoredEntry;
  booked: BookedWire | null;
  /** False: its place counts, and nothing it says. */
  understood: boolean;
}

export interface CheckedBundle {
  /** Index of the first line. */
  begin: number;
  /** Null where there is no line, or it cannot be read. */
  said: (SaidLine | null)[];
  /** Indexes of lines that are nowhere. */
  missing: number[];
  /** Hashes of the lines as they are, and as the tile has them; null where the tile cannot be read. */
  leaves: Uint8Array;
  tile: Uint8Array | null;
  problems: { index: number; what: string }[];
  /** The bundle's file is nowhere, or nothing of it can be read. */
  fileProblem: string | null;
  columnsCompared: number;
}

export function checkBundle(dirs: readonly string[], span: TileSpan): CheckedBundle {
  const begin = Number(span.n) * 256;
  const { lines: all, problem } = readBundle(dirs, span);
  const lines = all.slice(0, span.width);
  const tile = readTile(dirs[0]!, span);
  const columns = readColumns(dirs, span);
  const problems: CheckedBundle['problems'] = [];
  const found = (index: number | null, what: string) => void problems.push({ index: index ?? begin, what });
  if (problem && lines.length > 0) found(begin, problem);
  if (typeof tile === 'string') found(begin, tile);
  const leaves = compareLines(lines, typeof tile === 'string' ? [] : tile, begin, found);
  const said: CheckedBundle['said'] = Array.from({ length: span.width }, () => null);
  const missing: number[] = [];
  let columnsCompared = 0;
  for (let i = 0; i < span.width; i += 1) {
    const line = lines[i];
    if (!line || line.length === 0) {
      missing.push(begin + i);
      continue;
    }
    const { entry, booked, understood, problems: own } = checkLine(line);
    for (const what of own) found(begin + i, what);
    if (!entry) continue;
    said[i] = { entry: booked ? { ...entry, body: noBody } : entry, booked, understood };
    // Of a line that is not the one in the tree, the columns belong to another.
    if (!columns || (typeof tile !== 'string' && !same(leaves[i], tile[i]))) continue;
    columnsCompared += 1;
    const wrong = wrongColumns(entry, columns[i] ?? 'null');
    if (wrong.length > 0) found(begin + i, `the database says something else in its columns: ${wrong.join(', ')}`);
  }
  return {
    begin,
    said,
    missing,
    leaves: joined(leaves),
    tile: typeof tile === 'string' ? null : joined(tile),
    problems,
    fileProblem: lines.length === 0 ? problem : null,
    columnsCompared,
  };
}

const noBody = {};

/** Memory of its own, so that it can be handed over whole. */
function joined(hashes: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(hashes.length * hashBytes);
  for (const [at, one] of hashes.entries()) bytes.set(one, at * hashBytes);
  return bytes;
}
