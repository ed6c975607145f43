/**
 * Puts plans and who is on which. A subscription declares the envelopes that enforce it, in the same change; a changed
 * plan changes the envelopes of all who are on it. The desk hears of them before proxies do.
 */
import type { SubscriptionPut } from '#contracts/api/plan-api.js';
import type { Envelope } from '#contracts/envelope.js';
import { Plan, Subscription } from '#contracts/plan.js';
import { closedSpend, planEnvelopeId, planEnvelopes } from '#domain/plans/plan-envelopes.js';
import type { AdminStores } from '#postgres/admin/admin-stores.js';
import type { Stored } from '#postgres/admin/definition.js';
import { publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { declaredEnvelope } from '../declared-envelope.js';
import { digestOf, lineOf } from '../ledger-line.js';

export function putPlan(context: ControlContext, actor: Actor, plan: Plan): Promise<Stored<Plan>> {
  return changed(context, actor, async (stores) => {
    const stored = await stores.plans.put(plan, actor.name);
    const subscriptions = (await stores.subscriptions.list()).map((row) => row.definition);
    const onIt = subscriptions.filter((one) => one.plan === plan.id);
    return { stored, wire: Plan.encode(plan), subject: 'plan', name: plan.id, plan, onIt };
  });
}

export function putSubscription(
  context: ControlContext,
  actor: Actor,
  team: string,
  { since, ...body }: SubscriptionPut,
): Promise<Stored<Subscription>> {
  return changed(context, actor, async (stores) => {
    const plan = (await stores.plans.find(body.plan))?.definition;
    if (!plan) throw unknownPlan(body.plan);
    const before = (await stores.subscriptions.find(team))?.definition;
    const begun = since ?? before?.since ?? new Date(context.nowMs()).toISOString();
    const subscription: Subscription = { ...body, team, since: begun };
    const stored = await stores.subscriptions.put(subscription, actor.name);
    const wire = Subscription.encode(subscription);
    return { stored, wire, subject: 'subscription', name: team, plan, onIt: [subscription] };
  });
}

/** With its envelopes. Throws `not_found`. */
export async function deleteSubscription(context: ControlContext, actor: Actor, team: string): Promise<void> {
  await publishSnapshot(context.publishing, actor.name, async (stores) => {
    if (!(await stores.subscriptions.delete(team))) throw notFound(`subscription of ${team}`);
    for (const limit of ['month', 'hour'] as const) await stores.envelopes.delete(planEnvelopeId(team, limit));
    const body = { subject: 'subscription', name: team, action: 'delete' };
    return { result: null, entries: [lineOf(context, actor, 'approval', body)] };
  });
}

/** Throws `invalid_request` while a team is on it. */
export async function deletePlan(context: ControlContext, actor: Actor, id: string): Promise<void> {
  await publishSnapshot(context.publishing, actor.name, async (stores) => {
    if (!(await stores.plans.delete(id))) throw notFound(`plan ${id}`);
    const body = { subject: 'plan', name: id, action: 'delete' };
    return { result: null, entries: [lineOf(context, actor, 'approval', body)] };
  });
}

interface Put<Noun> {
  stored: Stored<Noun>;
  wire: unknown;
  subject: string;
  name: string;
  plan: Plan;
  /** Whose envelopes follow. */
  onIt: Subscription[];
}

async function changed<Noun>(
  context: ControlContext,
  actor: Actor,
  put: (stores: AdminStores) => Promise<Put<Noun>>,
): Promise<Stored<Noun>> {
  const { result } = await publishSnapshot(context.publishing, actor.name, async (stores) => {
    const { stored, wire, subject, name, plan, onIt } = await put(stores);
    const line = { subject, name, action: 'put', revision: stored.revision, digest: digestOf(wire) };
    const declared = declaredEnvelope(context);
    const entries = [lineOf(context, actor, 'approval', line)];
    const envelopes: Envelope[] = [];
    for (const subscription of onIt) {
      const spent = await context.spend.spent([planEnvelopeId(subscription.team, 'month')]);
      const standing = { nowMs: context.nowMs(), spentNanoUsd: closedSpend(spent, context.nowMs()) };
      const wanted = planEnvelopes(plan, subscription, standing);
      for (const envelope of wanted) {
        const before = (await stores.envelopes.find(envelope.id))?.definition ?? null;
        if (before && digestOf(declared.wire(before)) === digestOf(declared.wire(envelope))) continue;
        const { revision } = await stores.envelopes.put(envelope, actor.name);
        const change = { subject: 'envelope', name: envelope.id, action: 'put' as const, revision };
        const spelled = declared.line?.(change, before, envelope);
        if (spelled) entries.push(lineOf(context, actor, spelled.kind, spelled.body));
        envelopes.push(envelope);
      }
      if (plan.hourlyLimit === null) await stores.envelopes.delete(planEnvelopeId(subscription.team, 'hour'));
    }
    const beforeCommit = async () => {
      for (const envelope of envelopes) await declared.beforeCommit?.(envelope);
    };
    return { result: stored, entries, beforeCommit };
  });
  return result;
}

const unknownPlan = (plan: string): ControlProblem => {
  const message = `there is no plan ${plan}`;
  return new ControlProblem('invalid_request', `plan: ${message}`, [{ path: 'plan', message }]);
};
