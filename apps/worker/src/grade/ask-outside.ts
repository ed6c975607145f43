/**
 * Gets what graders ask for: runs scripts in the sandbox, asks judges and embeddings routes with money of the envelopes
 * for judging. What cannot be had is missing; that is never a judgement, and what it counts as is the grader's business.
 */
import type { HoldAnswer, HoldRequest, SettleAnswer, Settlement } from '#contracts/envelope-desk.js';
import type { MirrorJob } from '#contracts/jobs.js';
import type { PublishedUseCase } from '#contracts/snapshot.js';
import type { Tier } from '#contracts/price.js';
import type { Usage } from '#contracts/usage.js';
import type { Route, Venue } from '#contracts/venue.js';
import type { GradeFinding, GradeNeed } from '#domain/gate/graders/grade.js';
import { ceilingOf, nanoCeil } from '#domain/pricing/ceiling-of.js';
import { policyAgainst } from '#domain/routing/eligible.js';
import type { PlacedRoute, RoutingIndex } from '#domain/routing/routing-index.js';
import { protocolNamed } from '#protocols/registry.js';
import { lookAtPictures } from '#runtime/pictures/look-at-pictures.js';
import { measureRag, ragTokensMax } from '#runtime/rag/measure-rag.js';
import type { ScriptSandbox } from '#runtime/sandbox/script-sandbox.js';
import { judgeSettlement } from './judge-record.js';
import { embeddingsAnswer } from './read-embeddings.js';

/** What came back of one request to a venue; `body` is null where nothing whole did. */
export interface OutsideAnswer {
  outcome: 'served' | 'fault' | 'truncated';
  status: number | null;
  requestSent: boolean;
  usage: Usage;
  servedModel: string | null;
  servedTier: Tier | null;
  text: string | null;
  body: Buffer | null;
  latencyMs: number;
  firstByteMs: number | null;
}

export interface AskOutsideParts {
  sandbox: ScriptSandbox;
  hold: (request: HoldRequest) => Promise<HoldAnswer>;
  settle: (settlement: Settlement) => Promise<SettleAnswer>;
  /** Never rejects. */
  send: (request: {
    venue: Venue;
    route: Route;
    credential: string | null;
    path: string;
    body: Buffer;
    requestId: string;
  }) => Promise<OutsideAnswer>;
  credentialOf: (venue: Venue) => string | null;
  newId: (nowMs: number) => string;
  count: (outcome: string) => void;
}

/** The call whose answers are being graded. */
export interface JudgedCall {
  job: MirrorJob;
  index: RoutingIndex;
  useCase: PublishedUseCase;
}

/** What is asked, of whatever model the route has. */
interface Question {
  path: string;
  body: object;
  maxOutputTokens: number;
}

const chat = protocolNamed('openai-chat');
const holdLifetimeMs = 180_000;
const missing = (reason: string): GradeFinding => ({ kind: 'missing', reason });

/** The envelope for judging has no room. Before a candidate was asked, the place is void; afterwards its judge is missing. */
export class NoJudgeMoney extends Error {
  readonly code = 'no_judge_money';
  constructor(envelope: string) {
    super(`The envelope ${envelope} has no room for a judgement.`);
  }
}

export class AskOutside {
  constructor(private readonly parts: AskOutsideParts) {}

  /** Rejects with `NoJudgeMoney`, and while the desk does not answer: both before anything was sent. */
  async find(need: GradeNeed, call: JudgedCall): Promise<GradeFinding> {
    if (need.kind === 'run') return { kind: 'run', passed: (await this.parts.sandbox.run(need)).passed };
    if (need.kind === 'look') return { kind: 'look', ...(await lookAtPictures(need.pictures)) };
    const finding = await this.ask(need, call);
    this.parts.count(finding.kind === 'missing' ? 'missing' : 'served');
    return finding;
  }

  private async ask(need: Exclude<GradeNeed, { kind: 'run' | 'look' }>, call: JudgedCall): Promise<GradeFinding> {
    if (need.kind === 'rag') return this.measure(need, call);
    const answer = await this.answer(need.route, questionOf(need), call);
    if ('missing' in answer) return missing(answer.missing);
    if (need.kind === 'ask') return answer.text === null ? missing('no_answer') : { kind: 'ask', text: answer.text };
    const vectors = answer.body && embeddingsAnswer(answer.body, need.texts.length);
    return vectors ? { kind: 'embed', vectors } : missing('no_answer');
  }

