/**
 * Bytes of a request to a value, strictly: invalid UTF-8 is refused and not repaired, and no key can hide behind
 * escapes. V8 reads an escaped key as another one when an earlier object, of any caller, had a key that begins like
 * its raw spelling (nodejs/node 63785, Node 24 and 26): `{"h":[],"\\":0}` makes it read `{"h":1,"\u006e":9}` as
 * having no "n". Letters are therefore unescaped before it parses.
 */

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** An escaped ASCII letter or low line, or any other escape, which is passed over whole. */
const escapes = /\\(?:u00(4[1-9a-f]|5[0-9a]|5f|6[1-9a-f]|7[0-9a])|[^])/gi;

function lettersUnescaped(text: string): string {
  if (!text.includes('\\u00')) return text;
  return text.replace(escapes, (escape, code: string | undefined) =>
    code === undefined ? escape : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

export type DecodedJson = { value: unknown; error?: undefined } | { error: 'UTF-8' | 'JSON' };

/** A byte order mark is not JSON. Names made of ASCII letters and low lines are read as what they spell, always. */
export function decodeJson(bytes: Buffer): DecodedJson {
  let text: string;
  try {
    text = strictUtf8.decode(bytes);
  } catch {
    return { error: 'UTF-8' };
  }
  try {
    return { value: JSON.parse(lettersUnescaped(text)) as unknown };
  } catch {
    return { error: 'JSON' };
  }
}
