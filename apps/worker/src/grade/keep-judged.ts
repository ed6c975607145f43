/**
 * Keeps what a judge has judged for people to label: sealed, for a limited time, and only where the use case lets content
 * be kept at all. What cannot be kept is not kept; no score waits for it.
 */
import type { MirrorJob } from '#contracts/jobs.js';
import type { PublishedUseCase } from '#contracts/snapshot.js';
import type { Scored } from '#domain/gate/graders/grade-step.js';
import { judgeKeyOf } from '#domain/gate/judges/judge-key.js';
import type { KeptPair } from '#postgres/evidence/judge-label.store.js';
import { seal } from '#runtime/seal.js';

export interface JudgedAnswer {
  question: string;
  candidateRoute: string;
  candidate: string;
  baseline: string;
  pairwise: boolean;
  grade: Scored;
}

export interface KeepJudgedParts {
  keep: (pair: KeptPair) => Promise<void>;
  sealKey: Buffer;
  newId: (nowMs: number) => string;
}

export async function keepJudged(
  { keep, sealKey, newId }: KeepJudgedParts,
  { job, useCase }: { job: MirrorJob; useCase: PublishedUseCase },
  judged: JudgedAnswer,
): Promise<void> {
  const judgeKey = judgeKeyOf(useCase.grader, useCase.gateCovers?.judges ?? []);
  if (judgeKey === null || useCase.retention !== 'full') return;
  const { question, candidate, baseline, candidateRoute, pairwise, grade } = judged;
  const id = newId(Date.now());
  const consistent = grade.notes?.map((note) => note.swapConsistent).filter((one) => one !== null) ?? [];
  await keep({
    id,
    useCase: useCase.slug,
    judgeKey,
    callId: job.callId,
    candidate: candidateRoute,
    pairwise,
    // The last bit of a random id: nobody chooses which answer stands first.
    flipped: Number.parseInt(id.slice(-1), 16) % 2 === 1,
    score: grade.missing === undefined ? grade.score : null,
    swapConsistent: consistent.length === 0 ? null : consistent.every(Boolean),
    texts: seal(sealKey, Buffer.from(JSON.stringify({ question, candidate, baseline })), `judge|${id}`),
  });
}
