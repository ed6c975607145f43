/**
 * ROUGE-1, -2 and -L (Lin 2004) as google's rouge_score computes them without stemming: lower case, everything but
 * a–z and 0–9 is white space. Text in other scripts therefore has no words here; choose chrF for it.
 */
import { overlapOf, unitsMax } from './ngram-counts.js';

export interface Rouge {
  precision: number;
  recall: number;
  f1: number;
}

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/u)
    .filter((word) => word !== '')
    .slice(0, unitsMax);

export function rougeN(hypothesis: string, reference: string, n: 1 | 2): Rouge {
  const overlap = overlapOf(wordsOf(hypothesis), wordsOf(reference), n);
  return rougeFrom(overlap.matches, overlap.hypothesis, overlap.reference);
}

export function rougeL(hypothesis: string, reference: string): Rouge {
  const [given, wanted] = [wordsOf(hypothesis), wordsOf(reference)];
  return rougeFrom(commonSubsequence(given, wanted), given.length, wanted.length);
}

function rougeFrom(matches: number, hypothesis: number, reference: number): Rouge {
  const precision = hypothesis === 0 ? 0 : matches / hypothesis;
  const recall = reference === 0 ? 0 : matches / reference;
  return { precision, recall, f1: matches === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** Length of the longest common subsequence, by bits (Hyyrö 2004): one addition per word instead of a row of a table. */
function commonSubsequence(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const places = new Map<string, bigint>();
  for (const word of new Set(a)) {
    if (!b.includes(word)) continue;
    const bits = a.map((other) => (other === word ? '1' : '0')).reverse();
    places.set(word, BigInt(`0b${bits.join('')}`));
  }
  const all = (1n << BigInt(a.length)) - 1n;
  let open = all;
  for (const word of b) {
    const here = open & (places.get(word) ?? 0n);
    if (here !== 0n) open = ((open + here) | (open - here)) & all;
  }
  return a.length - open.toString(2).replaceAll('0', '').length;
}
