/**
 * C2SP signed notes with Ed25519: a text, a blank line, signature lines. A signature by an unknown key is ignored,
 * one by a known key that does not verify condemns the note.
 */
import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';

/** A note or key that is not what it claims to be; the message says how. */
export class NoteError extends Error {
  readonly code = 'note_refused';
}

export interface VerifierKey {
  name: string;
  /** SHA-256(name ‖ 0x0A ‖ algorithm ‖ public key), first four bytes. A hint, not a fingerprint. */
  keyId: Buffer;
  publicKey: KeyObject;
}

const ed25519 = Buffer.from([1]);
const signaturesMax = 100;
const signatureLine = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u;

function decodeBase64(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new NoteError(`${what} is not base64`);
  return bytes;
}

const keyIdOf = (name: string, rawKey: Uint8Array): Buffer =>
  hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), ed25519, rawKey]), 'buffer').subarray(0, 4);

/** The 32 bytes of an Ed25519 public key, also when given the private one. */
function rawKeyOf(key: KeyObject): Buffer {
  if (key.asymmetricKeyType !== 'ed25519') throw new NoteError('the key of a signed note is an Ed25519 key');
  const { x } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return Buffer.from(x!, 'base64url');
}

/** `name+hash+key`, the form in which a key is handed to verifiers. */
export function encodeVerifierKey(name: string, key: KeyObject): string {
  if (!/^[^\s+]+$/u.test(name)) throw new NoteError(`"${name}" cannot name a key: no spaces, no plus sign`);
  const rawKey = rawKeyOf(key);
  return `${name}+${keyIdOf(name, rawKey).toString('hex')}+${Buffer.concat([ed25519, rawKey]).toString('base64')}`;
}

export function parseVerifierKey(text: string): VerifierKey {
  const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text) ?? [];
  if (!name || !id || !encoded) throw new NoteError(`"${text}" is not a verifier key (name+hash+key)`);
  const bytes = decodeBase64(encoded, `the key of ${name}`);
  if (bytes[0] !== 1 || bytes.length !== 33) throw new NoteError(`the key of ${name} is not an Ed25519 key`);
  const rawKey = bytes.subarray(1);
  const keyId = keyIdOf(name, rawKey);
  if (keyId.toString('hex') !== id) throw new NoteError(`the key of ${name} does not belong to its hash ${id}`);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: rawKey.toString('base64url') };
  return { name, keyId, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) };
}

export interface Note {
  /** The signed text, with its last newline. */
  text: string;
  signatures: { name: string; keyId: Buffer; signature: Buffer }[];
}

/** Takes a note apart without checking any signature. */
export function parseNote(note: string): Note {
  // oxlint-disable-next-line no-control-regex
  if (!note.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(note)) {
    throw new NoteError('a note is UTF-8 text without control characters');
  }
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) throw new NoteError('a note ends with a blank line and signature lines');
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > signaturesMax) throw new NoteError(`a note has at most ${signaturesMax} signatures`);
  const signatures = lines.map((line) => {
    const [, name, encoded] = signatureLine.exec(line) ?? [];
    if (!name || !encoded) throw new NoteError(`"${line}" is not a signature line`);
    const bytes = decodeBase64(encoded, `the signature of ${name}`);
    if (bytes.length < 5) throw new NoteError(`the signature of ${name} is cut off`);
    return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) };
  });
  return { text: note.slice(0, split + 1), signatures };
}

/** The text and who signed it. Throws `NoteError` unless at least one of `keys` did, and none of them wrongly. */
export function openNote(note: string, keys: readonly VerifierKey[]): { text: string; signedBy: string[] } {
  const { text, signatures } = parseNote(note);
  const signedBy = signatures.flatMap(({ name, keyId, signature }) => {
    const key = keys.find((known) => known.name === name && known.keyId.equals(keyId));
    if (!key) return [];
    if (verify(null, Buffer.from(text), key.publicKey, signature)) return [name];
    throw new NoteError(`the signature of ${name} does not belong to this text`);
  });
  if (signedBy.length === 0) throw new NoteError('no known key signed this note');
  return { text, signedBy };
}

/** Signs a text that ends with a newline. */
export function signNote(text: string, name: string, privateKey: KeyObject): string {
  if (!text.endsWith('\n')) throw new NoteError('the text of a note ends with a newline');
  const signature = sign(null, Buffer.from(text), privateKey);
  const encoded = Buffer.concat([keyIdOf(name, rawKeyOf(privateKey)), signature]).toString('base64');
  return `${text}\n— ${name} ${encoded}\n`;
}
