/**
 * The share of calls a proxy draws for replay, where nobody has declared one: the bootstrap's until its samples are paid,
 * then the planned one. It changes which calls are drawn from now on, never one that was drawn.
 */
import type { PlannedShare } from '#contracts/snapshot-parts.js';
import { bootstrapShare, type ShadowPlan } from './plan-shadow.js';

export interface ShareFacts {
  /** Replays paid so far under this gate, by candidate that is still replayed. Empty: nobody is. */
  paidByCandidate: readonly number[];
  plan: Pick<ShadowPlan, 'bootstrap' | 'share' | 'shareBy'>;
}

/** The allowance is one-off per gate: the candidate with the most samples ends it, so one that joins later starts none. */
export function shareToDraw({ paidByCandidate, plan }: ShareFacts): Pick<PlannedShare, 'share' | 'shareBy'> {
  if (paidByCandidate.length === 0) return { share: 0, shareBy: 'nobody' };
  if (Math.max(...paidByCandidate) < plan.bootstrap.samples) return { share: bootstrapShare, shareBy: 'bootstrap' };
  return { share: plan.share ?? 0, shareBy: plan.shareBy };
}

/** Below this a plan is the same: a snapshot for every call that comes in would be noise. */
const sameWithin = 0.1;

export function isAnotherShare(before: PlannedShare | undefined, next: PlannedShare): boolean {
  if (!before || before.gate !== next.gate || before.shareBy !== next.shareBy) return true;
  return Math.abs(next.share - before.share) > sameWithin * Math.max(next.share, before.share);
}
