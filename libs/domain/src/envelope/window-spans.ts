/**
 * Cuts time into the calendar windows of an envelope. Windows tile time without gap or overlap, but a day may last 23
 * or 25 hours and an hour of the clock may come twice, so ids and lengths are never computed from each other.
 */
import type { EnvelopeWindow } from '#contracts/envelope.js';
import type { WindowSpan } from '#contracts/envelope-desk.js';
import { firstInstantAt, offsetChangeBetween, wallTimeMs, zoneOffsetMs } from './zone-calendar.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

type CalendarUnit = 'day' | 'week' | 'month' | 'quarter';

/** A calendar cut in a zone; quarters begin with month `firstMonth`, 0 to 11, and every third after it. */
interface Calendar {
  unit: CalendarUnit;
  zone: string;
  firstMonth: number;
}

/** A rolling window is made of whole buckets, of an hour at least. */
const bucketsMax = 24;

/**
 * The window that holds `fromMs` and those after it, `count` in all ("total" has but one). Ids are `2026-11-20T13+01:00`,
 * `2026-11-20`, `2026-W47` (ISO 8601, from Monday), `2026-11`, `quarter-2026-10` (its first month), `total`, and for a
 * bucket of a rolling window `24h-2026-11-20T13Z`. They depend on the window alone: when many envelopes share one, ask
 * once. Throws RangeError for an unknown zone, a count below 1 or a rolling window without hours.
 */
export function windowSpans(window: EnvelopeWindow, fromMs: number, count: number): WindowSpan[] {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`count of windows must be 1 or more, not ${count}`);
  if (!Number.isFinite(fromMs)) throw new RangeError(`fromMs must be an instant, not ${fromMs}`);
  if (window.unit === 'total') return [{ id: 'total', startsAtMs: 0, endsAtMs: null }];
  if (window.unit === 'rolling') return rollingSpans(window.hours, fromMs, count);
  if (window.unit === 'hour') return hourSpans(window.zone, fromMs, count);
  const { unit, zone, yearStartsMonth = 1 } = window;
  return calendarSpans({ unit, zone, firstMonth: yearStartsMonth - 1 }, fromMs, count);
}

/**
 * Each bucket counts with as many before it as make up the whole length: an instant is counted for `hours` at least, and
 * for one bucket more at most. Buckets are cut in UTC, where no clock is ever changed.
 */
function rollingSpans(hours: number | undefined, fromMs: number, count: number): WindowSpan[] {
  if (hours === undefined) throw new RangeError('a rolling window says how many hours it looks back');
  const { bucketMs, before, id } = bucketsOf(hours);
  const firstMs = Math.floor(fromMs / bucketMs) * bucketMs;
  return Array.from({ length: count }, (_, n) => {
    const startsAtMs = firstMs + n * bucketMs;
    const also = Array.from({ length: before }, (_unused, back) => id(startsAtMs - (back + 1) * bucketMs));
    return { id: id(startsAtMs), startsAtMs, endsAtMs: startsAtMs + bucketMs, also };
  });
}

function bucketsOf(hours: number) {
  const bucketMs = Math.ceil(hours / bucketsMax) * hourMs;
  const before = Math.ceil((hours * hourMs) / bucketMs);
  return { bucketMs, before, id: (startsAtMs: number) => `${hours}h-${isoText(startsAtMs, 13)}Z` };
}

/** Of the id of a bucket of a rolling window: those it counts, and those that count it. Null: another window's. */
export function bucketsAround(windowId: string): { counts: string[]; countedBy: string[] } | null {
  const [, hours, hour] = /^(\d+)h-(\d{4}-\d\d-\d\dT\d\d)Z$/.exec(windowId) ?? [];
  if (hours === undefined) return null;
  const { bucketMs, before, id } = bucketsOf(Number(hours));
  const startsAtMs = Date.parse(`${hour}:00:00Z`);
  const around = (sign: 1 | -1) => Array.from({ length: before + 1 }, (_, n) => id(startsAtMs + sign * n * bucketMs));
  return { counts: around(-1), countedBy: around(1) };
}

