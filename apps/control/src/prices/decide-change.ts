/**
 * The second person. Whoever submitted a change cannot decide it; a row that is refused nobody can accept; and what was
 * looked at must be what is published, so a change of a book that is no longer in force is refused as a whole.
 */
import { type PriceApproval, PriceChange, type PriceDifference } from '#contracts/api/price-intake-api.js';
import { PriceBook } from '#contracts/price.js';
import { bookWith } from '#domain/price-intake/price-timeline.js';
import { priceBookHashOf, priceIndexOf } from '#domain/pricing/price-book.js';
import { ContradictoryPrices } from '#domain/pricing/rate-sheet.js';
import type { AdminStores } from '#postgres/admin/admin-stores.js';
import { publishSnapshot, recordChange } from '#postgres/admin/publish-snapshot.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { digestOf, lineOf } from '../ledger-line.js';

/** Publishes the rows that are ready, and those that wait and were accepted by number. Returns the change as decided. */
export async function approveChange(
  context: ControlContext,
  actor: Actor,
  id: string,
  approval: PriceApproval,
): Promise<PriceChange> {
  const { result } = await publishSnapshot(context.publishing, actor.name, async (stores) => {
    const change = await pendingChange(stores, id);
    refuseAuthor(change, actor);
    const current = await stores.prices.current();
    if ((current?.hash ?? null) !== change.base)
      throw new ControlProblem(
        'price_change_state',
        'The book has changed since the file was imported: import it again.',
      );
    const accepted = acceptedRows(change.differences, approval);
    const approved = accepted.map(({ row }) => ({ ...row, approvedBy: actor.name }));
    const rows = bookWith(current?.rows ?? [], approved);
    const hash = hashOf(rows);
    const version = await stores.prices.add({ hash, rows }, actor.name);
    const numbers = accepted.map(({ number }) => number);
    const reason = approval.reason ?? null;
    const decided = decidedChange(context, actor, change, {
      state: 'approved',
      accepted: numbers,
      reason,
      priceBook: hash,
    });
    await stores.priceIntake.put(decided);
    const waiting = accepted.filter(({ state }) => state === 'waiting').length;
    const body = {
      priceBook: hash,
      previous: change.base,
      version: version.version,
      rows: rows.length,
      change: id,
      waiting,
    };
    const lines = [lineOf(context, actor, 'price_version', body), decisionLine(context, actor, decided)];
    return { result: decided, entries: lines };
  });
  return result;
}

export function rejectChange(context: ControlContext, actor: Actor, id: string, reason: string): Promise<PriceChange> {
  return recordChange(context.publishing, async (stores) => {
    const change = await pendingChange(stores, id);
    const decided = decidedChange(context, actor, change, { state: 'rejected', accepted: [], reason, priceBook: null });
    await stores.priceIntake.put(decided);
    return { result: decided, entries: [decisionLine(context, actor, decided)] };
  });
}

async function pendingChange({ priceIntake }: AdminStores, id: string): Promise<PriceChange> {
  const change = await priceIntake.find(id);
  if (!change) throw notFound(`price change ${id}`);
  if (change.state !== 'pending')
    throw new ControlProblem(
      'price_change_state',
      `Price change ${id} is ${change.state} by ${change.decidedBy ?? 'a later file'}.`,
    );
  return change;
}

function refuseAuthor({ id, submittedBy }: PriceChange, actor: Actor): void {
  if (submittedBy === actor.name)
    throw new ControlProblem(
      'author_cannot_approve',
      `${actor.name} submitted price change ${id}: somebody else approves it.`,
    );
}

function acceptedRows(differences: readonly PriceDifference[], { waiting }: PriceApproval): PriceDifference[] {
  const named = new Set(waiting === 'all' ? [] : waiting);
  const refused = differences.find(({ number, state }) => state === 'refused' && named.has(number));
  if (refused)
    throw new ControlProblem(
      'price_rows_refused',
      `Row ${refused.number} (line ${refused.line}) is refused: ${refused.findings[0]?.message}.`,
    );
  const unknown = [...named].find((number) => number > differences.length);
  if (unknown) throw new ControlProblem('price_rows_refused', `There is no row ${unknown}.`);
  const accepted = differences.filter(
    ({ number, state }) => state === 'ready' || (state === 'waiting' && (waiting === 'all' || named.has(number))),
  );
  if (accepted.length > 0) return accepted;
  throw new ControlProblem(
    'price_rows_refused',
    'No row is ready. Rows that wait are accepted by number, with a reason.',
  );
}

function hashOf(rows: PriceBook['rows']): string {
  const hash = priceBookHashOf(PriceBook.shape.rows.encode(rows));
  try {
    priceIndexOf({ hash, rows });
  } catch (error) {
    if (!(error instanceof ContradictoryPrices)) throw error;
    throw new ControlProblem('snapshot_invalid', error.message);
  }
  return hash;
}

type Decided = Pick<PriceChange, 'state' | 'accepted' | 'reason' | 'priceBook'>;

const decidedChange = (context: ControlContext, actor: Actor, change: PriceChange, decided: Decided): PriceChange => ({
  ...change,
  ...decided,
  decidedBy: actor.name,
  decidedAt: new Date(context.nowMs()).toISOString(),
});

/** Numbers of many rows do not fit in a line: the digest of the whole change says which they were. */
function decisionLine(context: ControlContext, actor: Actor, change: PriceChange) {
  const { id, state, source, submittedBy, reason, priceBook, accepted } = change;
  return lineOf(context, actor, 'approval', {
    ...{ subject: 'price_change', name: id, action: 'put', state, source, submittedBy, reason, priceBook },
    rows: accepted.length,
    digest: digestOf(PriceChange.encode(change)),
    effectPicoUsd: change.effect.differencePicoUsd.toString(),
  });
}
