/** Raises spend ceilings as teams grow: with the age of the subscription and what was spent in months that are over. */
import type { Entry } from '#contracts/entry.js';
import { Envelope } from '#contracts/envelope.js';
import { closedSpend, planEnvelopeId, planEnvelopes } from '#domain/plans/plan-envelopes.js';
import type { AdminStores } from '#postgres/admin/admin-stores.js';
import { type Publishing, publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { LedgerSpendStore } from '#postgres/ledger/ledger-spend.store.js';

export interface RaiseCeilingsParts {
  admin: Pick<AdminStores, 'plans' | 'subscriptions' | 'envelopes'>;
  spend: Pick<LedgerSpendStore, 'spent'>;
  publishing: Publishing;
  newId: (nowMs: number) => string;
}

/** Stands in the ledger and the snapshot's history as the one who raised. */
const actor = 'plans';

/** Returns how many were raised. A ceiling is never lowered here: that takes somebody who changes the plan. */
export async function raiseCeilings(
  { admin, spend, publishing, newId }: RaiseCeilingsParts,
  nowMs: number,
): Promise<number> {
  const plans = new Map((await admin.plans.list()).map(({ definition }) => [definition.id, definition]));
  const raised: { before: Envelope; after: Envelope }[] = [];
  for (const { definition: subscription } of await admin.subscriptions.list()) {
    const plan = plans.get(subscription.plan);
    if (!plan || plan.hardStop) continue;
    const id = planEnvelopeId(subscription.team, 'month');
    const before = (await admin.envelopes.find(id))?.definition;
    const spentNanoUsd = closedSpend(await spend.spent([id]), nowMs);
    const after = planEnvelopes(plan, subscription, { nowMs, spentNanoUsd }).find((envelope) => envelope.id === id);
    if (before && after && after.limitNanoUsd > before.limitNanoUsd) raised.push({ before, after });
  }
  if (raised.length === 0) return 0;
  await publishSnapshot(publishing, actor, async ({ envelopes }) => {
    const entries: Entry[] = [];
    for (const { before, after } of raised) {
      const { revision } = await envelopes.put(after, actor);
      const change = { subject: 'envelope', name: after.id, action: 'put', revision };
      entries.push({
        schema: 'o10.entry.v1',
        log: publishing.organisation,
        kind: 'envelope_change',
        id: newId(nowMs),
        occurredAt: new Date(nowMs).toISOString(),
        actor,
        body: { ...change, before: Envelope.encode(before), after: Envelope.encode(after) },
      });
    }
    return { result: null, entries };
  });
  return raised.length;
}
