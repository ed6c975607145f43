/**
 * Finds where events end in a server-sent event stream (WHATWG HTML §9.2) without ever altering a byte.
 * Lines end in LF, CRLF or CR, and a chunk may be cut anywhere, also between the CR and the LF of one ending:
 * that LF then opens the next event's bytes, where it is read as nothing.
 */

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;
const space = 0x20;

/** A longer event is relayed but not read: nothing a venue sends may grow our memory without bound. */
export const sseEventReadMaxBytes = 1024 * 1024;

/** Carries the little that must be known from chunk to chunk. One per stream. */
export class SseBoundaries {
  /** The current line has bytes, in this chunk or an earlier one. */
  private lineBegun = false;
  private afterCarriageReturn = false;
  private chunk: Buffer | null = null;
  private chunkHasCarriageReturn = false;

  /**
   * The offset in `chunk` right behind the next event that ends at or after `from`, or -1 when none ends in it.
   * Call it with the last answer as `from` until -1, then with the next chunk from 0.
   */
  next(chunk: Buffer, from: number): number {
    if (chunk !== this.chunk) {
      this.chunk = chunk;
      this.chunkHasCarriageReturn = chunk.includes(carriageReturn);
    }
    const found =
      this.chunkHasCarriageReturn || this.afterCarriageReturn
        ? this.anyEnding(chunk, from)
        : this.lineFeedsOnly(chunk, from);
    if (found < 0) this.chunk = null;
    return found;
  }

  private lineFeedsOnly(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      const end = chunk.indexOf(lineFeed, at);
      if (end < 0) {
        this.lineBegun = true;
        return -1;
      }
      const empty = end === at && !this.lineBegun;
      this.lineBegun = false;
      at = end + 1;
      if (empty) return at;
    }
    return -1;
  }

  private anyEnding(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at];
      const second = byte === lineFeed && this.afterCarriageReturn;
      this.afterCarriageReturn = byte === carriageReturn;
      if (second) continue;
      if (byte !== lineFeed && byte !== carriageReturn) {
        this.lineBegun = true;
        continue;
      }
      const empty = !this.lineBegun;
      this.lineBegun = false;
      if (!empty) continue;
      if (byte === carriageReturn && chunk[at + 1] === lineFeed) {
        this.afterCarriageReturn = false;
        at++;
      }
      return at + 1;
    }
    return -1;
  }
}

export interface SseEvent {
  /** Null where the event names no type. */
  event: string | null;
  /** The data lines joined by LF; null where there is none, and then the event is not dispatched. */
  data: string | null;
  /** Null where there is none, or it holds a NUL. */
  id: string | null;
  /** Where the only data line's value stands in the bytes; null where there are several or none. */
  dataStart: number;
  dataEnd: number;
}

/** Reads the fields of one event. `first` is the stream's first event, which may open with a byte order mark. */
export function readSseEvent(bytes: Buffer, first = false): SseEvent {
  const result: SseEvent = { event: null, data: null, id: null, dataStart: -1, dataEnd: -1 };
  let at = first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const separator = bytes.includes(carriageReturn) ? anyLineEnd : lineFeedEnd;
  let dataLines = 0;
  while (at < bytes.length) {
    const end = separator(bytes, at);
    const name = fieldEnd(bytes, at, end);
    const value = Math.min(end, bytes[name + 1] === space ? name + 2 : name + 1);
    const field = bytes.toString('latin1', at, name);
    if (field === 'data') {
      const text = bytes.toString('utf8', value, end);
      result.data = dataLines++ === 0 ? text : `${result.data}\n${text}`;
      result.dataStart = dataLines === 1 ? value : -1;
      result.dataEnd = dataLines === 1 ? end : -1;
    } else if (field === 'event') result.event = bytes.toString('utf8', value, end) || null;
    else if (field === 'id' && !bytes.subarray(value, end).includes(0)) result.id = bytes.toString('utf8', value, end);
    at = end + 1;
  }
  return result;
}

/** Where the field's name ends; no name we read is longer than five bytes, so no more are looked at. */
function fieldEnd(bytes: Buffer, from: number, end: number): number {
  const near = Math.min(end, from + 6);
  let at = from;
  while (at < near && bytes[at] !== colon) at++;
  return at;
}

function lineFeedEnd(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(lineFeed, from);
  return end < 0 ? bytes.length : end;
}

function anyLineEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== lineFeed && bytes[at] !== carriageReturn) at++;
  return at;
}

/**
 * Where the data stands in an event that is one `data:` line and nothing else, as nearly all are: [start, end), or
 * null for any other event. Decodes nothing.
 */
export function soleDataLine(bytes: Buffer): [start: number, end: number] | null {
  if (bytes[0] !== 0x64 || bytes[1] !== 0x61 || bytes[2] !== 0x74 || bytes[3] !== 0x61 || bytes[4] !== colon)
    return null;
  let end = bytes.length;
  while (end > 5 && (bytes[end - 1] === lineFeed || bytes[end - 1] === carriageReturn)) end--;
  // An event ends in its first empty line, so what is trimmed here is its own ending and at most that line's.
  if (bytes.subarray(5, end).includes(lineFeed) || bytes.subarray(5, end).includes(carriageReturn)) return null;
  return [bytes[5] === space ? 6 : 5, end];
}
