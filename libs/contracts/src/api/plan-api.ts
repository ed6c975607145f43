/** Plans, who is on which, and what they are charged, over the API. */
import { z } from 'zod';
import { BillMonth } from '../bill.js';
import { Slug } from '../names.js';
import { Plan, Subscription } from '../plan.js';
import { listOf, rowFields } from './stored.js';

const { id, ...terms } = Plan.shape;
const { team, since, ...subscribed } = Subscription.shape;
void id;

/** Body of `PUT /api/plans/:id`. */
export const PlanPut = z.object(terms).meta({ id: 'PlanPut' });
export type PlanPut = z.output<typeof PlanPut>;
export const PlanAnswer = z.object({ definition: Plan, ...rowFields }).meta({ id: 'PlanAnswer' });
export const PlanList = listOf(PlanAnswer).meta({ id: 'PlanList' });

/** Body of `PUT /api/subscriptions/:team`. */
export const SubscriptionPut = z
  .object({
    ...subscribed,
    /** Absent: as it was; of a new one, now. */
    since: since.optional(),
  })
  .meta({ id: 'SubscriptionPut' });
export type SubscriptionPut = z.output<typeof SubscriptionPut>;
export const SubscriptionAnswer = z
  .object({ definition: Subscription, ...rowFields })
  .meta({ id: 'SubscriptionAnswer' });
export const SubscriptionList = listOf(SubscriptionAnswer).meta({ id: 'SubscriptionList' });
export const SubscriptionTeam = team;

/** `GET /api/bill`. A caller's key is answered for its own team only. */
export const BillQuery = z.object({
  month: BillMonth,
  /** Absent: the organisation. */
  team: Slug.optional(),
});
export type BillQuery = z.output<typeof BillQuery>;
