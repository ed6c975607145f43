/** Multisets of n-grams, for metrics that count how many two texts have in common. Texts are cut at a bound both sides share. */

/** Longer texts are cut here, so that no answer makes grading slow. */
export const unitsMax = 20_000;

export interface Overlap {
  matches: number;
  hypothesis: number;
  reference: number;
}

/** Requires n ≥ 1. The separator cannot stand in a unit. */
export function ngramCounts(units: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at + n <= units.length; at++) {
    const gram = n === 1 ? (units[at] ?? '') : units.slice(at, at + n).join('\u0000');
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** Matches are clipped: a gram counts no more often than the reference holds it. */
export function overlapOf(hypothesis: readonly string[], reference: readonly string[], n: number): Overlap {
  const given = ngramCounts(hypothesis, n);
  const wanted = ngramCounts(reference, n);
  let matches = 0;
  for (const [gram, count] of given) matches += Math.min(count, wanted.get(gram) ?? 0);
  return {
    matches,
    hypothesis: Math.max(0, hypothesis.length - n + 1),
    reference: Math.max(0, reference.length - n + 1),
  };
}
