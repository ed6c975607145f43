/** A month's bill, made of the ledger's lines each time it is asked for. */
import type { BillQuery } from '#contracts/api/plan-api.js';
import type { Bill } from '#contracts/bill.js';
import { BillDraft } from '#domain/plans/draft-bill.js';
import type { ControlContext } from '../control-context.js';
import { ControlProblem } from '../control-problem.js';
import { archivedSince, recentCalls } from '../recent-calls.js';

/** No call runs longer than this: one that ended in the month was admitted at most so long before it. */
const longestCallMs = 86_400_000;

/**
 * Calls count in the month (UTC) they ended in, as in the roll-ups. Throws `lines_archived` where lines of the month may be
 * in an archive.
 */
export async function readBill(context: ControlContext, { month, team }: BillQuery): Promise<Bill> {
  const fromMs = Date.parse(`${month}-01T00:00:00.000Z`);
  const missing = await archivedSince(context, fromMs);
  if (missing !== null)
    throw new ControlProblem('lines_archived', `Lines recorded in ${missing} are archived; a bill needs them all.`);
  const draft = new BillDraft();
  await recentCalls(context, fromMs - longestCallMs, (record, corrected) => {
    if (record.endedAt.startsWith(month) && (team === undefined || record.team === team)) draft.add(record, corrected);
    return null;
  });
  const subscription = team === undefined ? null : await context.stores.subscriptions.find(team);
  const plan = subscription && (await context.stores.plans.find(subscription.definition.plan));
  return draft.bill(month, team ?? null, plan?.definition ?? null);
}
