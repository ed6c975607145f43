/**
 * The mean of human labels, sharpened by a judge that scored the labelled answers and many more. Good for one look at a
 * fixed number of labels; the gate uses `label-e-process`. A judge that is wrong widens the interval and does not move it.
 * Angelopoulos et al. 2023 (PPI, arXiv 2301.09633); Angelopoulos, Duchi & Zrnic 2023 (PPI++, arXiv 2311.01453).
 */
import { normalCdf, normalQuantile } from './special-functions.js';

export interface JudgedLabels {
  /** Human scores. */
  labels: readonly number[];
  /** The judge's scores of the same answers, in the same order. */
  judged: readonly number[];
  /** The judge's scores of answers without a label. */
  unlabelled: readonly number[];
}

export interface PredictionPowered {
  /** How much the judge is trusted: 0 labels only, 1 PPI, tuned PPI++. */
  lambda: number;
  point: number;
  standardError: number;
}

/** Requires labels and judged of one length, at least two of them, and at least one unlabelled. */
export function predictionPoweredMean(sample: JudgedLabels, lambda = tunedLambda(sample)): PredictionPowered {
  const { labels, judged, unlabelled } = sample;
  requireSample(sample);
  const rest = labels.map((label, place) => label - lambda * judged[place]!);
  const variance = (lambda * lambda * spreadOf(unlabelled)) / unlabelled.length + spreadOf(rest) / labels.length;
  return { lambda, point: lambda * meanOf(unlabelled) + meanOf(rest), standardError: Math.sqrt(variance) };
}

/** The λ in [0,1] of least variance: the power tuning of PPI++ for a mean. */
export function tunedLambda(sample: JudgedLabels): number {
  requireSample(sample);
  const { labels, judged, unlabelled } = sample;
  const [label, judge] = [meanOf(labels), meanOf(judged)];
  const covariance = meanOf(labels.map((y, place) => (y - label) * (judged[place]! - judge)));
  const all = [...judged, ...unlabelled];
  const variance = (spreadOf(all) * all.length) / (all.length - 1);
  if (variance === 0) return 0;
  return Math.min(1, Math.max(0, covariance / ((1 + labels.length / unlabelled.length) * variance)));
}

/** Two-sided at alpha. */
export function normalInterval({ point, standardError }: PredictionPowered, alpha: number) {
  const half = normalQuantile(1 - alpha / 2) * standardError;
  return { lower: point - half, upper: point + half };
}

/** One-sided: the mean is below it with probability ≤ alpha. */
export const normalLower = ({ point, standardError }: PredictionPowered, alpha: number): number =>
  point - normalQuantile(1 - alpha) * standardError;

/** How surprising so high a point would be, were the mean at most `nullMean`. */
export const pValueAbove = ({ point, standardError }: PredictionPowered, nullMean: number): number =>
  normalCdf((nullMean - point) / standardError);

function requireSample({ labels, judged, unlabelled }: JudgedLabels): void {
  if (labels.length !== judged.length) throw new RangeError(`${labels.length} labels, ${judged.length} judged`);
  if (labels.length < 2 || unlabelled.length < 1)
    throw new RangeError('two labels and one unlabelled answer are needed');
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The variance with divisor n. */
function spreadOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return meanOf(values.map((value) => (value - mean) ** 2));
}
