/**
 * How many graded calls pass between a drop in quality and the detector's alarm (e-SR mixture, alarm at A; Shin, Ramdas &
 * Rinaldo 2024). A planning figure fitted to measured medians: never more than a tenth below them, a quarter above.
 */

/** At this value of the detector a route is demoted. */
export const demotionAt = 5_000;

/** Of the measured medians to the renewal approximation (ln A + ln KL) ÷ KL. */
const fitted = 0.89;

/** Requires 0 < floor < 1 and 0 < drop < floor. The route stood at the floor before; better ones take longer to notice. */
export function samplesToNotice(floor: number, drop: number, alarmAt: number = demotionAt): number {
  if (!(floor > 0 && floor < 1 && drop > 0 && drop < floor))
    throw new RangeError(`a drop of ${drop} from a floor of ${floor} cannot be`);
  const rate = relativeEntropy(floor - drop, floor);
  return Math.max(1, Math.ceil((fitted * (Math.log(alarmAt) + Math.log(Math.min(1, rate)))) / rate));
}

/** KL(p‖q) of two coins, in nats. */
export const relativeEntropy = (p: number, q: number): number => {
  const part = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  return part(p, q) + part(1 - p, 1 - q);
};
