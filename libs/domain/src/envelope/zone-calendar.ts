/**
 * The wall clock of an IANA zone, read through Intl. A wall time is a number: the milliseconds UTC would show the same
 * digits at. It may repeat or be skipped, so it never stands for an instant by itself.
 */
const hourMs = 3_600_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(zone, format);
  return format;
}

/** What the clocks of the zone show at this instant. Throws RangeError for a zone that does not exist. */
export function wallTimeMs(zone: string, instantMs: number): number {
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = (
    formatOf(zone).format(instantMs).match(/\d+/g) ?? []
  ).map(Number);
  const fractionMs = ((instantMs % 1000) + 1000) % 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second) + fractionMs;
}

/** Wall time minus instant: positive east of Greenwich. */
export function zoneOffsetMs(zone: string, instantMs: number): number {
  return wallTimeMs(zone, instantMs) - instantMs;
}

/**
 * The first instant at which the clocks show `wallMs` or later, also where they never show it at all (skipped hour,
 * skipped day). Where clocks reach it twice, one of the two, always the same.
 */
export function firstInstantAt(zone: string, wallMs: number): number {
  const before = wallMs - 15 * hourMs;
  const after = wallMs + 13 * hourMs;
  const offsetMs = zoneOffsetMs(zone, before);
  if (offsetMs === zoneOffsetMs(zone, after)) return wallMs - offsetMs;
  return bisectSeconds(before, after, (instantMs) => wallTimeMs(zone, instantMs) >= wallMs);
}

/** The instant in (from, to] since which the offset is no longer that of `fromMs`; null if both offsets are the same. */
export function offsetChangeBetween(zone: string, fromMs: number, toMs: number): number | null {
  const offsetMs = zoneOffsetMs(zone, fromMs);
  if (zoneOffsetMs(zone, toMs) === offsetMs) return null;
  return bisectSeconds(fromMs, toMs, (instantMs) => zoneOffsetMs(zone, instantMs) !== offsetMs);
}

/** Requires `reached` false at `low` and true at `high`; clocks change on whole seconds. */
function bisectSeconds(low: number, high: number, reached: (instantMs: number) => boolean): number {
  let [no, yes] = [Math.floor(low / 1000), Math.ceil(high / 1000)];
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2);
    if (reached(middle * 1000)) yes = middle;
    else no = middle;
  }
  return yes * 1000;
}
