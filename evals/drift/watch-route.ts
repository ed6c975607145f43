/**
 * A route watched by its canaries, simulated: right with one probability, and after a change with another. The detector is
 * the product's own; only the canaries are made up.
 */
import {
  cusum,
  driftEvidence,
  foldCanary,
  freshDrift,
  pageCusum,
  shiryaevRoberts,
} from '#domain/gate/statistics/change-detection.js';

export interface Watched {
  floor: number;
  /** Share of right answers before the change, and after. */
  healthy: number;
  broken: number;
  /** Canaries before the change; none of them counts. */
  before: number;
  /** Canaries after the change at which watching ends. */
  canariesMax: number;
}

const detectors = { 'e-SR': shiryaevRoberts, 'e-CUSUM': cusum } as const;

/** Canaries from the change to the alarm at each threshold, as long as it was quiet before; Infinity where none came. */
export function canariesToAlarm(
  { floor, healthy, broken, before, canariesMax }: Watched,
  thresholds: readonly number[],
  draw: () => number,
  detector: keyof typeof detectors = 'e-SR',
): number[] {
  let state = freshDrift();
  const canary = (truth: number) => {
    state = foldCanary(state, draw() < truth ? 1 : 0, floor, detectors[detector]);
  };
  for (let count = 0; count < before; count += 1) canary(healthy);
  const alarms = thresholds.map(() => Infinity);
  for (let count = 1; count <= canariesMax && alarms.includes(Infinity); count += 1) {
    canary(broken);
    const evidence = driftEvidence(state);
    for (const [place, threshold] of thresholds.entries())
      if (alarms[place] === Infinity && evidence >= threshold) alarms[place] = count;
  }
  return alarms;
}

/** The same for Page's test between the floor and `p1`, at the limit h. */
export function canariesToPage(watched: Watched, p1: number, h: number, draw: () => number): number {
  const { floor, healthy, broken, before, canariesMax } = watched;
  let s = 0;
  for (let count = 0; count < before; count += 1) s = pageCusum(s, draw() < healthy, floor, p1);
  for (let count = 1; count <= canariesMax; count += 1) {
    s = pageCusum(s, draw() < broken, floor, p1);
    if (s >= h) return count;
  }
  return Infinity;
}

export const medianOf = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
