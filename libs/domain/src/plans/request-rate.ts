/**
 * So many requests a second, with bursts of a second's worth and at least one: the generic cell rate algorithm (ITU-T
 * I.371), which needs one number per account.
 */

/** The instant at which the next request would be exactly on time; undefined: none came yet. */
export type Due = number | undefined;

/** Admitted, with what to remember; or how long to wait. Time only needs to go forward. */
export function admitRate(
  due: Due,
  perSecond: number,
  nowMs: number,
): { admitted: true; due: number } | { admitted: false; retryAfterMs: number } {
  const intervalMs = 1_000 / perSecond;
  const burstMs = Math.max(0, 1_000 - intervalMs);
  const onTime = Math.max(due ?? nowMs, nowMs);
  const earlyMs = onTime - burstMs - nowMs;
  return earlyMs > 0
    ? { admitted: false, retryAfterMs: Math.ceil(earlyMs) }
    : { admitted: true, due: onTime + intervalMs };
}