  /** Every request a measure makes is held, sent and settled like any question to a judge. */
  private async measure(need: Extract<GradeNeed, { kind: 'rag' }>, call: JudgedCall): Promise<GradeFinding> {
    let against: string | null = null;
    const bodyOf = async (route: string, question: Question): Promise<Buffer | null> => {
      const answer = await this.answer(route, question, call);
      if ('missing' in answer) against = answer.missing;
      return 'missing' in answer || answer.outcome !== 'served' ? null : answer.body;
    };
    const measured = await measureRag(need, {
      chat: async (request) => {
        const body = await bodyOf(need.route, { path: chat.path, body: request, maxOutputTokens: ragTokensMax });
        return body && (JSON.parse(body.toString('utf8')) as unknown);
      },
      embed: async (input) => {
        if (need.embeddings === null) return null;
        const body = await bodyOf(need.embeddings, { path: '/embeddings', body: { input }, maxOutputTokens: 0 });
        return body && embeddingsAnswer(body, input.length);
      },
    });
    return 'score' in measured ? { kind: 'rag', score: measured.score } : missing(against ?? measured.missing);
  }

  /** Or why nobody was asked. */
  private async answer(
    route: string,
    question: Question,
    call: JudgedCall,
  ): Promise<OutsideAnswer | { missing: string }> {
    const { index, useCase } = call;
    const placed = index.routes.get(route);
    if (!placed) return { missing: 'unknown_route' };
    const against = policyAgainst(placed, useCase.policy);
    if (against) return { missing: against };
    const body = Buffer.from(JSON.stringify({ model: placed.route.model, ...question.body }));
    const ceilingPicoUsd = ceilingOf(
      {
        inputTokensMax: Math.min(body.length, placed.route.contextWindow),
        outputTokensMax: question.maxOutputTokens,
        choices: 1,
      },
      index.prices,
      placed.route,
      Date.now(),
    );
    if (ceilingPicoUsd === null) return { missing: 'unpriced' };
    return this.paid(call, placed, { path: question.path, body }, ceilingPicoUsd);
  }

  /** hold → send → settle, once. A settlement that is not written is booked at its ceiling when the hold expires. */
  private async paid(
    call: JudgedCall,
    placed: PlacedRoute,
    { path, body }: { path: string; body: Buffer },
    ceilingPicoUsd: bigint,
  ): Promise<OutsideAnswer> {
    const { hold, settle, send, credentialOf, newId } = this.parts;
    const { slug, team, mode } = call.useCase;
    const admittedAtMs = Date.now();
    const [callId, attemptId] = [newId(admittedAtMs), newId(admittedAtMs)];
    const held = await hold({
      holdId: attemptId,
      callId,
      amountNanoUsd: nanoCeil(ceilingPicoUsd),
      envelopes: call.index.envelopes({
        team,
        useCase: slug,
        key: null,
        purpose: 'judge',
        mode,
        model: placed.route.model,
        tag: null,
      }),
      expiresInMs: holdLifetimeMs,
    });
    if (held.outcome === 'unknown_envelope')
      throw new Error(`The desk does not know the envelope ${held.envelope} yet.`);
    if (held.outcome === 'refused') throw new NoJudgeMoney(held.refusal.envelope);
    const { venue, route } = placed;
    const sent = await send({ venue, route, credential: credentialOf(venue), path, body, requestId: attemptId });
    // Vectors have no finish reason, by which a chat answer is known to be whole.
    const answer: OutsideAnswer = path === '/embeddings' && sent.body ? { ...sent, outcome: 'served' } : sent;
    const endedAtMs = Date.now();
    await settle(
      judgeSettlement({
        ...call,
        placed,
        callId,
        attemptId,
        envelopes: held.envelopes,
        ceilingPicoUsd,
        admittedAtMs,
        endedAtMs,
        answer,
      }),
    );
    return answer;
  }
}

function questionOf(need: Extract<GradeNeed, { kind: 'ask' | 'embed' }>): Question {
  if (need.kind === 'embed') return { path: '/embeddings', body: { input: need.texts }, maxOutputTokens: 0 };
  const messages = [
    { role: 'system', content: need.system },
    { role: 'user', content: need.user },
  ];
  const { maxOutputTokens } = need;
  return { path: chat.path, body: { messages, max_tokens: maxOutputTokens }, maxOutputTokens };
}
