/** What one line says by itself, and whether that adds up: nothing here depends on another line, so lines can be checked apart. */
import type { StoredEntry } from '#contracts/entry.js';
import { type BookedWire, bookedWire, callKinds, callRecordOf, costProblems, plainCostProblems } from './call-entry.js';
import { readEntry } from './canonical-entry.js';
import { bodyProblem } from './entry-body.js';

export interface CheckedLine {
  /** Null where the bytes are no entry. */
  entry: StoredEntry | null;
  /** What it books, where its kind carries a call record that can be read. */
  booked: BookedWire | null;
  /** False: what the line says must not be built upon. */
  understood: boolean;
  /** In words; empty when nothing is wrong. */
  problems: string[];
}

export function checkLine(bytes: Uint8Array): CheckedLine {
  const nothing = { booked: null, understood: false };
  let entry: StoredEntry;
  try {
    entry = readEntry(bytes);
  } catch (error) {
    return { entry: null, ...nothing, problems: [wordsOf(error)] };
  }
  try {
    const problems = costProblemsIn(entry);
    if (problems) return { entry, booked: bookedWire(entry.body as unknown as BookedWire), understood: true, problems };
  } catch (error) {
    return { entry, ...nothing, problems: [wordsOf(error)] };
  }
  const problem = bodyProblem(entry);
  return { entry, booked: null, understood: problem === null, problems: problem === null ? [] : [problem] };
}

/** Null where the kind carries no call record. Throws where it should and does not. */
function costProblemsIn(entry: StoredEntry): string[] | null {
  if (!(callKinds as readonly string[]).includes(entry.kind)) return null;
  const plain = plainCostProblems(entry.kind, entry.body);
  if (plain) return plain;
  const record = callRecordOf(entry);
  return record && costProblems(record);
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
