/** What calls without a use case have in common, from the ledger of the last days; and making a use case of such a group. */
import type { AcceptProposal, ProposedUseCases } from '#contracts/api/proposal-api.js';
import { UseCase } from '#contracts/use-case.js';
import { proposeUseCases, unnamedCallOf } from '#domain/shadow/propose-use-cases.js';
import type { ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { recentCalls } from '../recent-calls.js';

const days = 7;
const dayMs = 86_400_000;

export async function readProposals(context: ControlContext): Promise<ProposedUseCases> {
  const fromMs = context.nowMs() - days * dayMs;
  const { calls, capped } = await recentCalls(context, fromMs, (record) =>
    record.useCase === 'unclassified' ? unnamedCallOf(record) : null,
  );
  const useCases = await context.stores.useCases.list();
  const taken = new Set(useCases.flatMap(({ definition }) => definition.shapes ?? []));
  return { days, capped, items: proposeUseCases(calls, taken) };
}

/** The use case the group becomes, off until somebody switches it. Throws `not_found` and `invalid_request`. */
export async function acceptedUseCase(
  context: ControlContext,
  shape: string,
  { slug, floor, grader, candidates, ...also }: AcceptProposal,
): Promise<UseCase> {
  const { items } = await readProposals(context);
  const proposal = items.find((item) => item.shape === shape);
  if (!proposal) throw notFound(`proposed use case ${shape}`);
  const baseline = also.baseline ?? proposal.routes[0]?.route;
  const team = also.team ?? proposal.teams[0];
  if (team === undefined)
    throw new ControlProblem('invalid_request', 'Name a team: the keys of these calls belong to none.');
  return UseCase.parse({ slug, team, mode: 'off', baseline, candidates, grader, floor, shapes: [shape] });
}
