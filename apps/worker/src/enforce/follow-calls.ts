/**
 * Follows the ledger for what became of enforced calls: whether the route answered at all, and how many there were. Lines
 * are taken in the order of the ledger and once, so that whoever has the ledger folds the same.
 */
import type { Entry } from '#contracts/entry.js';
import { countTraffic } from '#domain/gate/canary-terms.js';
import { enforceCall } from '#domain/gate/enforce-state.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import type { EnforcementChange, EnforcementStore } from '#postgres/evidence/enforcement.store.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { type OccurredEvent, proofRow, type ProofTerms, saveProof } from './change-proof.js';
import { type EnforcedProof, enforcedProofs } from './proof.js';

export interface FollowParts {
  ledger: Pick<LedgerStore, 'size' | 'entries'>;
  store: EnforcementStore;
}

/** One enforced call on a route: null where it says nothing of the route. */
interface SeenCall {
  index: number;
  atMs: number;
  answered: boolean | null;
}

export const linesAtOnce = 2_000;

/** Returns what happened, and how many lines were passed. */
export async function followCalls(
  { ledger, store }: FollowParts,
  index: RoutingIndex,
  terms: ProofTerms,
): Promise<{ lines: number; events: OccurredEvent[] }> {
  const size = await ledger.size(terms.organisation);
  const followed = await store.followedTo(terms.organisation);
  // What was before this worker's time is not followed.
  const from = followed ?? size;
  const to = Math.min(size, from + linesAtOnce);
  const events: OccurredEvent[] = [];
  if (followed === to) return { lines: 0, events };
  const proofs = new Map(enforcedProofs(index).map((proof) => [`${proof.useCase.slug} ${proof.candidate}`, proof]));
  const seen = new Map<EnforcedProof, SeenCall[]>();
  if (proofs.size > 0 && to > from)
    for await (const line of ledger.entries(terms.organisation, {
      fromIndex: from,
      toIndex: to,
      kinds: ['call', 'attempt'],
    })) {
      const { useCase, route } = line.entry.body;
      const proof = proofs.get(`${String(useCase)} ${String(route)}`);
      if (!proof || !isChosen(line.entry.body, proof)) continue;
      const call = {
        index: line.index,
        atMs: Date.parse(line.entry.occurredAt),
        answered: answeredIn(line.entry.body),
      };
      seen.set(proof, [...(seen.get(proof) ?? []), call]);
    }
  const changes = new Map(
    [...seen].map(([proof, calls]) => [
      proof.verdict,
      async (change: EnforcementChange) => void events.push(...(await foldCalls(change, proof, calls, terms))),
    ]),
  );
  const ours = await store.follow(terms.organisation, from, to, changes);
  return ours ? { lines: to - from, events } : { lines: 0, events: [] };
}

/** What a caller pinned was not chosen for it. */
const isChosen = (body: Entry['body'], { useCase }: EnforcedProof): boolean =>
  body['mode'] === 'enforce' && (body['decision'] as { requested?: string } | null)?.requested === useCase.baseline;

/**
 * A venue that refuses a request (4xx) has answered about the request, not failed; a call cut off without a status is
 * our own process that died. Timeouts and broken-off answers count against the route.
 */
function answeredIn(body: Entry['body']): boolean | null {
  const status = typeof body['status'] === 'number' ? body['status'] : null;
  if (body['outcome'] === 'served') return true;
  if (body['outcome'] === 'truncated') return status === null ? null : false;
  if (body['outcome'] !== 'fault') return null;
  return status !== null && status >= 400 && status < 500 && status !== 408 ? null : false;
}

async function foldCalls(
  change: EnforcementChange,
  proof: EnforcedProof,
  calls: SeenCall[],
  terms: ProofTerms,
): Promise<OccurredEvent[]> {
  const row = await proofRow(change, proof, terms.nowMs);
  if (row.state.demoted) return [];
  const events: OccurredEvent[] = [];
  for (const { index, atMs, answered } of calls) {
    row.traffic = countTraffic(row.traffic, atMs, 1);
    if (answered === null || row.state.demoted) continue;
    const folded = enforceCall(row.state, answered);
    row.state = folded.state;
    events.push(...folded.events.map((event) => ({ event, position: index })));
  }
  await saveProof(change, proof, row, events, terms);
  return events;
}
