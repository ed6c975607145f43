/**
 * Planning figures: how many scored calls, and how many days, a candidate would need in all. They decide nothing, but for
 * one thing: a candidate that even at its most hopeful could not be proved before its evidence expires is futile.
 */
import type { Criterion, Verdict } from '#contracts/verdict.js';
import { histogramDown, summaryOf } from './score-grid.js';

/** By how much measured median sample sizes of this e-process exceed ln(K/α)/KL; the figures are in the README. */
const gridOverhead = 1.3;

type Planned = Pick<Verdict, 'lnThreshold' | 'terms'> & { criteria: readonly Criterion[] };

/**
 * Scores needed until every criterion clears, were each mean what it has been, or its upper bound; half of all runs need
 * more. Null when one has failed or its mean is not above its null, or nothing was scored.
 */
export function samplesToClear(finding: Planned, supposing: 'mean' | 'upper' = 'mean'): number | null {
  if (finding.criteria.length === 0 || finding.criteria.some(({ firstFail }) => firstFail !== null)) return null;
  const needed = finding.criteria.map(
    (criterion) => criterion.firstClear ?? samplesOf(criterion, finding.lnThreshold, supposing),
  );
  if (needed.some((samples) => samples === null)) return null;
  return Math.max(finding.terms.samplesMin, finding.terms.clustersMin, ...needed.filter((samples) => samples !== null));
}

/** Days until then at the rate so far, and until the span is met. Null where nothing can be said: also within the first hour. */
export function daysToClear(
  finding: Planned & Pick<Verdict, 'samples' | 'spanHours'>,
  supposing: 'mean' | 'upper' = 'mean',
): number | null {
  const { samples, spanHours, terms } = finding;
  const needed = samplesToClear(finding, supposing);
  if (needed === null || spanHours < 1) return null;
  return Math.max(0, terms.spanHours - spanHours, ((needed - samples) * spanHours) / samples) / 24;
}

/** n ≈ 1.3 ln(K/α)/KL(p‖F) for scores of 0 and 1, else 1.3 · 2 s² ln(K/α)/gap², on the transformed scale. */
function samplesOf(criterion: Criterion, lnThreshold: number, supposing: 'mean' | 'upper'): number | null {
  const m = criterion.nullMean;
  const { count, mean: seen } = summaryOf(criterion);
  const upper = criterion.kind === 'non_inferior' ? (criterion.upper + 1) / 2 : criterion.upper;
  const mean = supposing === 'mean' ? seen : Math.min(1, upper);
  if (mean <= m) return null;
  const binary = criterion.histogram.every(([x]) => x === 0 || x === 1);
  if (binary) return Math.ceil((gridOverhead * lnThreshold) / relativeEntropy(mean, m));
  const variance = histogramDown(criterion).reduce((total, [x, times]) => total + times * (x - seen) ** 2, 0) / count;
  const rate = variance === 0 ? relativeEntropy(mean, m) : (mean - m) ** 2 / (2 * variance);
  return Math.ceil((gridOverhead * lnThreshold) / rate);
}

/** KL(p‖q) of two coins, in nats. */
function relativeEntropy(p: number, q: number): number {
  const part = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  return part(p, q) + part(1 - p, 1 - q);
}
