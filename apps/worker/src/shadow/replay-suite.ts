/**
 * Replays suites: once a week from their upload on, or when somebody wants it, cases are drawn from the suite and asked as
 * a sampled call is, through the same holds, graders and tables, in a line of evidence of their own (docs/decisions/0008).
 */
import { randomInt } from 'node:crypto';
import type { MirrorJob } from '#contracts/jobs.js';
import { mirrorLifetimeMs } from '#contracts/mirror-store.js';
import type { IndexedUseCase, RoutingIndex } from '#domain/routing/routing-index.js';
import {
  asksForTools,
  comparesWithBaseline,
  drawsMax,
  suiteCallOf,
  suiteLineOf,
  suitePassDays,
  whyNotReplayed,
} from '#domain/suite/suite-line.js';
import type { CaseInput } from '#domain/suite/suite-hash.js';
import type { SuitePass, SuitePassStore } from '#postgres/evidence/suite-pass.store.js';
import { protocolNamed } from '#protocols/registry.js';
import { seal } from '#runtime/seal.js';
import { planReplay } from './plan-replay.js';
import { replayCall } from './replay-call.js';
import { replayMirrored, type ReplayMirroredParts } from './replay-mirrored.js';

export interface ReplaySuiteParts extends ReplayMirroredParts {
  organisation: string;
  current: () => RoutingIndex | null;
  passes: Pick<SuitePassStore, 'latest' | 'draw' | 'finish' | 'wanted'>;
  /** The current suite: since when, and the digests of its cases whose inputs are kept, with tools where those are needed. */
  suite: (useCase: string, which: { withTools: boolean }) => Promise<{ uploadedAtMs: number; cases: string[] } | null>;
  /** Null: it is not kept any more. */
  input: (useCase: string, digest: string) => Promise<CaseInput | null>;
}

const dayMs = 86_400_000;
const casesAtOnce = 8;
const spoken = protocolNamed('openai-chat');

/** Starts what is due and goes on with what was broken off. Returns how many passes were finished. */
export async function replaySuites(parts: ReplaySuiteParts, nowMs: number): Promise<number> {
  const index = parts.current();
  if (!index) return 0;
  const wanted = await parts.passes.wanted();
  let finished = 0;
  for (const useCase of index.useCases.values()) {
    const { slug } = useCase.definition;
    if (whyNotReplayed(useCase.definition) !== null) continue;
    const pass = await passOf(parts, useCase, { nowMs, wanted: wanted.has(slug) });
    if (!pass) continue;
    await runPass(parts, index, useCase, pass);
    await parts.passes.finish(pass);
    parts.grown(slug);
    finished += 1;
  }
  return finished;
}

/** Null: none is due. Draws are with replacement and written down before the first case is asked. */
async function passOf(
  { passes, suite }: ReplaySuiteParts,
  { definition }: IndexedUseCase,
  { nowMs, wanted }: { nowMs: number; wanted: boolean },
): Promise<Pick<SuitePass, 'line' | 'pass' | 'firstPosition' | 'draws'> | null> {
  const { slug, gateHash } = definition;
  const line = suiteLineOf(gateHash);
  const latest = await passes.latest(line);
  if (latest && !latest.done) return latest;
  const current = await suite(slug, { withTools: asksForTools(definition) });
  if (!current || current.cases.length === 0) return null;
  const lastMs = latest?.drawnAtMs ?? current.uploadedAtMs;
  if (!wanted && nowMs - lastMs < suitePassDays * dayMs) return null;
  const known = current.cases;
  const count = Math.min(known.length, drawsMax);
  const draws = Array.from({ length: count }, () => known[randomInt(known.length)]!);
  const firstPosition = latest ? latest.firstPosition + latest.draws.length : 1;
  const next = { line, pass: (latest?.pass ?? 0) + 1, useCase: slug, firstPosition, draws };
  return (await passes.draw(next)) ? next : null;
}

