/**
 * The kill switch: the baseline serves again from the next snapshot on. It asks for no proof and nobody's approval, and
 * says in the ledger who did it. Shadow, not off: what was noticed should go on being measured.
 */
import type { Rollback } from '#contracts/api/use-case-api.js';
import type { UseCase } from '#contracts/use-case.js';
import type { Stored } from '#postgres/admin/definition.js';
import { publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { Actor, ControlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';
import { lineOf } from '../ledger-line.js';

/** A use case that is not enforced is on its baseline: nothing changes, nothing is written. Throws `not_found`. */
export async function rollBack(
  context: ControlContext,
  actor: Actor,
  slug: string,
  { reason }: Rollback,
): Promise<Stored<UseCase>> {
  const { result } = await publishSnapshot(context.publishing, actor.name, async (stores) => {
    const current = await stores.useCases.find(slug);
    if (!current) throw notFound(`use case ${slug}`);
    if (current.definition.mode !== 'enforce') return { result: current, entries: [] };
    const switched = await stores.useCases.switchMode(slug, 'shadow', actor.name);
    const body = { useCase: slug, from: 'enforce', to: 'shadow', rollback: true, reason: reason ?? null };
    return { result: switched, entries: [lineOf(context, actor, 'mode_switch', body)] };
  });
  return result;
}
