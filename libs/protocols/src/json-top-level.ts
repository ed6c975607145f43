/**
 * Finds members of a JSON object in its bytes, so that they can be edited without touching the others.
 * It looks at the top level only, and it trusts nothing: bytes that are not one JSON object give null. It does
 * not validate the values it skips; whoever needs that parses as well.
 */

/** Byte offsets of one member: `"key": value`, between `commaBefore` and `commaAfter` (-1 where there is none). */
export interface MemberSpan {
  /** Position among all members, from 0. */
  index: number;
  commaBefore: number;
  keyStart: number;
  valueStart: number;
  valueEnd: number;
  commaAfter: number;
}

export interface TopLevel {
  /** The first member of each wanted name that is there. */
  members: Map<string, MemberSpan>;
  /** A wanted name that occurs more than once, however it is escaped. */
  duplicate: string | null;
  memberCount: number;
  /** Offset of the closing brace. */
  closeBrace: number;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openObject = 0x7b;
const closeObject = 0x7d;
const openArray = 0x5b;
const closeArray = 0x5d;

/** After this many bytes without a quote or an escape, the native search for the next quote is faster than the loop. */
const nativeSearchAfter = 48;

function skipSpace(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    at++;
  }
  return at;
}

/** `from` is at the opening quote; returns the offset behind the closing one, or -1. */
function skipString(bytes: Buffer, from: number, end: number): number {
  let at = from + 1;
  let quietFrom = at;
  while (at < end) {
    const byte = bytes[at];
    if (byte === quote) return at + 1;
    if (byte === backslash) {
      at += 2;
      quietFrom = at;
    } else if (++at - quietFrom > nativeSearchAfter) {
      // `at` is never inside an escape here, so the backslashes before a quote are counted from `at` on.
      const found = bytes.indexOf(quote, at);
      if (found < 0 || found >= end) return -1;
      let run = found;
      while (run > at && bytes[run - 1] === backslash) run--;
      if (((found - run) & 1) === 0) return found + 1;
      at = found + 1;
      quietFrom = at;
    }
  }
  return -1;
}

/** `from` is at the value's first byte; returns the offset behind its last, or -1. Depth costs no stack. */
function skipValue(bytes: Buffer, from: number, end: number): number {
  const first = bytes[from];
  if (first === quote) return skipString(bytes, from, end);
  let at = from;
  if (first !== openObject && first !== openArray) {
    while (at < end && !isDelimiter(bytes[at]!)) at++;
    return at > from ? at : -1;
  }
  let depth = 0;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte === quote) {
      at = skipString(bytes, at, end);
      if (at < 0) return -1;
      continue;
    }
    at++;
    if (byte === openObject || byte === openArray) depth++;
    else if ((byte === closeObject || byte === closeArray) && --depth === 0) return at;
  }
  return -1;
}

function isDelimiter(byte: number): boolean {
  return (
    byte <= 0x20 || byte === comma || byte === closeObject || byte === closeArray || byte === colon || byte === quote
  );
}

/** The wanted name that stands between two quotes, or null. Keys are compared in place: most are not wanted. */
function wantedKey(bytes: Buffer, start: number, behind: number, wanted: ReadonlySet<string>): string | null {
  const length = behind - start - 2;
  for (let at = start + 1; at < behind - 1; at++) {
    if (bytes[at] !== backslash) continue;
    return unescapedKey(bytes, start, behind, wanted);
  }
  for (const name of wanted) if (name.length === length && standsAt(bytes, start + 1, name)) return name;
  return null;
}

/** Whether the ASCII `name` stands at `at`. */
function standsAt(bytes: Buffer, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name.charCodeAt(i)) return false;
  return true;
}

function unescapedKey(bytes: Buffer, start: number, behind: number, wanted: ReadonlySet<string>): string | null {
  try {
    const key = JSON.parse(bytes.toString('utf8', start, behind)) as string;
    return wanted.has(key) ? key : null;
  } catch {
    return null; // not a JSON string, hence not a wanted name
  }
}

/**
 * Scans the object in `bytes[start, end)`. `wanted` are ASCII names. Null when the bytes are not one JSON object
 * with nothing but white space around it; of valid JSON it is never wrong about which names stand at the top.
 */
export function scanTopLevel(
  bytes: Buffer,
  wanted: ReadonlySet<string>,
  start = 0,
  end = bytes.length,
): TopLevel | null {
  const members = new Map<string, MemberSpan>();
  let duplicate: string | null = null;
  let memberCount = 0;
  let at = skipSpace(bytes, start, end);
  if (bytes[at] !== openObject || at >= end) return null;
  at = skipSpace(bytes, at + 1, end);
  let commaBefore = -1;
  let previous: MemberSpan | null = null;
  while (at < end && (bytes[at] !== closeObject || commaBefore >= 0)) {
    const keyStart = at;
    if (bytes[at] !== quote) return null;
    const keyEnd = skipString(bytes, at, end);
    if (keyEnd < 0) return null;
    at = skipSpace(bytes, keyEnd, end);
    if (at >= end || bytes[at] !== colon) return null;
    const valueStart = skipSpace(bytes, at + 1, end);
    const valueEnd = valueStart < end ? skipValue(bytes, valueStart, end) : -1;
    if (valueEnd < 0) return null;
    if (previous) previous.commaAfter = commaBefore;
    previous = null;
    const key = wantedKey(bytes, keyStart, keyEnd, wanted);
    if (key !== null) {
      previous = { index: memberCount, commaBefore, keyStart, valueStart, valueEnd, commaAfter: -1 };
      if (members.has(key)) duplicate ??= key;
      else members.set(key, previous);
    }
    memberCount++;
    at = skipSpace(bytes, valueEnd, end);
    if (at >= end) return null;
    if (bytes[at] === closeObject) {
      commaBefore = -1;
      break;
    }
    if (bytes[at] !== comma) return null;
    commaBefore = at;
    at = skipSpace(bytes, at + 1, end);
  }
  if (at >= end || bytes[at] !== closeObject || commaBefore >= 0) return null;
  if (skipSpace(bytes, at + 1, end) !== end) return null;
  return { members, duplicate, memberCount, closeBrace: at };
}
