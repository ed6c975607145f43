/** How long a venue asks to be left alone: `retry-after-ms`, else `retry-after` in seconds or as a date (RFC 9110, 10.2.3). */

/**
 * Milliseconds from now, never less than 0; null: the venue says nothing that can be read. A date is compared with the
 * answer's own `date`, so that it does not matter how far the venue's clock is from ours; without one, with `nowMs`.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | null {
  const ms = countOf(headers['retry-after-ms']);
  if (ms !== null) return ms;
  const seconds = countOf(headers['retry-after']);
  if (seconds !== null) return seconds * 1_000;
  const at = instantOf(headers['retry-after']);
  return at === null ? null : Math.max(0, at - (instantOf(headers['date']) ?? nowMs));
}

const countOf = (text: string | undefined): number | null =>
  text !== undefined && /^\s*\d{1,9}(\.\d{1,9})?\s*$/.test(text) ? Number(text) : null;

/** Each of the three forms begins with a day's name; the oldest names no zone and means the same one. */
const instantOf = (text: string | undefined): number | null => {
  if (text === undefined || !/^[A-Z][a-z]{2,8},? .*\d\d:\d\d:\d\d/.test(text)) return null;
  const ms = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(ms) ? null : ms;
};
