/**
 * The admission test of a judge against human labels. Judges agree with people less than they sound: without this, one
 * that flatters a candidate clears a worse route, and swapping the order of a pair does not reveal it.
 */
import { bernoulliInterval } from '../statistics/mixture-bounds.js';

/** One answer (or pair) that a person and the judge decided on. */
export interface JudgedLabel {
  /** The person: good, or for a pair that the candidate is better. Null: the person called it a tie. */
  human: boolean | null;
  /** The judge; null where it gave nothing, which is counted as wrong. */
  judge: boolean | null;
  /** Of a pair: both orders named the same winner. Null where the judge was asked once. */
  swapConsistent: boolean | null;
}

export interface Admission {
  admitted: boolean;
  labels: number;
  /** Share of pairs; null where the judge is not asked in two orders. */
  swapConsistency: number | null;
  balancedAccuracy: number | null;
  /** Holds at every time at once, so that one may look after every label. */
  balancedAccuracyLower: number;
  /** What is missing, in words. Empty where admitted. */
  missing: string[];
}

export const labelsMin = 50;
const swapConsistencyMin = 0.85;
const balancedAccuracyMin = 0.7;
const alpha = 0.05;

export function admitJudge(labels: readonly JudgedLabel[]): Admission {
  const decided = labels.filter((label) => label.human !== null);
  const sides = [true, false].map((human) => {
    const those = decided.filter((label) => label.human === human);
    return { count: those.length, right: those.filter((label) => label.judge === human).length };
  });
  const swaps = labels.filter((label) => label.swapConsistent !== null);
  const swapConsistency =
    swaps.length === 0 ? null : swaps.filter((label) => label.swapConsistent === true).length / swaps.length;
  const bothSeen = sides.every(({ count }) => count > 0);
  // A two-sided interval at alpha errs below with alpha/2: two sides together with alpha.
  const lower = bothSeen
    ? sides.reduce((sum, { right, count }) => sum + bernoulliInterval(right, count, alpha, labelsMin / 2).lower / 2, 0)
    : 0;
  const missing = [
    ...(decided.length < labelsMin ? [`${labelsMin - decided.length} more human labels`] : []),
    ...(bothSeen ? [] : ['labels of both kinds, good and bad']),
    ...(swapConsistency !== null && swapConsistency < swapConsistencyMin
      ? [`both orders agree on ${percent(swapConsistency)} of pairs, not on ${percent(swapConsistencyMin)}`]
      : []),
    ...(lower > balancedAccuracyMin
      ? []
      : [`balanced accuracy is above ${percent(lower)}, not above ${percent(balancedAccuracyMin)}`]),
  ];
  return {
    admitted: missing.length === 0,
    labels: decided.length,
    swapConsistency,
    balancedAccuracy: bothSeen ? sides.reduce((sum, { right, count }) => sum + right / count / 2, 0) : null,
    balancedAccuracyLower: lower,
    missing,
  };
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
