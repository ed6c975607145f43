/**
 * Plans a shadow from what was seen: calls on the baseline, what they cost, what each candidate was expected to cost for
 * them, and what its judge has cost so far.
 */
import type { ShadowPlanAnswer, ShadowPlanQuery } from '#contracts/api/shadow-api.js';
import type { CallRecord } from '#contracts/call-record.js';
import type { UseCase } from '#contracts/use-case.js';
import { embeddingRoutesOf, judgeRoutesOf } from '#domain/gate/graders/check-grader.js';
import { callRecordOf } from '#domain/ledger/call-entry.js';
import { describePlan } from '#domain/shadow/describe-plan.js';
import { bootstrapShare, planShadow } from '#domain/shadow/plan-shadow.js';
import { declaredAllowance } from '#domain/shadow/shadow-traffic.js';
import type { ControlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';
import { publishedUseCase } from '../published-use-case.js';
import { recentCalls } from '../recent-calls.js';

const dayMs = 86_400_000;
const lookBackDays = 7;

interface SeenCall {
  admittedAtMs: number;
  costPicoUsd: bigint;
  /** All candidates together; null where one has no price. */
  candidatesPicoUsd: bigint | null;
}

/** Throws `not_found`. */
export async function readShadowPlan(
  context: ControlContext,
  slug: string,
  query: ShadowPlanQuery,
): Promise<ShadowPlanAnswer> {
  const useCase = (await context.stores.useCases.find(slug))?.definition;
  if (!useCase) throw notFound(`use case ${slug}`);
  const nowMs = context.nowMs();
  const fromMs = nowMs - lookBackDays * dayMs;
  const { calls } = await recentCalls(context, fromMs, (record) => seenOf(record, useCase));
  const oldest = Math.min(nowMs, ...calls.map((call) => call.admittedAtMs));
  const observedDays = Math.min(lookBackDays, Math.max(1, (nowMs - oldest) / dayMs));
  const seenPerDay = calls.length === 0 ? null : calls.length / observedDays;
  const callsPerDay = query.callsPerDay ?? seenPerDay;
  const spend = calls.reduce((sum, call) => sum + call.costPicoUsd, 0n);
  const baselineSpendPicoUsdPerDay = BigInt(Math.round(Number(spend) / observedDays));
  const costPerSamplePicoUsd = await costPerSample(context, useCase, calls, fromMs);
  const envelopes = (await context.stores.envelopes.list()).map(({ definition }) => definition);
  const allowancePicoUsdPerDay = declaredAllowance(envelopes, slug);
  const { absolute } = useCase.floor;
  const plan = planShadow({
    callsPerDay,
    baselineSpendPicoUsdPerDay,
    costPerSamplePicoUsd,
    allowancePicoUsdPerDay,
    floor: useCase.floor,
    terms: useCase.gate,
    assumedMean: absolute + (1 - absolute) / 2,
    drop: query.drop,
    share: query.share ?? null,
  });
  return {
    useCase: slug,
    callsPerDay,
    observedDays,
    baselineSpendPicoUsdPerDay,
    costPerSamplePicoUsd,
    declaredShare: useCase.samplingShare,
    ...(await drawnNow(context, useCase)),
    drop: query.drop,
    ...plan,
    says: describePlan(plan, callsPerDay, query.drop),
  };
}

/** As the snapshot in force has it. */
async function drawnNow(
  context: ControlContext,
  { slug, samplingShare }: UseCase,
): Promise<Pick<ShadowPlanAnswer, 'drawnShare' | 'drawnBy'>> {
  if (samplingShare !== null) return { drawnShare: samplingShare, drawnBy: 'declared' };
  const published = await publishedUseCase(context, slug);
  const planned = (await context.stores.shadowPlans.all())[slug];
  const drawnBy = planned && planned.gate === published?.gateHash ? planned.shareBy : 'bootstrap';
  return { drawnShare: published?.samplingShare ?? bootstrapShare, drawnBy };
}

/** Null for what evidence cannot be about. */
function seenOf(record: CallRecord, useCase: UseCase): SeenCall | null {
  if (record.useCase !== useCase.slug || record.outcome !== 'served' || record.route !== useCase.baseline) return null;
  const costs = useCase.candidates.map(
    (candidate) => record.decision?.considered.find(({ route }) => route === candidate)?.expectedCostPicoUsd ?? null,
  );
  const known = costs.filter((cost) => cost !== null);
  return {
    admittedAtMs: Date.parse(record.admittedAt),
    costPicoUsd: record.costPicoUsd,
    candidatesPicoUsd: known.length < costs.length ? null : known.reduce((sum, cost) => sum + cost, 0n),
  };
}

async function costPerSample(
  context: ControlContext,
  useCase: UseCase,
  calls: SeenCall[],
  fromMs: number,
): Promise<bigint | null> {
  const priced = calls.map((call) => call.candidatesPicoUsd).filter((cost) => cost !== null);
  if (priced.length === 0 || priced.length < calls.length) return null;
  const replays = priced.reduce((sum, cost) => sum + cost, 0n) / BigInt(priced.length);
  const asksNobody = judgeRoutesOf(useCase.grader).length + embeddingRoutesOf(useCase.grader).length === 0;
  if (asksNobody) return replays;
  const judged = await judgedPerCall(context, useCase.slug, fromMs);
  return judged === null ? null : replays + judged;
}

/** What judging one live call has cost on average; null where nothing was judged. */
async function judgedPerCall(
  { ledger, organisation }: ControlContext,
  useCase: string,
  fromMs: number,
): Promise<bigint | null> {
  const judged = new Set<string | null>();
  let cost = 0n;
  const toIndex = await ledger.size(organisation);
  for await (const { entry } of ledger.entries(organisation, { fromIndex: 0, toIndex, kinds: ['judge'] })) {
    const record = callRecordOf(entry);
    if (record?.useCase !== useCase || Date.parse(record.admittedAt) < fromMs) continue;
    judged.add(record.replayOf);
    cost += record.costPicoUsd;
  }
  return judged.size === 0 ? null : cost / BigInt(judged.size);
}