function calendarSpans(calendar: Calendar, fromMs: number, count: number): WindowSpan[] {
  const { zone } = calendar;
  let wallMs = unitStart(calendar, wallTimeMs(zone, fromMs));
  // Clocks that fall back over midnight show tomorrow's date for a while before it begins for good.
  while (firstInstantAt(zone, wallMs) > fromMs) wallMs = unitStart(calendar, wallMs - 1);
  const spans: WindowSpan[] = [];
  let startsAtMs = firstInstantAt(zone, wallMs);
  while (spans.length < count) {
    const nextWallMs = unitEnd(calendar.unit, wallMs);
    const endsAtMs = firstInstantAt(zone, nextWallMs);
    // A date the zone skipped (Apia, 30 December 2011) has no length and no window.
    if (endsAtMs > startsAtMs && endsAtMs > fromMs)
      spans.push({ id: unitId(calendar.unit, wallMs), startsAtMs, endsAtMs });
    wallMs = nextWallMs;
    startsAtMs = endsAtMs;
  }
  return spans;
}

/** Hours of the clock, cut again wherever the zone changes its offset: so the repeated hour has an id of its own. */
function hourSpans(zone: string, fromMs: number, count: number): WindowSpan[] {
  const spans: WindowSpan[] = [];
  let startsAtMs = hourStart(zone, fromMs);
  while (spans.length < count) {
    const offsetMs = zoneOffsetMs(zone, startsAtMs);
    const wallMs = startsAtMs + offsetMs;
    const fullMs = startsAtMs + hourMs - (wallMs % hourMs);
    const endsAtMs = offsetChangeBetween(zone, startsAtMs, fullMs - 1) ?? fullMs;
    spans.push({ id: `${isoText(wallMs, 13)}${offsetText(offsetMs)}`, startsAtMs, endsAtMs });
    startsAtMs = endsAtMs;
  }
  return spans;
}

function hourStart(zone: string, instantMs: number): number {
  const fullMs = instantMs - (wallTimeMs(zone, instantMs) % hourMs);
  return offsetChangeBetween(zone, fullMs, instantMs) ?? fullMs;
}

function unitStart({ unit, firstMonth }: Calendar, wallMs: number): number {
  const dayStartMs = Math.floor(wallMs / dayMs) * dayMs;
  if (unit === 'day') return dayStartMs;
  const date = new Date(dayStartMs);
  if (unit === 'week') return dayStartMs - daysSinceMonday(date) * dayMs;
  const month = date.getUTCMonth();
  const monthsIn = unit === 'quarter' ? (month - firstMonth + 12) % 3 : 0;
  return Date.UTC(date.getUTCFullYear(), month - monthsIn, 1);
}

function unitEnd(unit: CalendarUnit, wallMs: number): number {
  const date = new Date(wallMs);
  if (unit === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  if (unit === 'quarter') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 3, 1);
  return wallMs + (unit === 'week' ? 7 : 1) * dayMs;
}

function unitId(unit: CalendarUnit, wallMs: number): string {
  if (unit === 'day') return isoText(wallMs, 10);
  if (unit === 'month') return isoText(wallMs, 7);
  if (unit === 'quarter') return `quarter-${isoText(wallMs, 7)}`;
  // ISO 8601: a week belongs to the year of its Thursday.
  const thursday = new Date(wallMs + 3 * dayMs);
  const yearStartMs = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = 1 + Math.floor((thursday.getTime() - yearStartMs) / (7 * dayMs));
  return `${isoText(thursday.getTime(), 4)}-W${String(week).padStart(2, '0')}`;
}

const daysSinceMonday = (date: Date): number => (date.getUTCDay() + 6) % 7;

const isoText = (wallMs: number, length: number): string => new Date(wallMs).toISOString().slice(0, length);

/** `+01:00`; with seconds where a zone of old had them. */
function offsetText(offsetMs: number): string {
  const digits = new Date(Math.abs(offsetMs)).toISOString();
  const text = digits.slice(17, 19) === '00' ? digits.slice(11, 16) : digits.slice(11, 19);
  return `${offsetMs < 0 ? '-' : '+'}${text}`;
}
