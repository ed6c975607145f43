/** Passes over a suite: asking for one, and what has come of them. The worker draws and asks; nobody can post a score. */
import type { SuitePassAnswer } from '#contracts/api/suite-api.js';
import { asksForTools, comparesWithBaseline, suiteLineOf, whyNotReplayed } from '#domain/suite/suite-line.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { publishedUseCase } from '../published-use-case.js';

/**
 * Throws `not_found` where there is no suite whose inputs are kept, `invalid_request` where no worker would replay it.
 * Who asks again before the pass is drawn shares it; who asks later adds another to the same line.
 */
export async function wantReplay(context: ControlContext, actor: Actor, slug: string) {
  const { suites } = context.stores;
  if ((await suites.replayable(slug, { withTools: false })).length === 0)
    throw notFound(`suite of ${slug} with its inputs`);
  const useCase = await publishedUseCase(context, slug);
  if (!useCase) throw notFound(`use case ${slug}`);
  const against = whyNotReplayed(useCase);
  if (against !== null)
    throw new ControlProblem('invalid_request', `The suite of ${slug} is not replayed: ${against}.`);
  const cases = (await suites.replayable(slug, { withTools: asksForTools(useCase) })).length;
  if (cases === 0)
    throw new ControlProblem(
      'invalid_request',
      `The suite of ${slug} is not replayed: it is graded by tool calls, and no case of it offers tools.`,
    );
  await context.suitePasses.want(slug, actor.name);
  return { useCase: slug, cases };
}

/** Throws `not_found`. */
export async function readPasses(context: ControlContext, slug: string, count: number): Promise<SuitePassAnswer[]> {
  const useCase = await publishedUseCase(context, slug);
  if (!useCase) throw notFound(`use case ${slug}`);
  const passes = await context.suitePasses.passes(suiteLineOf(useCase.gateHash), count);
  const compares = comparesWithBaseline(useCase);
  return passes.map(({ drawnAt, doneAt, candidates, ...pass }) => ({
    ...pass,
    candidates: candidates.map((one) => (compares ? one : { ...one, baselineMean: null })),
    drawnAt: drawnAt.toISOString(),
    doneAt: doneAt?.toISOString() ?? null,
  }));
}
