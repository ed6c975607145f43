/**
 * From a line of the ledger to the bytes that are stored and hashed, and back. The bytes are made once: whoever
 * rebuilds them from columns later proves nothing.
 */
import canonicalize from 'canonicalize';
import { Entry } from '#contracts/entry.js';

/** An entry bundle counts in uint16. Anything larger goes into the ledger as a digest. */
export const entryBytesMax = 65_535;

/** RFC 8785 (JCS) in UTF-8. Throws on bigint, NaN, lone surrogates and what is too long. */
export function entryBytes(entry: Entry): Buffer {
  const text = canonicalize(entry);
  if (text === undefined) throw new TypeError('this value has no JSON form');
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > entryBytesMax) {
    throw new RangeError(`${entry.kind} ${entry.id} has ${bytes.length} bytes; a line has at most ${entryBytesMax}`);
  }
  return bytes;
}

/** Parses stored bytes. Throws unless they are UTF-8, JSON, an entry, and canonical to the byte. */
export function readEntry(bytes: Uint8Array): Entry {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const value: unknown = JSON.parse(text);
  if (canonicalize(value) !== text) throw new SyntaxError('not in canonical form (RFC 8785)');
  const parsed = Entry.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TypeError(`not an entry: ${issue?.path.join('.')}: ${issue?.message}`);
}
