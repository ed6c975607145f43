/**
 * Takes corrections back that should not have been made: one, or all that a report brought about. Of an attempt only the
 * latest that stands can be; so what was there before is there again, exactly.
 */
import type { ReversalAnswer, ReversalPost } from '#contracts/api/cost-report-api.js';
import { reversalOf } from '#domain/ledger/true-up.js';
import type { StoredTrueUp } from '#postgres/ledger/true-up.store.js';
import { derivedId } from '#runtime/derived-id.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';

/** Throws `not_found`, and where there is nothing left to take back, `already_reversed` or `corrected_again`. */
export async function reverseCorrections(
  { trueUps }: Pick<ControlContext, 'trueUps'>,
  actor: Actor,
  { reason, ...asked }: ReversalPost,
): Promise<ReversalAnswer> {
  const found = await trueUps.reversible(asked);
  const named = 'adjustment' in asked ? `adjustment ${asked.adjustment}` : `correction by the report ${asked.report}`;
  if (found.length === 0) throw notFound(`${named} that a cost report made`);
  const standing = found.filter(({ state }) => state === 'stands');
  const later = found.filter(({ state }) => state === 'corrected_again').length;
  if (standing.length === 0)
    throw later > 0
      ? new ControlProblem('corrected_again', `A later report corrected what ${named} did: take that back first.`)
      : new ControlProblem('already_reversed', `There is nothing left of ${named}.`);
  const reversals = standing.map(({ lastRevision, adjustmentId, ...correction }): StoredTrueUp => ({
    ...reversalOf(correction, lastRevision + 1),
    adjustmentId: derivedId(`reversal of ${adjustmentId}`),
    reverses: adjustmentId,
    reason,
  }));
  const added = await trueUps.add(reversals, actor.name);
  const taken = reversals.filter(({ adjustmentId }) => added.has(adjustmentId));
  return {
    reversed: taken.length,
    already: found.length - later - taken.length,
    correctedAgain: later,
    differencePicoUsd: taken.reduce((sum, { differencePicoUsd }) => sum + differencePicoUsd, 0n),
  };
}
