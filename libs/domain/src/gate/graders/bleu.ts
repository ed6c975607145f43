/**
 * BLEU as sacreBLEU computes it: 13a tokens, clipped 1- to 4-grams, exponential smoothing (Chen & Cherry 2014, method 3),
 * brevity penalty. A sentence uses the orders it is long enough for; a corpus always uses four.
 */
import { type Overlap, overlapOf, unitsMax } from './ngram-counts.js';

const orders = 4;

export interface BleuStatistics {
  overlaps: Overlap[];
  hypothesisLength: number;
  referenceLength: number;
}

const words = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== '');

/** mteval-v13a: punctuation apart from words, but not inside numbers. */
export function tokens13a(text: string): string[] {
  const line = text
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  const apart = ` ${line} `
    .replace(/([{-~[-` -&(-+:-@/])/gu, ' $1 ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/gu, '$1 $2 ');
  return words(apart);
}

export const characterTokens = (text: string): string[] => words(Array.from(text).join(' '));

export function bleuStatistics(hypothesis: readonly string[], reference: readonly string[]): BleuStatistics {
  const given = hypothesis.slice(0, unitsMax);
  const wanted = reference.slice(0, unitsMax);
  return {
    overlaps: Array.from({ length: orders }, (_, order) => overlapOf(given, wanted, order + 1)),
    hypothesisLength: given.length,
    referenceLength: wanted.length,
  };
}

/** On [0,100]. `effectiveOrder` for a sentence. */
export function bleuOf(statistics: BleuStatistics, effectiveOrder: boolean): number {
  const { overlaps, hypothesisLength, referenceLength } = statistics;
  if (overlaps.every(({ matches }) => matches === 0)) return 0;
  let order = effectiveOrder ? 0 : orders;
  let smoothing = 1;
  let logs = 0;
  for (const [at, { matches, hypothesis }] of overlaps.entries()) {
    if (hypothesis === 0) {
      if (!effectiveOrder) return 0;
      break;
    }
    if (effectiveOrder) order = at + 1;
    if (matches === 0) smoothing *= 2;
    logs += Math.log(matches === 0 ? 100 / (smoothing * hypothesis) : (100 * matches) / hypothesis);
  }
  return brevityPenalty(hypothesisLength, referenceLength) * Math.exp(logs / order);
}

export const brevityPenalty = (hypothesisLength: number, referenceLength: number): number =>
  hypothesisLength >= referenceLength
    ? 1
    : hypothesisLength === 0
      ? 0
      : Math.exp(1 - referenceLength / hypothesisLength);

export const sentenceBleu = (hypothesis: string, reference: string): number =>
  bleuOf(bleuStatistics(tokens13a(hypothesis), tokens13a(reference)), true);
