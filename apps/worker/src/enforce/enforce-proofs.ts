/** One turn of keeping watch over what is enforced: follow the ledger, fold the canaries, publish what came of it. */
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import type { EnforcementStore } from '#postgres/evidence/enforcement.store.js';
import type { Log } from '#runtime/log.js';
import type { WorkerMetrics } from '../worker-metrics.js';
import type { OccurredEvent } from './change-proof.js';
import { foldCanaries } from './fold-canaries.js';
import { followCalls, type FollowParts, linesAtOnce } from './follow-calls.js';
import { enforcedProofs } from './proof.js';

export interface EnforceProofsParts {
  organisation: string;
  ledger: FollowParts['ledger'];
  enforcement: EnforcementStore;
  current: () => RoutingIndex | null;
  announce: () => Promise<number>;
  missingAfterMs: number;
  newId: (nowMs: number) => string;
  metrics: WorkerMetrics;
  log: Log;
}

/** True: there is more to do at once. */
export async function enforceProofs(parts: EnforceProofsParts, nowMs: number): Promise<boolean> {
  const { organisation, missingAfterMs, newId, metrics, log } = parts;
  const index = parts.current();
  if (!index) return false;
  const terms = { organisation, nowMs, missingAfterMs, newId: () => newId(nowMs) };
  const followed = await followCalls({ ledger: parts.ledger, store: parts.enforcement }, index, terms);
  const say = (events: OccurredEvent[]) => events.forEach(({ event }) => told(event, { metrics, log }));
  say(followed.events);
  let more = followed.lines === linesAtOnce;
  for (const proof of enforcedProofs(index)) {
    const folded = await foldCanaries(parts.enforcement, proof, terms);
    if (!folded) continue;
    metrics.canaries.inc({ route: proof.candidate, outcome: 'folded' }, folded.folded);
    metrics.canaries.inc({ route: proof.candidate, outcome: 'lost' }, folded.lost);
    say(folded.events);
    more ||= folded.events.length > 0;
  }
  await parts.announce();
  return more;
}

function told(event: OccurredEvent['event'], { metrics, log }: Pick<EnforceProofsParts, 'metrics' | 'log'>): void {
  metrics.enforcement.inc({ event: event.kind });
  if (event.kind === 'ramp') log.info({ ...event }, 'a ramp step');
  else {
    const { kind, canaries, floor } = event.detector;
    const words = event.kind === 'demotion' ? 'a route is demoted' : 'a detector warns';
    log.warn({ detector: kind, observed: canaries, floor }, words);
  }
}
