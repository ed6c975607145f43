/**
 * A planning figure: how many scored calls a candidate would need in all, if it goes on scoring as it has.
 * It decides nothing; half of all runs need more.
 */
import type { Criterion, Verdict } from '#contracts/verdict.js';

/** By how much measured median sample sizes of this e-process exceed ln(K/α)/KL; the figures are in the README. */
const gridOverhead = 1.3;

/** Scores needed until every criterion clears; null when one has failed or its mean is not above its null, or nothing was scored. */
export function samplesToClear(finding: Pick<Verdict, 'criteria' | 'lnThreshold' | 'terms'>): number | null {
  if (finding.criteria.length === 0 || finding.criteria.some(({ firstFail }) => firstFail !== null)) return null;
  const needed = finding.criteria.map((criterion) => criterion.firstClear ?? samplesOf(criterion, finding.lnThreshold));
  if (needed.some((samples) => samples === null)) return null;
  return Math.max(finding.terms.samplesMin, finding.terms.clustersMin, ...needed.filter((samples) => samples !== null));
}

/** n ≈ 1.3 ln(K/α)/KL(p‖F) for scores of 0 and 1, else 1.3 · 2 s² ln(K/α)/gap², on the transformed scale. */
function samplesOf(criterion: Criterion, lnThreshold: number): number | null {
  const m = criterion.nullMean;
  const count = criterion.histogram.reduce((total, [, times]) => total + times, 0);
  const mean = criterion.histogram.reduce((total, [x, times]) => total + x * times, 0) / count;
  if (mean <= m) return null;
  const binary = criterion.histogram.every(([x]) => x === 0 || x === 1);
  if (binary) return Math.ceil((gridOverhead * lnThreshold) / relativeEntropy(mean, m));
  const variance = criterion.histogram.reduce((total, [x, times]) => total + times * (x - mean) ** 2, 0) / count;
  const rate = variance === 0 ? relativeEntropy(mean, m) : (mean - m) ** 2 / (2 * variance);
  return Math.ceil((gridOverhead * lnThreshold) / rate);
}

/** KL(p‖q) of two coins, in nats. */
function relativeEntropy(p: number, q: number): number {
  const part = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  return part(p, q) + part(1 - p, 1 - q);
}
