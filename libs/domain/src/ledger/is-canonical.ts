/**
 * Whether a text is the RFC 8785 form of the value it parses to, without writing that form again key by key. JCS spells
 * numbers and strings as ECMAScript's JSON.stringify does; what is left to look at is the order of keys.
 */
import canonicalize from 'canonicalize';

/** Requires `value` to be JSON.parse(text). Agrees with `canonicalize(value) === text` on every text. */
export function isCanonical(text: string, value: unknown): boolean {
  // An escaped half of a surrogate pair is spelled the same by both, and refused by RFC 8785.
  if (!text.includes('\\ud') && isSorted(value) && JSON.stringify(value) === text) return true;
  return canonicalize(value) === text;
}

/** Keys by UTF-16 code units, as JavaScript compares strings. */
function isSorted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) {
    for (const inner of value) if (typeof inner === 'object' && !isSorted(inner)) return false;
    return true;
  }
  const fields = value as Record<string, unknown>;
  let last: string | null = null;
  // Parsed JSON inherits nothing that could be listed; Object.entries would make an array of every object.
  for (const key in fields) {
    if (last !== null && key <= last) return false;
    last = key;
    const inner = fields[key];
    if (typeof inner === 'object' && !isSorted(inner)) return false;
  }
  return true;
}
