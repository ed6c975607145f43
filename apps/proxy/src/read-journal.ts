/** Reads journals back: what processes that are gone left behind, and what the desk has lost of this one's. */
import { join } from 'node:path';
import type { Settlement } from '#contracts/envelope-desk.js';
import { makerOf } from '#runtime/new-id.js';
import { type JournalDisk, syncedDisk } from './journal-disk.js';

export interface LeftBehind {
  settlements: Settlement[];
  files: string[];
  /** Who made the ids of these attempts: the processes that are gone. */
  makers: Set<string>;
  /** Every attempt these journals tell of, also those the ledger has. */
  known: Set<string>;
}

/**
 * What processes that are gone left in the directory: per attempt its ending, or the one it should get if it never
 * came; without those the ledger has. Files of another living process (the name starts with its id) are its own; a file
 * of this process's own id, before it opened one, is of a predecessor in another container.
 */
export async function leftBehind(directory: string, disk: JournalDisk = syncedDisk): Promise<LeftBehind> {
  const files = disk
    .list(directory)
    .filter((name) => name.endsWith('.journal') && !livesElsewhere(Number(name.split('-')[0])))
    .map((name) => join(directory, name));
  const texts = await Promise.all(files.map((file) => disk.read(file)));
  const known = new Set(texts.flatMap(idsIn));
  return {
    settlements: [...lastWords(texts).values()],
    files,
    makers: new Set([...texts.flatMap(makersIn), ...[...known].map(makerOf)]),
    known,
  };
}

/** The last word of these attempts; of one that was deleted meanwhile, because the ledger has it, nothing. */
export async function lastWordsOf(
  attemptIds: ReadonlySet<string>,
  files: string[],
  disk: JournalDisk,
): Promise<Map<string, Settlement>> {
  const texts = await Promise.all(files.map((file) => disk.read(file).catch(() => '')));
  return lastWords(texts, attemptIds);
}

const makersIn = (text: string): string[] =>
  wholeLines(text).flatMap((line) => (line.startsWith('P ') ? [line.slice(2)] : []));

const idsIn = (text: string): string[] =>
  wholeLines(text).flatMap((line) => {
    if (line.startsWith('A ')) return line.slice(2).split(' ');
    return line.startsWith('I ') || line.startsWith('E ') ? [idOf(line)] : [];
  });

const wholeLines = (text: string): string[] => text.split('\n').slice(0, -1);
const idOf = (line: string): string => line.slice(idAt, line.indexOf('"', idAt));
const idAt = 'E {"holdId":"'.length;

/** The last line of a file may be cut by a crash; it was then never acknowledged to anyone, and is skipped. */
function lastWords(texts: string[], wanted?: ReadonlySet<string>): Map<string, Settlement> {
  const lines = texts.flatMap(wholeLines);
  const recorded = new Set(lines.flatMap((line) => (line.startsWith('A ') ? line.slice(2).split(' ') : [])));
  const last = new Map<string, string>();
  const ended = new Set<string>();
  for (const line of lines) {
    if (!line.startsWith('I ') && !line.startsWith('E ')) continue;
    const holdId = idOf(line);
    if (recorded.has(holdId) || (wanted && !wanted.has(holdId))) continue;
    if (line.startsWith('I ') && ended.has(holdId)) continue;
    if (line.startsWith('E ')) ended.add(holdId);
    last.set(holdId, line);
  }
  return new Map([...last].map(([holdId, line]) => [holdId, unspell(line.slice(2))]));
}

/** JSON holds no tab but a quoted one, so the first tab is ours. */
function unspell(text: string): Settlement {
  const tab = text.indexOf('\t');
  const raw = JSON.parse(text.slice(0, tab)) as Omit<Settlement, 'costNanoUsd' | 'record'> & { costNanoUsd: string };
  return { ...raw, costNanoUsd: BigInt(raw.costNanoUsd), record: text.slice(tab + 1) };
}

function livesElsewhere(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
