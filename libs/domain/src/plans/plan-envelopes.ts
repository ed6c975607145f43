/** The envelopes that hold a team to its plan: one by the month, one by the hour. They are declared like any other. */
import { windowSpans } from '../envelope/window-spans.js';
import type { Envelope } from '#contracts/envelope.js';
import type { Plan, SpendCeilingStep, Subscription } from '#contracts/plan.js';

const prefix = 'plan.';
export type PlanLimit = 'month' | 'hour';

export const planEnvelopeId = (team: string, limit: PlanLimit): string => `${prefix}${team}.${limit}`;
export const isPlanEnvelope = (id: string): boolean => id.startsWith(prefix);

/** Which of its plan's limits an envelope of this id is; null: none. */
export const planLimitOf = (id: string, team: string): PlanLimit | null =>
  (['month', 'hour'] as const).find((limit) => planEnvelopeId(team, limit) === id) ?? null;

export interface Standing {
  nowMs: number;
  /** Of the months that are over. */
  spentNanoUsd: bigint;
}

const dayMs = 86_400_000;

/** Requires a plan without a hard stop. Of the steps reached, the highest: a ceiling never falls as an account grows. */
export function spendCeilingOf(steps: readonly SpendCeilingStep[], since: string, standing: Standing): bigint {
  const days = (standing.nowMs - Date.parse(since)) / dayMs;
  const reached = steps.filter(
    ({ afterDays, afterSpend }, place) => place === 0 || (days >= afterDays && standing.spentNanoUsd >= afterSpend),
  );
  return reached.reduce((most, { limit }) => (limit > most ? limit : most), 0n);
}

/** What was spent in the windows of a month's envelope that are over. */
export function closedSpend(windows: readonly { window: string; nanoUsd: bigint }[], nowMs: number): bigint {
  const now = windowSpans(monthly, nowMs, 1)[0]?.id ?? '';
  return windows.filter(({ window }) => window < now).reduce((sum, { nanoUsd }) => sum + nanoUsd, 0n);
}

const monthly = { unit: 'month', zone: 'UTC' } as const;

export function planEnvelopes(plan: Plan, { team, since }: Subscription, standing: Standing): Envelope[] {
  const monthly = plan.hardStop ? plan.includedCredit : spendCeilingOf(plan.spendCeiling, since, standing);
  const envelopes = [envelope(team, 'month', monthly)];
  if (plan.hourlyLimit !== null) envelopes.push(envelope(team, 'hour', plan.hourlyLimit));
  return envelopes;
}

const envelope = (team: string, limit: PlanLimit, limitNanoUsd: bigint): Envelope => ({
  id: planEnvelopeId(team, limit),
  scope: { kind: 'team', team },
  model: null,
  tag: null,
  purpose: 'live',
  mode: 'enforce',
  limitNanoUsd,
  window: { unit: limit, zone: 'UTC' },
  steerAtPercent: null,
  flexAtPercent: null,
  shrinkAtPercent: null,
  capAtPercent: null,
});
