/**
 * C2SP tlog-proof: one text that shows, with a public key and nothing else, that a line is in a signed log. The line
 * itself travels as the proof's extra data, byte for byte; what was signed covers it through the hashes.
 */
import { type Checkpoint, openCheckpoint } from './checkpoint.js';
import { hashBytes, leafHash } from './leaf-hash.js';
import { type VerifierKey } from './signed-note.js';
import { verifyInclusion } from './verify-proof.js';

const header = 'c2sp.org/tlog-proof@v1';
const hashesMax = 63;

export interface InclusionProofText {
  index: bigint;
  /** The line as stored. */
  line: Uint8Array;
  /** RFC 6962 section 2.1.1, lowest first. */
  hashes: readonly Uint8Array[];
  /** The signed note whose root the hashes lead to. */
  checkpoint: string;
}

/** A text that is no proof, or proves nothing; the message says why. */
export class ProofError extends Error {
  readonly code = 'proof_refused';
}

export function encodeProof({ index, line, hashes, checkpoint }: InclusionProofText): string {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return `${[header, `extra ${base64(line)}`, `index ${index}`, ...hashes.map(base64)].join('\n')}\n\n${checkpoint}`;
}

/** Throws `ProofError`. Checks the form only. */
export function parseProof(text: string): InclusionProofText {
  const split = text.indexOf('\n\n');
  const [first, extra, index, ...hashes] = text.slice(0, Math.max(split, 0)).split('\n');
  if (first !== header) throw new ProofError(`a proof begins with "${header}"`);
  const [, encoded] = /^extra (\S+)$/.exec(extra ?? '') ?? [];
  const [, number] = /^index (0|[1-9]\d{0,19})$/.exec(index ?? '') ?? [];
  if (encoded === undefined || number === undefined) throw new ProofError('a proof of a line has "extra" and "index"');
  if (hashes.length > hashesMax) throw new ProofError(`a proof has at most ${hashesMax} hashes`);
  return {
    index: BigInt(number),
    line: bytesOf(encoded),
    hashes: hashes.map((hash) => {
      const bytes = bytesOf(hash);
      if (bytes.length !== hashBytes) throw new ProofError(`"${hash}" is not a hash of 32 bytes`);
      return bytes;
    }),
    checkpoint: text.slice(split + 2),
  };
}

/** The checkpoint that covers the line. Throws `ProofError` or `NoteError` unless one of `keys` signed that the line is in the log. */
export function openProof(proof: InclusionProofText, keys: readonly VerifierKey[]): Checkpoint {
  const checkpoint = openCheckpoint(proof.checkpoint, keys);
  const { size, root } = checkpoint;
  if (verifyInclusion({ index: proof.index, size, leafHash: leafHash(proof.line), proof: proof.hashes, root }))
    return checkpoint;
  throw new ProofError(`the line is not number ${proof.index} of the ${size} lines that were signed`);
}

function bytesOf(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new ProofError(`"${text.slice(0, 40)}" is not base64`);
  return bytes;
}
