/**
 * A plan is what a team is offered: what is included, how much it may spend, how fast it may ask, what it is charged. Plans
 * are data; a team is on at most one.
 */
import { z } from 'zod';
import { LaneId } from './lane.js';
import { UsdLimit } from './money.js';
import { Instant, Slug } from './names.js';

/** From the mildest: the last step whose conditions hold is the ceiling. */
export const SpendCeilingStep = z
  .object({
    limit: UsdLimit,
    /** The subscription is at least so old. */
    afterDays: z.number().int().nonnegative().default(0),
    /** And has spent at least so much in months that are over. */
    afterSpend: UsdLimit.prefault('0'),
  })
  .meta({ id: 'SpendCeilingStep' });
export type SpendCeilingStep = z.output<typeof SpendCeilingStep>;

export const Plan = z
  .object({
    id: Slug,
    /** For people: "Pay As You Go". */
    name: z.string().min(1).max(100),
    /** Of each month's charge, what is not billed. */
    includedCredit: UsdLimit.prefault('0'),
    /** Nothing goes beyond the included credit, so nothing is ever due. Such a plan is charged at cost. */
    hardStop: z.boolean().default(false),
    /** The most a calendar month (UTC) may cost; without a hard stop at least one step. */
    spendCeiling: z.array(SpendCeilingStep).max(20).default([]),
    /** The most an hour may cost; null: no such limit. */
    hourlyLimit: UsdLimit.nullable().default(null),
    /** Null: as fast as they come. */
    requestsPerSecond: z.number().positive().max(100_000).nullable().default(null),
    /** Names as in `model`; an entry may end in `*`. Null: all. */
    models: z.array(z.string().min(1).max(200)).min(1).max(1_000).nullable().default(null),
    /** Lanes that need a payment method on file. */
    paidLanes: z.array(LaneId).max(4).default([]),
    /** `lanes`: a lane's floor is charged; `cost`: what the venue bills. */
    charged: z.enum(['cost', 'lanes']).default('lanes'),
  })
  .superRefine((plan, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (plan.hardStop && plan.includedCredit === 0n) wrong('includedCredit', 'a hard stop needs something to stop at');
    // Envelopes count cost: only where the two are one does the stop hold for what is charged.
    if (plan.hardStop && plan.charged !== 'cost') wrong('charged', 'a plan with a hard stop is charged at cost');
    if (!plan.hardStop && plan.spendCeiling.length === 0) wrong('spendCeiling', 'a plan without a hard stop has one');
    if (plan.spendCeiling[0] && (plan.spendCeiling[0].afterDays > 0 || plan.spendCeiling[0].afterSpend > 0n))
      wrong('spendCeiling', 'the first step holds from the first day');
  })
  .meta({ id: 'Plan' });
export type Plan = z.output<typeof Plan>;

export const Subscription = z
  .object({
    team: z
      .string()
      .regex(
        /^[a-z0-9](?:[a-z0-9._-]{0,46}[a-z0-9])?$/,
        'a team of at most 48 characters: its envelopes are named after it',
      ),
    plan: Slug,
    since: Instant,
    /** Whether one is on file; taking payments is done elsewhere. */
    paymentMethod: z.boolean().default(false),
    /** Held back until somebody has looked at it. */
    onHold: z.boolean().default(false),
  })
  .meta({ id: 'Subscription' });
export type Subscription = z.output<typeof Subscription>;
