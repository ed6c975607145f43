/**
 * Grades the answer an enforced call was served, and on some calls asks the baseline too. A job may run again at any
 * time: the place is opened once and the baseline asked once. Whether a place counts never depends on how good the
 * candidate's answer was; an answer that is not there although it was asked for scores 0.
 */
import type { MirrorJob } from '#contracts/jobs.js';
import { asksBaseline } from '#domain/gate/canary-terms.js';
import { gradeAnswer } from '#domain/gate/graders/grade-answer.js';
import type { IndexedUseCase, RoutingIndex } from '#domain/routing/routing-index.js';
import type { CanaryEnding, CanaryRow, CanaryToOpen } from '#postgres/evidence/canary.store.js';
import { planReplay } from './plan-replay.js';
import { type ReadCall, readMirrored } from './read-mirrored.js';
import { replayCall } from './replay-call.js';
import { promptIn, type ReplayMirroredParts } from './replay-mirrored.js';

export interface ScoreCanaryParts extends Omit<ReplayMirroredParts, 'open' | 'claim' | 'end'> {
  openCanary: (call: CanaryToOpen) => Promise<CanaryRow | null>;
  claimPair: (attemptId: string) => Promise<boolean>;
  endCanary: (ending: CanaryEnding) => Promise<void>;
}

export type CanaryJob = MirrorJob & { line: Required<MirrorJob['line']> };

export const isCanary = (job: MirrorJob): job is CanaryJob => job.line.canary !== undefined;

/** Throws when it may be tried again. */
export async function scoreCanary(parts: ScoreCanaryParts, job: CanaryJob): Promise<void> {
  const index = await parts.snapshotAtLeast(job.snapshot);
  const useCase = index.useCases.get(job.useCase);
  if (!useCase) return forget(parts, job);
  const material = await servedCall(parts, job, useCase, index);
  const row = await parts.openCanary({
    line: job.line.gate,
    position: job.line.position,
    verdict: job.line.canary.verdict,
    useCase: job.useCase,
    candidate: job.route,
    callId: job.callId,
    cluster: job.cluster,
    prompt: 'void' in material ? null : promptIn(parts.sealKey, material.call),
    admittedAt: job.admittedAt,
    attemptId: parts.newId(Date.now()),
    void: 'void' in material ? material.void : null,
  });
  if (row && row.state !== 'void' && row.state !== 'scored') {
    const ending =
      'void' in material ? voided(job, material.void) : await graded(parts, { job, index, useCase, row, material });
    await parts.endCanary(ending);
    parts.metrics.canaries.inc({ route: job.route, outcome: ending.state });
  }
  await forget(parts, job);
}

const voided = ({ callId }: MirrorJob, reason: string): CanaryEnding => ({ callId, state: 'void', reason });

/** The outcomes in which the candidate was asked and made no answer. */
const unanswered: readonly (MirrorJob['outcome'] | undefined)[] = ['fault', 'truncated'];

interface ServedCall {
  call: ReadCall;
  /** Null: the candidate made none. */
  answer: ReadCall['baseline'] | null;
}

async function servedCall(
  parts: ScoreCanaryParts,
  job: CanaryJob,
  useCase: IndexedUseCase,
  index: RoutingIndex,
): Promise<ServedCall | { void: string }> {
  const proof = useCase.cleared.get(job.route);
  const placed = index.routes.get(job.route);
  if (!proof || !placed || proof.verdict !== job.line.canary.verdict) return { void: 'proof_changed' };
  if (job.outcome === 'refused') return { void: 'not_sent' };
  if (job.outcome === 'client_gone') return { void: 'client_gone' };
  if (job.pointer === null) return { void: 'not_kept' };
  const { callId, pointer, protocol } = job;
  const call = await readMirrored(parts.mirror, parts.sealKey, { callId, pointer, protocol }, placed.venue);
  if ('void' in call) return call;
  return { call, answer: unanswered.includes(job.outcome) ? null : call.baseline };
}

interface GradeTask {
  job: CanaryJob;
  index: RoutingIndex;
  useCase: IndexedUseCase;
  row: CanaryRow;
  material: ServedCall;
}

async function graded(parts: ScoreCanaryParts, task: GradeTask): Promise<CanaryEnding> {
  const { job, useCase, material } = task;
  const { grader } = useCase.definition;
  const pair = job.line.canary.paired === null ? null : await askBaseline(parts, task);
  if (pair === null && asksBaseline(grader)) return voided(job, 'no_pair');
  const { lastUserText } = material.call.request.head;
  const baseline = pair ?? { text: null, toolCalls: null };
  const question = await parts.question(useCase, { lastUserText, baseline }, { job, index: task.index });
  if ('notGradable' in question) return voided(job, 'not_gradable');
  const scores = await question.scoresOf(material.answer);
  // A demotion claims that the route got worse; a judge that was silent has not said so.
  if (scores.missing !== undefined) return voided(job, 'judge_silent');
  return {
    callId: job.callId,
    state: 'scored',
    candidate: scores.candidate,
    baseline: pair === null ? null : scores.baseline,
    valid: validForm(useCase, material.answer?.text ?? null),
  };
}

/** Of the form alone, where the grader asks for one: what the schema says, whatever the right answer is. */
function validForm({ definition: { grader } }: IndexedUseCase, answer: string | null): boolean | null {
  if (grader.kind !== 'json_schema') return null;
  const form = gradeAnswer(
    { kind: 'json_schema', schema: grader.schema },
    { answer, expected: undefined, baselineAnswer: null },
  );
  return 'notGradable' in form ? null : form.score === 1;
}

/** Null: it was not asked (no money, no way to express the call), or its answer was lost by an earlier run of this job. */
async function askBaseline(
  parts: ScoreCanaryParts,
  { job, index, useCase, row, material }: GradeTask,
): Promise<ReadCall['baseline'] | null> {
  if (row.state === 'claimed') return null;
  const plan = planReplay(material.call.request, useCase.baseline, useCase.definition, index.prices, Date.now());
  if ('void' in plan) return null;
  let pair: ReadCall['baseline'] | null = null;
  await replayCall(
    { ...parts, claim: parts.claimPair, end: () => Promise.resolve() },
    {
      job,
      index,
      useCase,
      call: material.call,
      plan,
      attemptId: row.attemptId,
      scoresOf: (answer) => {
        pair = { text: answer?.text ?? null, toolCalls: answer?.toolCalls ?? null };
        return Promise.resolve({ candidate: 0, baseline: 0 });
      },
    },
  );
  return pair;
}

async function forget({ mirror }: ScoreCanaryParts, { pointer }: MirrorJob): Promise<void> {
  if (pointer !== null) await mirror.delete(pointer).catch(() => undefined);
}
