/** Cosine of two vectors, which says how alike two texts are and nothing about either being right. */

/** In [-1,1]; null where the lengths differ or one is zero, which is a broken answer of the route. */
export function cosineOf(a: readonly number[], b: readonly number[]): number | null {
  if (a.length !== b.length || a.length === 0) return null;
  let [dot, left, right] = [0, 0, 0];
  for (const [at, x] of a.entries()) {
    const y = b[at] ?? 0;
    dot += x * y;
    left += x * x;
    right += y * y;
  }
  const norm = Math.sqrt(left) * Math.sqrt(right);
  return norm > 0 && Number.isFinite(norm) ? dot / norm : null;
}
