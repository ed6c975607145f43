/**
 * Asks one candidate what the baseline was asked: hold → claim → send → settle and score. Refused money makes the
 * place void, never 0: what is affordable is decided before the answer is seen.
 */
import type { HoldAnswer, HoldRequest, SettleAnswer, Settlement } from '#contracts/envelope-desk.js';
import type { MirrorJob } from '#contracts/jobs.js';
import type { Venue } from '#contracts/venue.js';
import { nanoCeil } from '#domain/pricing/ceiling-of.js';
import type { IndexedUseCase, RoutingIndex } from '#domain/routing/routing-index.js';
import type { RowEnding } from '#postgres/evidence/evidence.store.js';
import type { Log } from '#runtime/log.js';
import type { VenueClient } from '#venues/venue-client.js';
import type { WorkerMetrics } from '../worker-metrics.js';
import type { ReplayPlan } from './plan-replay.js';
import type { ReadCall } from './read-mirrored.js';
import { replaySettlement } from './replay-record.js';
import { type ReplayAnswer, sendReplay } from './send-replay.js';

export interface ReplayParts {
  hold: (request: HoldRequest) => Promise<HoldAnswer>;
  /** True: ours to send now, and never again anybody's. */
  claim: (attemptId: string) => Promise<boolean>;
  end: (ending: RowEnding) => Promise<void>;
  settle: (settlement: Settlement) => Promise<SettleAnswer>;
  venues: VenueClient;
  credentialOf: (venue: Venue) => string | null;
  newId: (nowMs: number) => string;
  deadlineMs: number;
  metrics: WorkerMetrics;
  log: Log;
}

/** Both scores of the call for an answer; null is no answer. */
export type ScoresOf = (
  answer: (Pick<ReplayAnswer, 'text' | 'toolCalls'> & Partial<Pick<ReplayAnswer, 'body'>>) | null,
  /** Named where the answer is a candidate's. */
  candidateRoute?: string,
) => Promise<{ candidate: number; baseline: number; missing?: string }>;

export interface ReplayTask {
  job: MirrorJob;
  index: RoutingIndex;
  useCase: IndexedUseCase;
  call: ReadCall;
  plan: ReplayPlan;
  attemptId: string;
  scoresOf: ScoresOf;
}

/** Well past the deadline of a replay; a hold still open then belongs to a worker that died. */
const holdLifetimeMs = 180_000;
const writeTriesMax = 5;
const writeRetryMs = 200;

/** Throws before anything is sent, or not at all: then the job may be tried again. */
export async function replayCall(parts: ReplayParts, task: ReplayTask): Promise<void> {
  const { job, index, useCase, plan, attemptId } = task;
  const { route, venue } = plan.placed;
  const count = (outcome: string) => parts.metrics.replays.inc({ route: route.id, outcome });
  const credential = parts.credentialOf(venue);
  const { slug, team, mode } = useCase.definition;
  const admittedAtMs = Date.now();
  const callId = parts.newId(admittedAtMs);
  const held = await parts.hold({
    holdId: attemptId,
    callId,
    amountNanoUsd: nanoCeil(plan.ceilingPicoUsd),
    envelopes: index.envelopes({
      team,
      useCase: slug,
      key: null,
      purpose: 'shadow',
      mode,
      model: route.model,
      tag: null,
    }),
    expiresInMs: holdLifetimeMs,
  });
  if (held.outcome === 'unknown_envelope') throw new Error(`The desk does not know the envelope ${held.envelope} yet.`);
  if (held.outcome === 'refused') {
    count('no_money');
    return parts.end({ attemptId, state: 'void', reason: 'envelope' });
  }
  if (!(await parts.claim(attemptId))) return;
  const { protocol } = task.call.request;
  const { body, outputTokensMax: maxOutputTokens } = plan;
  const asked = { protocol: protocol.name, path: protocol.path, body, maxOutputTokens };
  const request = { venue, route, credential, requestId: attemptId, ...asked };
  const answer = await sendReplay(parts.venues, request, protocol, parts.deadlineMs);
  count(answer.outcome);
  const settlement = replaySettlement({
    job,
    index,
    plan,
    callId,
    attemptId,
    admittedAtMs,
    answer,
    useCase: useCase.definition,
    requestedModel: task.call.request.head.requestedModel,
    envelopes: held.envelopes,
    endedAtMs: Date.now(),
  });
  let scores: Awaited<ReturnType<ScoresOf>> | undefined;
  await Promise.all([
    stubbornly(parts, 'a settlement', () => parts.settle(settlement)),
    stubbornly(parts, 'a score', async () => {
      scores ??= await task.scoresOf(answer.text === null ? null : answer, route.id);
      await parts.end(scoredEnding(attemptId, scores));
    }),
  ]);
}

/** What a silent judge leaves is kept as such: it neither clears nor fails a candidate. */
export const scoredEnding = (
  attemptId: string,
  { candidate, baseline, missing }: Awaited<ReturnType<ScoresOf>>,
): RowEnding => ({
  attemptId,
  state: 'scored',
  candidate,
  baseline,
  ...(missing !== undefined && { unjudged: true }),
});

/**
 * What is never written is not lost: a settlement is booked at its ceiling when the hold expires, too much and flagged;
 * a score counts 0 when the line's timeout comes.
 */
async function stubbornly({ log }: ReplayParts, what: string, write: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await write();
      return;
    } catch (error) {
      log.warn({ tries, error: String(error) }, `${what} of a replay is not written`);
      if (tries >= writeTriesMax) return;
      await new Promise((resolve) => setTimeout(resolve, writeRetryMs * tries));
    }
  }
}
