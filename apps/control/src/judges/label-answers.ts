/**
 * People label what a judge has judged, without seeing what it said or which answer is whose. Every label is weighed at
 * once: a judge that passes its test may gate from the next snapshot on, and one that no longer does may not.
 */
import type { JudgeAdmission, LabelPost, LabelTask } from '#contracts/api/judge-api.js';
import type { UseCase } from '#contracts/use-case.js';
import { admitJudge } from '#domain/gate/judges/admit-judge.js';
import { judgeKeyOf } from '#domain/gate/judges/judge-key.js';
import { labelOf } from '#domain/gate/judges/read-labels.js';
import { askedRevisions } from '#domain/routing/assemble-snapshot.js';
import { publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import { openText } from '#runtime/seal.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { lineOf } from '../ledger-line.js';

type Judged = { useCase: UseCase; judge: string };

/** Throws `not_found` for an unknown use case, and where no judge is asked. */
export async function readAdmission(context: ControlContext, slug: string): Promise<JudgeAdmission> {
  return admissionOf(context, await judgedUseCase(context, slug));
}

/** The next showing for a person to label; null when none waits. */
export async function nextLabelTask(context: ControlContext, slug: string): Promise<LabelTask | null> {
  const { judge } = await judgedUseCase(context, slug);
  const shown = await context.labels.next(slug, judge);
  if (!shown) return null;
  const { id, showing, pairwise, flipped } = shown;
  const sealed = openText(context.masterKey, shown.texts.toString('base64'), `judge|${id}`);
  const { question, candidate, baseline } = JSON.parse(sealed) as {
    question: string;
    candidate: string;
    baseline: string;
  };
  if (!pairwise) return { id, showing, question, first: candidate, second: null };
  const baselineFirst = flipped !== (showing === 1);
  return {
    id,
    showing,
    question,
    first: baselineFirst ? baseline : candidate,
    second: baselineFirst ? candidate : baseline,
  };
}

export async function labelAnswer(
  context: ControlContext,
  actor: Actor,
  id: string,
  { showing, says }: LabelPost,
): Promise<JudgeAdmission> {
  const labelled = await context.labels.label(id, showing, says, actor.name);
  if (labelled === 'unknown')
    throw new ControlProblem('not_found', `There is no showing ${showing} of ${id} to call ${says}.`);
  const { useCase: slug, judgeKey } = labelled;
  const current = await judgedUseCase(context, slug);
  const admission = await admissionOf(context, current);
  if (current.judge === judgeKey) await weigh(context, actor, admission);
  return admission;
}

/** Says in the snapshot, and in the ledger, what the labels say; nothing where it was said already. */
async function weigh(context: ControlContext, actor: Actor, admission: JudgeAdmission): Promise<void> {
  const { useCase, judge, admitted } = admission;
  const known = await context.stores.judges.list();
  if (known.some((one) => one.useCase === useCase && one.judgeKey === judge) === admitted) return;
  await publishSnapshot(context.publishing, actor.name, async ({ judges }) => {
    await (admitted ? judges.admit(useCase, judge) : judges.dismiss(useCase, judge));
    const body = { subject: 'judge_admission', name: judge, action: admitted ? 'put' : 'delete', ...admission };
    return { result: null, entries: [lineOf(context, actor, 'approval', body)] };
  });
}

async function admissionOf(context: ControlContext, { useCase, judge }: Judged): Promise<JudgeAdmission> {
  const pairs = await context.labels.pairs(useCase.slug, judge);
  const labels = pairs.map((pair) => labelOf(pair, useCase.floor.absolute)).filter((label) => label !== null);
  return { useCase: useCase.slug, judge, ...admitJudge(labels) };
}

async function judgedUseCase({ stores }: ControlContext, slug: string): Promise<Judged> {
  const useCase = (await stores.useCases.find(slug))?.definition;
  if (!useCase) throw notFound(`use case ${slug}`);
  const revisions = new Map((await stores.routes.list()).map(({ definition }) => [definition.id, definition.revision]));
  const judge = judgeKeyOf(
    useCase.grader,
    askedRevisions(useCase.grader, (route) => revisions.get(route)),
  );
  if (judge === null) throw notFound(`judge of ${slug}`);
  return { useCase, judge };
}
