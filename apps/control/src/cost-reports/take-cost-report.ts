/** Holds a venue's report against what was booked. What differs, and what was only an estimate, becomes an adjustment. */
import { createHash } from 'node:crypto';
import type { CostReportAnswer, CostReportPost } from '#contracts/api/cost-report-api.js';
import type { CallRecord } from '#contracts/call-record.js';
import { Id } from '#contracts/names.js';
import { callKinds, callRecordOf } from '#domain/ledger/call-entry.js';
import { trueUpOf } from '#domain/ledger/true-up.js';
import type { StoredTrueUp } from '#postgres/ledger/true-up.store.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { recentCalls } from '../recent-calls.js';

const attemptsAtOnce = 1_000;
const estimatesMax = 1_000_000;

/** Throws `not_found` for a venue nobody declared, `invalid_request` where one attempt is named twice. */
export async function takeCostReport(
  context: ControlContext,
  actor: Actor,
  post: CostReportPost,
): Promise<CostReportAnswer> {
  const { venue, rows } = post;
  if (!(await context.stores.venues.find(venue))) throw notFound(`venue ${venue}`);
  const charged = chargedByAttempt(rows);
  const report = createHash('sha256').update(JSON.stringify([venue, [...charged].map(([id, cost]) => [id, String(cost)])])).digest('hex'); // prettier-ignore
  const named = [...charged.keys()];
  const answer = { report, rows: rows.length, agreed: 0, adjusted: 0, reconciled: 0, differencePicoUsd: 0n, unknown: rows.length - named.length, elsewhere: 0 }; // prettier-ignore
  const take = async (records: CallRecord[]) => {
    const known = await context.trueUps.known(records.map(({ attemptId }) => attemptId));
    const found = records.flatMap((record) => {
      const before = known.get(record.attemptId) ?? null;
      const trueUp = trueUpOf(record, before, charged.get(record.attemptId) ?? 0n);
      if (trueUp === null) answer.agreed += 1;
      return trueUp === null
        ? []
        : [{ trueUp, endsAnEstimate: before?.reported !== true && record.costBasis === 'estimated' }];
    });
    const stored = found.map(({ trueUp }): StoredTrueUp => {
      return { ...trueUp, adjustmentId: context.newId(), reverses: null, reason: `report of ${venue}, ${report}` };
    });
    const added = await context.trueUps.add(stored, actor.name);
    for (const [at, { adjustmentId, differencePicoUsd }] of stored.entries()) {
      if (!added.has(adjustmentId)) continue;
      answer.adjusted += 1;
      answer.differencePicoUsd += differencePicoUsd;
      if (found[at]?.endsAnEstimate) answer.reconciled += 1;
    }
  };
  for (let from = 0; from < named.length; from += attemptsAtOnce) {
    const asked = named.slice(from, from + attemptsAtOnce);
    const records = await recordsOf(context, asked);
    answer.unknown += asked.length - records.length;
    const here = records.filter((record) => record.venue === venue || record.venue === null);
    answer.elsewhere += records.length - here.length;
    await take(here);
  }
  const unnamed = post.complete ? await unnamedEstimates(context, venue, post.complete, charged) : [];
  for (let from = 0; from < unnamed.length; from += attemptsAtOnce)
    await take(unnamed.slice(from, from + attemptsAtOnce));
  return answer;
}

/** Rows of requests that were not o10's are left out. */
function chargedByAttempt(rows: CostReportPost['rows']): Map<string, bigint> {
  const charged = new Map<string, bigint>();
  for (const { clientRequestId, costPicoUsd } of rows) {
    if (clientRequestId === null || !Id.safeParse(clientRequestId).success) continue;
    if (charged.has(clientRequestId))
      throw new ControlProblem('invalid_request', `The report names the request ${clientRequestId} twice.`);
    charged.set(clientRequestId, costPicoUsd);
  }
  return charged;
}

async function recordsOf({ ledger, organisation }: ControlContext, attemptIds: string[]): Promise<CallRecord[]> {
  const lines = await ledger.findByIds(organisation, callKinds, attemptIds);
  return lines.map(({ entry }) => callRecordOf(entry)).filter((record) => record !== null);
}

/** Estimates at this venue in a time its report is complete for, which it does not name: it charged nothing for them. */
async function unnamedEstimates(
  context: ControlContext,
  venue: string,
  { from, through }: NonNullable<CostReportPost['complete']>,
  charged: ReadonlyMap<string, bigint>,
): Promise<CallRecord[]> {
  const throughMs = Date.parse(through);
  const keep = (record: CallRecord) => {
    const isOpen = record.costBasis === 'estimated' && record.venue === venue && !charged.has(record.attemptId);
    return isOpen && Date.parse(record.admittedAt) <= throughMs ? record : null;
  };
  return (await recentCalls(context, Date.parse(from), keep, { kinds: callKinds, max: estimatesMax })).calls;
}
