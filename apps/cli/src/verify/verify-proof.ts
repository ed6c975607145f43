/** Checks one proof from its text and public keys alone, and says what the line it proves says. */
import type { StoredEntry } from '#contracts/entry.js';
import { callRecordOf, costProblems } from '#domain/ledger/call-entry.js';
import { readEntry } from '#domain/ledger/canonical-entry.js';
import { openProof, parseProof } from '#domain/ledger/inclusion-proof.js';
import { parseVerifierKey } from '#domain/ledger/signed-note.js';

export interface ProvenLine {
  origin: string;
  index: bigint;
  /** Lines the checkpoint covers. */
  size: bigint;
  entry: StoredEntry;
}

/** Throws, saying why, unless one of the keys signed a log that holds the line, and the line adds up. */
export function verifyProof(text: string, verifierKeys: readonly string[]): ProvenLine {
  const proof = parseProof(text);
  const { origin, size } = openProof(proof, verifierKeys.map(parseVerifierKey));
  const entry = readEntry(proof.line);
  const record = callRecordOf(entry);
  const [problem] = record ? costProblems(record) : [];
  if (problem !== undefined) throw new Error(`The line is in the log, and does not add up: ${problem}`);
  return { origin, index: proof.index, size, entry };
}
