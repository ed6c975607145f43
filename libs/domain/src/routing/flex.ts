/**
 * The flex tier: cheaper, slower, and refused when the venue is busy. Who may be given it, how often it is asked for, and
 * when the standard tier is due instead.
 */
import { flexTermsOf } from '#contracts/venue.js';
import type { CallFacts, Hop, LocalView } from './choose-route.js';
import type { PlacedRoute } from './routing-index.js';

export const isFlex = ({ route }: PlacedRoute): boolean => route.tier === 'flex';

type FlexFacts = Pick<CallFacts, 'requested' | 'useCase' | 'needs' | 'instantMs' | 'draw'>;

/** Flex serves who asks for it, and what can wait, unless somebody reads along. */
export const mayTakeFlex = ({ requested, useCase, needs }: FlexFacts): boolean =>
  isFlex(requested) || (useCase?.definition.deferrable !== undefined && !needs.capabilities.includes('stream'));

/** Whether it comes before cheaper routes: the call asks for it, an envelope does, or there is a deadline to use up. */
export const prefersFlex = (facts: FlexFacts, { flexFirst }: Pick<LocalView, 'flexFirst'>): boolean =>
  isFlex(facts.requested) || flexFirst === true || deadlineSecondsOf(facts) !== null;

const deadlineSecondsOf = ({ useCase }: FlexFacts): number | null =>
  useCase?.definition.deferrable?.deadlineSeconds ?? null;

/** Further tries of one flex route after refusals: few for a caller who waits, more where there is time to use up. */
const triesMax = { waiting: 2, untilDeadline: 20 };
const firstWaitMs = 500;
export const waitMsMax = 60_000;
/** What the standard tier is left to answer in: three times its usual time, or this where that is not known. */
const standardNeedsMs = 30_000;

/** Each flex hop as often as it may be tried, with waits that double; the standard hops behind it as they are. */
export function withFlexTries(hops: readonly Hop[], facts: FlexFacts): Hop[] {
  if (!hops.some(({ placed }) => isFlex(placed))) return [...hops];
  const seconds = deadlineSecondsOf(facts);
  const standard = hops.find(({ placed }) => !isFlex(placed));
  const needed = standard ? (standard.placed.route.latencyMsP50 ?? standardNeedsMs / 3) * 3 : 0;
  const untilMs = seconds === null ? null : facts.instantMs + seconds * 1_000 - needed;
  const further = seconds === null ? triesMax.waiting : triesMax.untilDeadline;
  const afterMs = (time: number) =>
    time === 0 ? 0 : jittered(Math.min(waitMsMax, firstWaitMs * 2 ** (time - 1)), facts.draw);
  return hops.flatMap((hop) =>
    isFlex(hop.placed)
      ? Array.from({ length: further + 1 }, (_, time) => ({ ...hop, flex: { afterMs: afterMs(time), untilMs } }))
      : [hop],
  );
}

/** How long the first byte of a flex hop is waited for: flex takes its time, and no more of it than its deadline leaves. */
export function flexPatienceMs({ placed, flex }: Hop, nowMs: number): number {
  const { timeoutMs } = flexTermsOf(placed.venue);
  return flex?.untilMs == null ? timeoutMs : Math.max(1, Math.min(timeoutMs, Math.ceil(flex.untilMs - nowMs)));
}

/** Callers refused at once do not come back at once. */
const jittered = (ms: number, draw: number): number => Math.ceil(ms * (0.5 + draw / 2));
