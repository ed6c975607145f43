/** Which heads the lines must lead to: every checkpoint of the export, and those the reader kept from earlier. */
import { type Checkpoint, openCheckpoint } from '#domain/ledger/checkpoint.js';
import { parseVerifierKey } from '#domain/ledger/signed-note.js';
import type { NamedNote } from './read-export.js';

export interface SealedHead extends Checkpoint {
  name: string;
}

export interface OpenedCheckpoints {
  /** Of the log, by rising size. */
  heads: SealedHead[];
  origin: string | null;
  problems: string[];
}

/** `origin` null takes the one of the first note that opens. Notes that do not open are problems and left out. */
export function openCheckpoints(notes: NamedNote[], verifierKeys: string[], origin: string | null): OpenedCheckpoints {
  const problems: string[] = [];
  const keys = verifierKeys.flatMap(
    (text) =>
      attempt(
        () => parseVerifierKey(text),
        (why) => problems.push(why),
      ) ?? [],
  );
  const heads: SealedHead[] = [];
  let expected = origin;
  for (const { name, note } of notes) {
    const open = () => openCheckpoint(note, keys, expected ?? undefined);
    const head = attempt(open, (why) => problems.push(`${name}: ${why}`));
    if (!head) continue;
    expected ??= head.origin;
    heads.push({ ...head, name });
  }
  heads.sort((a, b) => (a.size < b.size ? -1 : Number(a.size > b.size)));
  return { heads, origin: expected, problems };
}

function attempt<T>(work: () => T, failed: (why: string) => void): T | null {
  try {
    return work();
  } catch (error) {
    failed(error instanceof Error ? error.message : String(error));
    return null;
  }
}