async function runPass(
  parts: ReplaySuiteParts,
  index: RoutingIndex,
  useCase: IndexedUseCase,
  { line, firstPosition, draws }: Pick<SuitePass, 'line' | 'firstPosition' | 'draws'>,
): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const askOne = async (): Promise<void> => {
    for (let at = next++; at < draws.length; at = next++) {
      const job = jobOf(parts, index, useCase, { line, position: firstPosition + at, probability: 1 / draws.length });
      await askCase(parts, index, useCase, job, draws[at]!).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: casesAtOnce }, askOne));
  // Only now: a pass that goes on while a part of it is still under way would take that part for lost.
  if (failures.length > 0) throw failures[0];
}

async function askCase(
  parts: ReplaySuiteParts,
  index: RoutingIndex,
  useCase: IndexedUseCase,
  job: MirrorJob,
  digest: string,
): Promise<void> {
  const input = await parts.input(useCase.definition.slug, digest);
  await replayMirrored(parts, { ...job, pointer: input && (await keepCase(parts, index, useCase, job, input)) });
}

function jobOf(
  { organisation }: ReplaySuiteParts,
  index: RoutingIndex,
  { definition, baseline }: IndexedUseCase,
  { line, position, probability }: { line: string; position: number; probability: number },
): MirrorJob {
  return {
    ...suiteCallOf({ line, position }),
    organisation,
    useCase: definition.slug,
    snapshot: index.snapshot.version,
    route: baseline.route.id,
    protocol: spoken.name,
    stream: false,
    admittedAt: new Date().toISOString(),
    line: { gate: line, position, probability },
    pointer: null,
  };
}

/** The case as the copy of a call: what it asks and, where a claim compares with it, what the baseline answers. */
async function keepCase(
  parts: ReplaySuiteParts,
  index: RoutingIndex,
  useCase: IndexedUseCase,
  job: MirrorJob,
  input: CaseInput,
): Promise<string | null> {
  const body = requestOf(useCase.baseline.route.model, input);
  const answer = comparesWithBaseline(useCase.definition)
    ? await askBaseline(parts, index, useCase, job, body)
    : Buffer.alloc(0);
  if (answer === null) return null;
  const copy = {
    requestBody: body.toString('base64'),
    answerBody: answer.toString('base64'),
    answerContentType: 'application/json',
  };
  const sealed = seal(parts.sealKey, Buffer.from(JSON.stringify(copy)), `mirror|${job.callId}`);
  return (await parts.mirror.put(job.callId, sealed, mirrorLifetimeMs)) ? job.callId : null;
}

/** Null: it made no whole answer, or there is no money: nothing is observed. */
async function askBaseline(
  parts: ReplaySuiteParts,
  index: RoutingIndex,
  useCase: IndexedUseCase,
  job: MirrorJob,
  body: Buffer,
): Promise<Buffer | null> {
  const { head } = spoken.readHead(body);
  if (!head) return null;
  const request = { head, body, protocol: spoken };
  const plan = planReplay(request, useCase.baseline, useCase.definition, index.prices, Date.now());
  if ('void' in plan) return null;
  let answered: Buffer | null = null;
  await replayCall(
    { ...parts, claim: () => Promise.resolve(true), end: () => Promise.resolve() },
    {
      job,
      index,
      useCase,
      call: { request, baseline: { text: null, toolCalls: null } },
      plan,
      attemptId: parts.newId(Date.now()),
      scoresOf: (answer) => {
        answered = answer?.body ?? null;
        return Promise.resolve({ candidate: 0, baseline: 0 });
      },
    },
  );
  return answered;
}

/** The case in chat completions' words, whatever its venues speak. What comes back is compared: no call is ever made. */
function requestOf(model: string, { input, system, tools, toolChoice }: CaseInput): Buffer {
  const messages = [
    ...(system === null ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: input },
  ];
  return Buffer.from(JSON.stringify({ model, messages, tools, tool_choice: toolChoice }));
}
