/**
 * One mirrored call against all candidates of its use case. A job may run again at any time: places and parts are
 * opened once, each part is sent once, and what was sent without an answer to show for it scores 0.
 */
import type { MirrorJob } from '#contracts/jobs.js';
import type { MirrorStore } from '#contracts/mirror-store.js';
import { promptOf } from '#domain/gate/case-key.js';
import { suiteLineOf } from '#domain/suite/suite-line.js';
import type { IndexedUseCase, RoutingIndex } from '#domain/routing/routing-index.js';
import type { CallToOpen, EvidenceRow } from '#postgres/evidence/evidence.store.js';
import { type ReplayPlan, planReplay } from './plan-replay.js';
import { type ReadCall, readMirrored } from './read-mirrored.js';
import { replayCall, type ReplayParts, scoredEnding, type ScoresOf } from './replay-call.js';

export interface ReplayMirroredParts extends ReplayParts {
  mirror: MirrorStore;
  sealKey: Buffer;
  /** An index of that version or a later one. */
  snapshotAtLeast: (version: number) => Promise<RoutingIndex>;
  open: (call: CallToOpen) => Promise<EvidenceRow[]>;
  question: (
    useCase: IndexedUseCase,
    call: { lastUserText: string; baseline: ReadCall['baseline'] },
    context: { job: MirrorJob; index: RoutingIndex },
  ) => Promise<Graded | { notGradable: string }>;
  /** Where content may be kept, a sampled call may become a case. Never rejects. */
  keepSample: (useCase: IndexedUseCase, job: MirrorJob, call: ReadCall) => Promise<void>;
  /** Evidence of this use case may have grown. */
  grown: (useCase: string) => void;
}

type Graded = { scoresOf: ScoresOf };
/** A call to be replayed, or why no candidate is asked; one that cannot be graded may still become a case that can. */
type Material = { call: ReadCall; graded: Graded } | { void: string; call?: ReadCall };

/** Throws when it may be tried again. */
export async function replayMirrored(parts: ReplayMirroredParts, job: MirrorJob): Promise<void> {
  const index = await parts.snapshotAtLeast(job.snapshot);
  const useCase = index.useCases.get(job.useCase);
  if (!useCase) return forget(parts, job);
  const material = await materialOf(parts, job, index, useCase);
  const plans = new Map(
    useCase.routes.slice(1).map((placed) => {
      const plan =
        'void' in material
          ? material
          : planReplay(material.call.request, placed, useCase.definition, index.prices, Date.now());
      return [placed.route.id, { placed, plan }];
    }),
  );
  const isSuite = job.line.gate === suiteLineOf(useCase.definition.gateHash);
  if (!isSuite && material.call) await parts.keepSample(useCase, job, material.call);
  const rows = await parts.open({
    gate: job.line.gate,
    position: job.line.position,
    useCase: job.useCase,
    callId: job.callId,
    cluster: job.cluster,
    // Each draw from a suite is one of its own, also of a case that was drawn before.
    prompt: 'void' in material || isSuite ? null : promptIn(parts.sealKey, material.call),
    admittedAt: job.admittedAt,
    candidates: [...plans.values()].map(({ placed, plan }) => ({
      candidate: placed.route.id,
      revision: placed.route.revision,
      attemptId: parts.newId(Date.now()),
      void: 'void' in plan ? plan.void : null,
    })),
  });
  const outcomes = await Promise.allSettled(
    rows.map((row) => finishRow(parts, { job, index, useCase, material, row, plan: plans.get(row.candidate)?.plan })),
  );
  parts.grown(job.useCase);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  await forget(parts, job);
}

interface RowTask {
  job: MirrorJob;
  index: RoutingIndex;
  useCase: IndexedUseCase;
  material: Material;
  row: EvidenceRow;
  plan: ReplayPlan | { void: string } | undefined;
}

async function finishRow(parts: ReplayMirroredParts, { material, row, plan, ...task }: RowTask): Promise<void> {
  const { attemptId, state } = row;
  if (state === 'void' || state === 'scored') return;
  if ('void' in material || !plan || 'void' in plan) {
    const reason = 'void' in material ? material.void : plan && 'void' in plan ? plan.void : 'no_candidate';
    // Sent by an earlier run, and now nothing is left to grade by: the line's timeout decides.
    return parts.end({ attemptId, state: 'void', reason });
  }
  const { scoresOf } = material.graded;
  if (state === 'claimed') {
    parts.metrics.replays.inc({ route: row.candidate, outcome: 'lost' });
    return parts.end(scoredEnding(attemptId, await scoresOf(null)));
  }
  return replayCall(parts, { ...task, call: material.call, plan, attemptId, scoresOf });
}

async function materialOf(
  parts: ReplayMirroredParts,
  job: MirrorJob,
  index: RoutingIndex,
  useCase: IndexedUseCase,
): Promise<Material> {
  const { definition, baseline } = useCase;
  if (definition.mode === 'off') return { void: 'off' };
  if (![definition.gateHash, suiteLineOf(definition.gateHash)].includes(job.line.gate)) return { void: 'gate_changed' };
  if (job.route !== baseline.route.id) return { void: 'not_baseline' };
  if (job.pointer === null) return { void: 'not_kept' };
  const { callId, pointer, protocol } = job;
  const call = await readMirrored(parts.mirror, parts.sealKey, { callId, pointer, protocol }, baseline.venue);
  if ('void' in call) return call;
  if (!call.request.head.replayable) return { void: 'not_replayable' };
  const { lastUserText } = call.request.head;
  const graded = await parts.question(useCase, { lastUserText, baseline: call.baseline }, { job, index });
  return 'notGradable' in graded ? { void: 'not_gradable', call } : { call, graded };
}

export const promptIn = (key: Buffer, { request: { head } }: ReadCall): string =>
  promptOf(key, { firstMessages: head.firstMessagesText, lastUserText: head.lastUserText });

/** The copy has served; what is left behind by a failure here is swept at the end of its lifetime. */
async function forget({ mirror }: ReplayMirroredParts, { pointer }: MirrorJob): Promise<void> {
  if (pointer !== null) await mirror.delete(pointer).catch(() => undefined);
}
