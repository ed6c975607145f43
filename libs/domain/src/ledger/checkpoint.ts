/**
 * C2SP tlog-checkpoint: origin, size and root as the text of a signed note. The origin says which log, and a
 * checkpoint of another log with a valid signature proves nothing about this one.
 */
import type { KeyObject } from 'node:crypto';
import type { CheckpointSigner, TreeHead } from '#contracts/ledger-tree.js';
import { hashBytes } from './leaf-hash.js';
import { encodeVerifierKey, NoteError, openNote, parseVerifierKey, signNote, type VerifierKey } from './signed-note.js';

export interface Checkpoint extends TreeHead {
  origin: string;
  /** Lines behind the root. We write none; auditors of others' logs may meet some. */
  extensions: string[];
}

export const formatCheckpoint = (origin: string, { size, root }: TreeHead): string =>
  `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;

/** Parses the text of a note. Throws `NoteError`. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, size, encoded, ...rest] = text.split('\n');
  if (!origin || !size || !encoded || rest.at(-1) !== '' || rest.slice(0, -1).includes('')) {
    throw new NoteError('a checkpoint has the lines origin, size and root');
  }
  if (!/^(0|[1-9]\d*)$/.test(size) || BigInt(size) >= 2n ** 64n) throw new NoteError(`"${size}" is not a size`);
  const root = Buffer.from(encoded, 'base64');
  if (root.toString('base64') !== encoded || root.length !== hashBytes) {
    throw new NoteError('the root of a checkpoint has 32 bytes in base64');
  }
  return { origin, size: BigInt(size), root, extensions: rest.slice(0, -1) };
}

/** Verifies and parses. Throws `NoteError` when no known key signed it, or when it is another log's. */
export function openCheckpoint(note: string, keys: readonly VerifierKey[], origin?: string): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, keys).text);
  if (origin === undefined || checkpoint.origin === origin) return checkpoint;
  throw new NoteError(`this checkpoint is of ${checkpoint.origin}, not of ${origin}`);
}

/** Signs with a key at hand; `formerKeys` are verifier keys that signed earlier checkpoints of the log. */
export function checkpointSigner(origin: string, privateKey: KeyObject, formerKeys: string[] = []): CheckpointSigner {
  const verifierKeys = [encodeVerifierKey(origin, privateKey), ...formerKeys];
  const keys = verifierKeys.map(parseVerifierKey);
  return {
    origin,
    verifierKeys,
    sign: (head) => Promise.resolve(signNote(formatCheckpoint(origin, head), origin, privateKey)),
    open: (note) => openCheckpoint(note, keys, origin),
  };
}
