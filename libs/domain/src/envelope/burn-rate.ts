/**
 * How fast an envelope is being spent: 1 is the rate that spends its limit exactly in its window. Multi-window, multi-burn-
 * rate alerts of Google's SRE Workbook, chapter 5: a long look-back so that it matters, a short one so that it still goes on.
 */
import type { WindowSpan } from '#contracts/envelope-desk.js';

const minuteMs = 60_000;

export interface BurnPair {
  factor: number;
  longMinutes: number;
  shortMinutes: number;
}

/** Of a month, 2 % in an hour, 5 % in six, 10 % in three days. */
export const burnPairs: readonly BurnPair[] = [
  { factor: 14.4, longMinutes: 60, shortMinutes: 5 },
  { factor: 6, longMinutes: 360, shortMinutes: 30 },
  { factor: 1, longMinutes: 4_320, shortMinutes: 120 },
];

/** Every look-back of the pairs, in minutes. */
export const lookBacksMinutes = burnPairs.flatMap(({ longMinutes, shortMinutes }) => [longMinutes, shortMinutes]);

/** What was spent in the last so many minutes; 0 for a look-back that is not there. */
export type SpentLately = ReadonlyMap<number, bigint>;

/** How long a window lasts; null never ends. A rolling one lasts as long as it looks back, not as long as a bucket. */
export function windowLengthMs({ startsAtMs, endsAtMs, also }: WindowSpan): number | null {
  return endsAtMs === null ? null : (endsAtMs - startsAtMs) * Math.max(1, also?.length ?? 1);
}

/** Requires a limit above 0. */
export function burnRateOf(spentNanoUsd: bigint, minutes: number, limitNanoUsd: bigint, windowMs: number): number {
  return (Number(spentNanoUsd) / Number(limitNanoUsd)) * (windowMs / (minutes * minuteMs));
}

export interface Burning extends BurnPair {
  longRate: number;
  shortRate: number;
}

/**
 * The pairs both of whose rates are reached, and those that have fallen: whose short look-back is below again. A pair that
 * looks back further than the window lasts says nothing about it.
 */
export function burningPairs(
  spent: SpentLately,
  limitNanoUsd: bigint,
  windowMs: number | null,
): { burning: Burning[]; fallen: BurnPair[] } {
  const burning: Burning[] = [];
  const fallen: BurnPair[] = [];
  if (windowMs === null || limitNanoUsd <= 0n) return { burning, fallen: [...burnPairs] };
  for (const pair of burnPairs) {
    const rate = (minutes: number) => burnRateOf(spent.get(minutes) ?? 0n, minutes, limitNanoUsd, windowMs);
    const [longRate, shortRate] = [rate(pair.longMinutes), rate(pair.shortMinutes)];
    const looksTooFar = pair.longMinutes * minuteMs > windowMs;
    if (looksTooFar || shortRate < pair.factor) fallen.push(pair);
    else if (longRate >= pair.factor) burning.push({ ...pair, longRate, shortRate });
  }
  return { burning, fallen };
}

/** When nothing is left if the last hour goes on; null: nothing was spent in it, or the window ends first. */
export function exhaustsAtMs(
  spentInAnHour: bigint,
  { limitNanoUsd, settledNanoUsd }: { limitNanoUsd: bigint; settledNanoUsd: bigint },
  endsAtMs: number | null,
  nowMs: number,
): number | null {
  const left = limitNanoUsd - settledNanoUsd;
  if (left <= 0n) return nowMs;
  if (spentInAnHour <= 0n) return null;
  const atMs = nowMs + Math.ceil((Number(left) / Number(spentInAnHour)) * 60 * minuteMs);
  if (endsAtMs !== null && atMs >= endsAtMs) return null;
  return atMs <= latestMs ? atMs : null;
}

/** The last instant a date can say. */
const latestMs = 8.64e15;
