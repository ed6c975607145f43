/**
 * Sets the share of calls each use case is replayed at where nobody has declared one, from what the ledger sums to and
 * what was replayed so far. The share travels in the snapshot; a proxy draws at it and logs it before there is an answer.
 */
import type { PlannedShare } from '#contracts/snapshot-parts.js';
import type { PublishedUseCase } from '#contracts/snapshot.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import { planShadow } from '#domain/shadow/plan-shadow.js';
import { isAnotherShare, shareToDraw } from '#domain/shadow/share-to-draw.js';
import { declaredAllowance, lookBackFrom, shadowTraffic } from '#domain/shadow/shadow-traffic.js';
import { type Publishing, publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { Log } from '#runtime/log.js';
import type { WorkerStores } from '../worker-stores.js';

export type PlanSharesParts = Pick<WorkerStores, 'rollUps' | 'evidence' | 'lines' | 'admin'> & {
  current: () => RoutingIndex | null;
  publishing: Publishing;
  log: Log;
};

/** Stands in the snapshot's history as the one who published it. */
const actor = 'shadow';
/** As in the plan that is shown before anyone commits to it. */
const supposedDrop = 0.05;

/** Returns how many shares have changed. Throws what `publishSnapshot` throws; then they are planned again. */
export async function planShares(parts: PlanSharesParts, nowMs: number): Promise<number> {
  const index = parts.current();
  if (!index) return 0;
  const declared = new Map((await parts.admin.useCases.list()).map(({ definition }) => [definition.slug, definition]));
  const open = [...index.useCases.values()]
    .map(({ definition }) => definition)
    .filter(({ slug, mode }) => mode !== 'off' && declared.get(slug)?.samplingShare === null);
  if (open.length === 0) return 0;
  await parts.rollUps.grow();
  const { rows } = await parts.rollUps.read({ fromDay: lookBackFrom(nowMs), toDay: '9999-12-31' });
  const envelopes = (await parts.admin.envelopes.list()).map(({ definition }) => definition);
  const before = await parts.admin.shadowPlans.all();
  const changed = new Map<string, PlannedShare>();
  for (const useCase of open) {
    const plan = planShadow({
      ...shadowTraffic(rows, useCase, nowMs),
      allowancePicoUsdPerDay: declaredAllowance(envelopes, useCase.slug),
      floor: useCase.floor,
      terms: useCase.gate,
      assumedMean: (1 + useCase.floor.absolute) / 2,
      drop: supposedDrop,
      share: null,
    });
    const paidByCandidate = await paidOf(parts, index, useCase);
    const next = { gate: useCase.gateHash, ...shareToDraw({ paidByCandidate, plan }) };
    if (isAnotherShare(before[useCase.slug], next)) changed.set(useCase.slug, next);
  }
  if (changed.size === 0) return 0;
  await publishSnapshot(parts.publishing, actor, async ({ shadowPlans }) => {
    for (const [slug, share] of changed) await shadowPlans.put(slug, share);
    return { result: null, entries: [] };
  });
  for (const [useCase, plan] of changed) parts.log.info({ useCase, ...plan }, 'another share of calls is replayed');
  return changed.size;
}

/** Of each candidate that is still replayed, how many replays were paid under this gate. */
async function paidOf(
  { evidence, lines }: PlanSharesParts,
  index: RoutingIndex,
  { slug, gateHash, candidates }: PublishedUseCase,
): Promise<number[]> {
  const paid = await evidence.paidReplays(gateHash);
  const stopped = new Set(
    (await lines.list(slug))
      .filter(({ gate, candidate, revision, stopped: why }) => {
        return gate === gateHash && why !== null && index.routes.get(candidate)?.route.revision === revision;
      })
      .map(({ candidate }) => candidate),
  );
  return candidates.filter((candidate) => !stopped.has(candidate)).map((candidate) => paid.get(candidate) ?? 0);
}
