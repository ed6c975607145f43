/**
 * Notes when each candidate was last observed, live, on the suite or as a canary, and publishes it: a proof under which
 * nobody has looked for a week is not served by. Noted twice a day at most, so that traffic alone makes no snapshots.
 */
import type { ObservedAt } from '#contracts/snapshot-parts.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import { suiteLineOf } from '#domain/suite/suite-line.js';
import { type Publishing, publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { WorkerStores } from '../worker-stores.js';

export type NoteFreshnessParts = Pick<WorkerStores, 'suitePasses' | 'admin'> & {
  current: () => RoutingIndex | null;
  publishing: Publishing;
};

const actor = 'gate';
const notedEveryMs = 12 * 3_600_000;

/** Returns how many observations were noted. Throws what `publishSnapshot` throws. */
export async function noteFreshness(parts: NoteFreshnessParts): Promise<number> {
  const index = parts.current();
  if (!index) return 0;
  const before = new Map((await parts.admin.freshness.all()).map((one) => [keyOf(one), Date.parse(one.observedAt)]));
  const later = (await observedNow(parts, index)).filter(
    (one) => Date.parse(one.observedAt) - (before.get(keyOf(one)) ?? 0) >= notedEveryMs,
  );
  if (later.length === 0) return 0;
  await publishSnapshot(parts.publishing, actor, async ({ freshness }) => {
    for (const one of later) await freshness.put(one);
    return { result: null, entries: [] };
  });
  return later.length;
}

const keyOf = ({ gate, candidate, revision }: Omit<ObservedAt, 'observedAt'>) => `${gate} ${candidate} ${revision}`;

async function observedNow({ suitePasses }: NoteFreshnessParts, index: RoutingIndex): Promise<ObservedAt[]> {
  const useCases = [...index.useCases.values()].filter(({ definition }) => definition.mode !== 'off');
  const gates = new Map(
    useCases.flatMap(({ definition: { gateHash } }) =>
      [gateHash, suiteLineOf(gateHash)].map((line) => [line, gateHash]),
    ),
  );
  const canaries = new Map(
    useCases.flatMap(({ definition, cleared }) =>
      [...cleared].map(([candidate, { canaryLine }]) => [canaryLine, { gate: definition.gateHash, candidate }]),
    ),
  );
  const latest = new Map<string, ObservedAt>();
  const note = (one: ObservedAt) => {
    const known = latest.get(keyOf(one));
    if (!known || known.observedAt < one.observedAt) latest.set(keyOf(one), one);
  };
  for (const { line, candidate, revision, atMs } of await suitePasses.lastObserved([...gates.keys()]))
    note({ gate: gates.get(line)!, candidate, revision, observedAt: new Date(atMs).toISOString() });
  for (const [line, atMs] of await suitePasses.lastCanaries([...canaries.keys()])) {
    const { gate, candidate } = canaries.get(line)!;
    const revision = index.routes.get(candidate)?.route.revision;
    if (revision !== undefined) note({ gate, candidate, revision, observedAt: new Date(atMs).toISOString() });
  }
  return [...latest.values()];
}
