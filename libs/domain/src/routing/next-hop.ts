/**
 * What follows a try that failed before its first byte: another route, the same flex route after a wait, or nothing, and
 * then the venue's own error is the answer.
 */
import { flexTermsOf } from '#contracts/venue.js';
import type { Hop } from './choose-route.js';
import { isFlex, waitMsMax } from './flex.js';
import type { PlacedRoute } from './routing-index.js';

/** How the hop before ended. `status` null: the venue did not answer. */
export interface LastTry {
  placed: PlacedRoute;
  status: number | null;
  /** As the venue asked. */
  retryAfterMs: number | null;
}

/**
 * The next hop to try, from place `from` on, and how long to wait before it; null: there is none. The same route is
 * tried again only when it said it was busy, and no flex route past the instant the deadline leaves to standard.
 */
export function nextHop(
  hops: readonly Hop[],
  from: number,
  last: LastTry | null,
  nowMs: number,
): { at: number; waitMs: number } | null {
  for (let at = from; at < hops.length; at++) {
    const { placed, flex } = hops[at] as Hop;
    const again = last?.placed === placed;
    if (again && !saysBusy(last)) continue;
    const waitMs = again ? Math.max(flex?.afterMs ?? 0, Math.min(last.retryAfterMs ?? 0, waitMsMax)) : 0;
    const late = flex?.untilMs != null && nowMs + waitMs >= flex.untilMs;
    if (late && hops.slice(at + 1).some((hop) => !isFlex(hop.placed))) continue;
    return { at, waitMs };
  }
  return null;
}

/** What is wrong with a call at this tier (400) stays wrong. */
const saysBusy = (last: LastTry): boolean => refusesFlex(last) && last.status !== 400;

/** Statuses after which another route may do better. */
export const worthAnotherRoute: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504, 529]);

/** The venue does not sell flex now, or not for this call: no failure, and no reason to think worse of it. */
export const refusesFlex = ({ placed, status }: LastTry): boolean =>
  isFlex(placed) && status !== null && flexTermsOf(placed.venue).refusals.includes(status);

/** Whether any hop from place `from` on may follow this ending. A client's own mistake stays a mistake elsewhere. */
export function mayFollow(hops: readonly Hop[], from: number, last: LastTry, nowMs: number): boolean {
  const worthIt = last.status === null || worthAnotherRoute.has(last.status) || refusesFlex(last);
  return worthIt && nextHop(hops, from, last, nowMs) !== null;
}
