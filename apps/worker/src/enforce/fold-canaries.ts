/**
 * Folds the canaries of one proof, strictly in the order they were admitted. A place that is not decided holds the line
 * until the timeout; what was lost on our side is then left out, because it says nothing about the candidate, whose own
 * missing answers were scored 0. Nothing left out counts towards the next ramp step.
 */
import { enforceCanary } from '#domain/gate/enforce-state.js';
import type { CanaryPlace, EnforcementStore } from '#postgres/evidence/enforcement.store.js';
import { type OccurredEvent, proofRow, type ProofRow, type ProofTerms, saveProof } from './change-proof.js';
import type { EnforcedProof } from './proof.js';

export interface FoldTerms extends ProofTerms {
  missingAfterMs: number;
}

export interface FoldedCanaries {
  folded: number;
  lost: number;
  events: OccurredEvent[];
}

const placesAtOnce = 500;

/** Null: another process has this proof. */
export function foldCanaries(
  store: EnforcementStore,
  proof: EnforcedProof,
  terms: FoldTerms,
): Promise<FoldedCanaries | null> {
  return store.changing(proof.verdict, async (change) => {
    const row = await proofRow(change, proof, terms.nowMs);
    const result: FoldedCanaries = { folded: 0, lost: 0, events: [] };
    if (row.state.demoted) return result;
    const from = row.nextPosition;
    const places = await change.places(proof.line, from, placesAtOnce);
    foldPlaces(row, places, terms.missingAfterMs, result);
    if (row.nextPosition > from) await saveProof(change, proof, row, result.events, terms);
    return result;
  });
}

function foldPlaces(row: ProofRow, places: CanaryPlace[], missingAfterMs: number, result: FoldedCanaries): void {
  const oldest = Math.max(0, ...places.map(({ ageMs }) => ageMs));
  for (const place of places) {
    if (row.state.demoted) return;
    if (place.position > row.nextPosition && oldest < missingAfterMs) return;
    const undecided = place.state === 'open' || place.state === 'claimed';
    if (undecided && place.ageMs < missingAfterMs) return;
    result.lost += place.position - row.nextPosition + Number(undecided);
    row.nextPosition = place.position + 1;
    if (place.state !== 'scored' || place.scoreCandidate === null) continue;
    const canary = { candidate: place.scoreCandidate, baseline: place.scoreBaseline, valid: place.valid };
    const { state, events } = enforceCanary(row.state, canary);
    row.state = state;
    result.folded += 1;
    result.events.push(...events.map((event) => ({ event, position: place.position })));
  }
}
