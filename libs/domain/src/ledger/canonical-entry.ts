/**
 * From a line of the ledger to the bytes that are stored and hashed, and back. The bytes are made once: whoever
 * rebuilds them from columns later proves nothing.
 */
import canonicalize from 'canonicalize';
import { type Entry, entryKinds, StoredEntry } from '#contracts/entry.js';
import { isCanonical } from './is-canonical.js';
import { isPlainId, isPlainInstant } from './plain-record.js';

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

/** Parses stored bytes. Throws unless they are UTF-8, JSON, an entry of some version, and canonical to the byte. */
export function readEntry(bytes: Uint8Array): StoredEntry {
  const text = textOf(bytes);
  const value: unknown = JSON.parse(text);
  if (!isCanonical(text, value)) throw new SyntaxError('not in canonical form (RFC 8785)');
  if (isPlainEntry(value)) return value;
  const parsed = StoredEntry.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TypeError(`not an entry: ${issue?.path.join('.')}: ${issue?.message}`);
}

const strictly = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What is no UTF-8 decodes to U+FFFD; where one is, a strict decoder says whether it was written so. */
function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.includes('\ufffd') ? strictly.decode(bytes) : text;
}

const kinds: ReadonlySet<unknown> = new Set(entryKinds);

/** True: `StoredEntry` accepts it as it is. False: ask. */
function isPlainEntry(value: unknown): value is StoredEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { schema, log, kind, id, occurredAt, actor, body } = value as Record<string, unknown>;
  return (
    schema === 'o10.entry.v1' &&
    kinds.has(kind) &&
    typeof log === 'string' &&
    /^[a-z0-9]{1,64}$/.test(log) &&
    isPlainId(id) &&
    isPlainInstant(occurredAt) &&
    (actor === null || typeof actor === 'string') &&
    typeof body === 'object' &&
    body !== null &&
    !Array.isArray(body)
  );
}
