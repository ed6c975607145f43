/** How routes did, from records of their calls. A figure nobody measured is null, not an average of nothing. */
import type { Measured } from '#contracts/api/catalog-api.js';
import type { CallRecord } from '#contracts/call-record.js';

export type TimedCall = Pick<
  CallRecord,
  'route' | 'venue' | 'outcome' | 'admittedAt' | 'latencyMs' | 'firstByteMs' | 'stream' | 'usage'
>;

export type TimedAnswer = Pick<TimedCall, 'latencyMs' | 'firstByteMs' | 'stream' | 'usage'>;

const dayMs = 24 * 3_600_000;

/** By route. `sinceMs`: the beginning of the period the calls are of. */
export function measureRoutes(calls: readonly TimedCall[], sinceMs: number, nowMs: number): Map<string, Measured> {
  const sent = calls.filter(({ route, outcome }) => route !== null && outcome !== 'refused');
  const measured = new Map<string, Measured>();
  for (const [route, own] of Map.groupBy(sent, (call) => call.route!)) {
    const served = own.filter(({ outcome }) => outcome === 'served');
    const lastDay = own.filter((call) => Date.parse(call.admittedAt) > nowMs - dayMs);
    const up = lastDay.filter(({ outcome }) => outcome !== 'fault').length;
    measured.set(route, {
      calls: served.length,
      since: new Date(sinceMs).toISOString(),
      latencyMsP50: medianOf(served.map(({ latencyMs }) => latencyMs)),
      firstByteMsP50: medianOf(served.map(({ firstByteMs }) => firstByteMs)),
      throughputP50: medianOf(served.map(throughputOf)),
      uptime24h: lastDay.length === 0 ? null : up / lastDay.length,
      attempts24h: lastDay.length,
    });
  }
  return measured;
}

/** Tokens per second; null for what is not counted in tokens, or took no time that could be measured. */
export function throughputOf({ usage, latencyMs, firstByteMs, stream }: TimedAnswer): number | null {
  const tokens = (usage.parts.output_text ?? 0) + (usage.parts.reasoning ?? 0);
  const spentMs = latencyMs === null ? 0 : latencyMs - (stream ? (firstByteMs ?? 0) : 0);
  return usage.basis === 'reported' && tokens > 0 && spentMs > 0 ? (tokens * 1_000) / spentMs : null;
}

/** The lower of the two middle values of an even count: a figure that was really measured. */
function medianOf(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).sort((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
