/**
 * Folds what became of a line's places, strictly in order. A place nobody has seen, or a part that has not ended, holds
 * the line; past the timeout it counts against the candidate. Pure: the age of each place is passed in.
 */
import { foldScore, type ScoredCall } from '#domain/gate/fold-score.js';
import type { GateState } from '#domain/gate/gate-state.js';
import type { EvidencePlace } from '#postgres/evidence/evidence-line.store.js';

/** What nobody knows counts against the claim on both criteria: the candidate wrong, the baseline right. */
export const unknownScore = { candidate: 0, baseline: 1 } as const;

type Scores = Pick<ScoredCall, 'unjudged'> & { candidate: number; baseline: number };

export interface FoldedPlaces {
  state: GateState;
  nextPosition: number;
  folded: number;
  /** Places to close without their calls: they were folded as lost. */
  missing: { position: number; admittedAtMs: number }[];
  /** Parts to close without their answer: they were folded as lost. */
  unanswered: { position: number; candidate: number; baseline: number }[];
}

/** Requires `places` in order of position, from `nextPosition` on. A place that is held ends the folding. */
export function foldPlaces(
  from: GateState,
  nextPosition: number,
  places: readonly EvidencePlace[],
  missingAfterMs: number,
): FoldedPlaces {
  const result: FoldedPlaces = { state: from, nextPosition, folded: 0, missing: [], unanswered: [] };
  const fold = (position: number, admittedAtMs: number, scores: Scores) => {
    result.state = foldScore(result.state, { ...scores, admittedAtMs, position });
    result.folded += 1;
  };
  const laterAges = oldestFromHere(places);
  for (const [at, place] of places.entries()) {
    const { admittedAtMs } = place;
    if (place.position > result.nextPosition && (laterAges[at] ?? 0) < missingAfterMs) return result;
    for (let { nextPosition: position } = result; position < place.position; position++) {
      result.missing.push({ position, admittedAtMs });
      fold(position, admittedAtMs, unknownScore);
    }
    result.nextPosition = place.position;
    const scores = scoresOf(place);
    if (scores === 'held') {
      if (place.ageMs < missingAfterMs) return result;
      result.unanswered.push({ position: place.position, ...unknownScore });
      fold(place.position, admittedAtMs, unknownScore);
    } else if (scores) fold(place.position, admittedAtMs, scores);
    result.nextPosition = place.position + 1;
  }
  return result;
}

/** Null: nothing was observed here, whatever the candidate would have answered. */
function scoresOf(place: EvidencePlace): Scores | 'held' | null {
  if (place.missing) return unknownScore;
  if (place.state === null || place.state === 'void') return null;
  if (place.state !== 'scored') return 'held';
  if (place.scoreCandidate === null || place.scoreBaseline === null)
    throw new Error(`place ${place.position} is scored without scores`);
  return {
    candidate: place.scoreCandidate,
    baseline: place.scoreBaseline,
    ...(place.unjudged && { unjudged: true }),
  };
}

/** For each place, the greatest age among it and those after it: how long a gap before it has been known. */
function oldestFromHere(places: readonly EvidencePlace[]): number[] {
  const ages: number[] = [];
  for (let at = places.length - 1, oldest = 0; at >= 0; at--) {
    oldest = Math.max(oldest, places[at]?.ageMs ?? 0);
    ages[at] = oldest;
  }
  return ages;
}
