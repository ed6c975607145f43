/** Reads what a judge wrote. What is not exactly as asked is no judgement: a guess at it would be ours, not the judge's. */

/** The text's JSON object, bare or in one fence; null where there is none. */
export function judgementIn(text: string): Record<string, unknown> | null {
  const [, fenced] = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/u.exec(text) ?? [];
  try {
    const value: unknown = JSON.parse(fenced ?? text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null; // A judgement that is not JSON is missing, and counted as that.
  }
}

/** An integer 0…10, as a score in [0,1]. */
export function pointsIn(text: string): number | null {
  const score = judgementIn(text)?.['score'];
  return typeof score === 'number' && Number.isInteger(score) && score >= 0 && score <= 10 ? score / 10 : null;
}

export type Winner = 'A' | 'B' | 'tie';

export function winnerIn(text: string): Winner | null {
  const winner = judgementIn(text)?.['winner'];
  return winner === 'A' || winner === 'B' || winner === 'tie' ? winner : null;
}
