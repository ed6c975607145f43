/**
 * Declares committed capacity. Once it has begun its terms stand: what was bought is not bought anew, and another price
 * is another commitment. Its end, its owner and the routes that draw from it may change.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CommitmentAnswer, CapacityPeriodAnswer } from '#contracts/api/commitment-api.js';
import { Commitment } from '#contracts/commitment.js';
import { periodAt, unitsBehindPace } from '#domain/pricing/draw-capacity.js';
import { idleOf, type UsedPeriod } from '#domain/pricing/fold-draws.js';
import type { Stored } from '#postgres/admin/definition.js';
import { type Declared, deleteDefinition, putDefinition } from '../change-definition.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem } from '../control-problem.js';

const declaredCommitment: Declared<Commitment> = {
  subject: 'commitment',
  store: (stores) => stores.commitments,
  wire: (commitment) => Commitment.encode(commitment),
};

const fixed = ['kind', 'weights', 'unitsPerPeriod', 'periodHours', 'periodPicoUsd', 'machines', 'from'] as const;

const refused = (path: string, message: string) => new ControlProblem('invalid_request', message, [{ path, message }]);

export function putCommitment(context: ControlContext, actor: Actor, next: Commitment): Promise<Stored<Commitment>> {
  return putDefinition(context, actor, declaredCommitment, next.id, (current) => {
    const begun = current !== null && Date.parse(current.from) <= context.nowMs();
    const changed = begun && fixed.find((name) => !isDeepStrictEqual(current[name], next[name]));
    if (changed) throw refused(changed, 'cannot change once the commitment has begun; end it and declare another');
    if (
      begun &&
      next.to !== null &&
      next.to !== current.to &&
      Date.parse(next.to) < openUntil(current, context.nowMs())
    )
      throw refused('to', 'must not lie before the end of the period that is running');
    return next;
  });
}

const openUntil = (commitment: Commitment, nowMs: number): number => periodAt(commitment, nowMs)?.toMs ?? 0;

/** False when there was none. One that has begun is ended, not deleted: its periods are owed. */
export async function deleteCommitment(context: ControlContext, actor: Actor, id: string): Promise<boolean> {
  const stored = await context.stores.commitments.find(id);
  const nowMs = context.nowMs();
  const { from, to } = stored?.definition ?? { from: '', to: null };
  const [open] = (await context.capacity.of(id, 1)).filter(({ closed }) => !closed);
  if (stored && Date.parse(from) <= nowMs && (to === null || Date.parse(to) > nowMs || open))
    throw refused(
      'to',
      'it has begun, and its periods are owed: end it with "to", and delete it once they are charged',
    );
  return deleteDefinition(context, actor, declaredCommitment, id);
}

/** How the periods of these commitments are used. */
export async function withUse(
  { capacity, nowMs }: ControlContext,
  stored: Stored<Commitment>[],
): Promise<CommitmentAnswer[]> {
  const at = nowMs();
  const [current, closed] = [await capacity.since(at), await capacity.closedTotals()];
  return stored.map((row) => {
    const { id } = row.definition;
    const open = current.find(({ commitment, fromMs, toMs }) => commitment === id && fromMs <= at && at < toMs);
    const totals = closed.get(id) ?? { periods: 0, usedPicoUsd: 0n, idlePicoUsd: 0n };
    return { ...row, now: open ? periodAnswer(open, at) : null, closed: totals };
  });
}

export const periodAnswer = (period: UsedPeriod, nowMs: number): CapacityPeriodAnswer => ({
  from: new Date(period.fromMs).toISOString(),
  to: new Date(period.toMs).toISOString(),
  unitsTotal: String(period.unitsTotal),
  unitsUsed: String(period.unitsUsed),
  unitsBehindPace: period.toMs > nowMs ? String(unitsBehindPace(period, nowMs)) : null,
  pricePicoUsd: period.pricePicoUsd,
  usedPicoUsd: period.sharesPicoUsd,
  idlePicoUsd: period.closed ? idleOf(period) : null,
});
