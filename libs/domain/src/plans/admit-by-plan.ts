/** What a plan says of a call before any money is held, and how a plan's envelope says no: each meaning its own code. */
import type { LaneId } from '#contracts/lane.js';
import type { Plan, Subscription } from '#contracts/plan.js';
import type { Refusal, RefusalCode } from '#contracts/refusal.js';
import { allowsModel } from '../lanes/allows-model.js';
import { planLimitOf } from './plan-envelopes.js';

export interface Account {
  plan: Plan;
  subscription: Subscription;
}

/** Null: nothing stands against it. `model` as asked for, `lane` as the call came by one. */
export function planAgainst({ plan, subscription }: Account, model: string, lane: LaneId | null): Refusal | null {
  const scope = `team:${subscription.team}`;
  if (subscription.onHold)
    return { code: 'account_on_hold', message: `The account of ${subscription.team} is on hold.`, scope };
  if (!allowsModel({ modelAllowList: plan.models }, model)) {
    const message = `The plan ${plan.name} does not include the model ${model}.`;
    return { code: 'model_not_in_plan', message, param: 'model', scope };
  }
  if (lane !== null && plan.paidLanes.includes(lane) && !subscription.paymentMethod) {
    const message = `The plan ${plan.name} asks for a payment method before the lane ${lane}.`;
    return { code: 'payment_method_required', message, param: 'model', scope };
  }
  return null;
}

/** The code of a spent envelope of this account's plan; null: the envelope is not of its plan. */
export function planCodeOf({ plan, subscription }: Account, envelope: string): RefusalCode | null {
  const limit = planLimitOf(envelope, subscription.team);
  if (limit === null) return null;
  if (limit === 'hour') return 'hourly_limit_reached';
  if (!plan.hardStop) return 'spend_ceiling_reached';
  return subscription.paymentMethod ? 'credit_used_up' : 'free_allowance_used_up';
}
