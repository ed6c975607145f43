/** A located value as plain JSON, for schemas that check anything but prices: numbers become doubles here. */
import type { Located } from './located.js';

/** Maps have no prototype, so that no key of a file can reach one. */
export function plainOf(value: Located | undefined): unknown {
  if (value === undefined) return undefined;
  if (value.kind === 'map') {
    const plain = Object.create(null) as Record<string, unknown>;
    for (const [key, entry] of value.entries) plain[key] = plainOf(entry.value);
    return plain;
  }
  if (value.kind === 'list') return value.items.map(plainOf);
  if (value.kind === 'null') return null;
  if (value.kind === 'boolean') return value.text === 'true';
  return value.kind === 'number' ? Number(value.text) : value.text;
}
