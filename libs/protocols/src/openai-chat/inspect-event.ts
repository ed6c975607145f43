/**
 * Says, in one pass over an event's bytes, which of the few keys that matter it has, so that most events are never
 * parsed. The quotes of such a key are escaped inside a JSON string, so a match there can only be a whole string
 * value, which parsing settles; a key cannot be missed unless the venue escapes its letters.
 */

/** Bits: a key that stands there with a value other than null. */
export const hasUsage = 1;
export const hasFinish = 2;
export const hasError = 4;
export const hasModel = 8;
/** `"usage": null` stands there. */
export const hasNullUsage = 16;

const quote = 0x22;
const colon = 0x3a;
const keys: readonly (readonly [name: string, bit: number])[] = [
  ['usage"', hasUsage],
  ['finish_reason"', hasFinish],
  ['error"', hasError],
  ['model"', hasModel],
];

export function inspectEvent(bytes: Buffer): number {
  let found = 0;
  const last = bytes.length - 7; // the shortest key with its quotes
  for (let at = 0; at <= last; at++) {
    if (bytes[at] !== quote) continue;
    const first = bytes[at + 1];
    if (first !== 0x75 && first !== 0x66 && first !== 0x65 && first !== 0x6d) continue; // u, f, e, m
    for (const [name, bit] of keys)
      if (standsAt(bytes, at + 1, name)) found |= valued(bytes, at + 1 + name.length, bit);
  }
  return found;
}

function standsAt(bytes: Buffer, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name.charCodeAt(i)) return false;
  return true;
}

/** The bit, where a colon and something other than null follow. */
function valued(bytes: Buffer, behindKey: number, bit: number): number {
  let at = behindKey;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at++;
  if (bytes[at] !== colon) return 0;
  at++;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at++;
  if (bytes[at] !== 0x6e) return bit;
  return bit === hasUsage ? hasNullUsage : 0;
}
