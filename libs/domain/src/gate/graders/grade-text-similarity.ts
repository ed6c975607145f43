/** How much of the reference's wording an answer repeats, on [0,1]. Wording is not truth: set the floor by what right answers score. */
import type { Grader } from '#contracts/use-case.js';
import { sentenceBleu } from './bleu.js';
import { chrfOf, chrfStatistics } from './chrf.js';
import { clamped, type Grade, type Question } from './grade.js';
import { referenceText } from './reference-text.js';
import { rougeL, rougeN } from './rouge.js';

type SimilarityGrader = Extract<Grader, { kind: 'text_similarity' }>;

const metrics: Record<SimilarityGrader['metric'], (answer: string, reference: string) => number> = {
  chrf2: (answer, reference) => chrfOf(chrfStatistics(answer, reference, 0)) / 100,
  'chrf++': (answer, reference) => chrfOf(chrfStatistics(answer, reference, 2)) / 100,
  bleu: (answer, reference) => sentenceBleu(answer, reference) / 100,
  rouge1: (answer, reference) => rougeN(answer, reference, 1).f1,
  rouge2: (answer, reference) => rougeN(answer, reference, 2).f1,
  rougeL: (answer, reference) => rougeL(answer, reference).f1,
};

/** Of several references the best counts. */
export function gradeTextSimilarity({ grader, answer, reference }: Question<SimilarityGrader>): Grade {
  const references = (Array.isArray(reference) ? reference : [reference]).map(referenceText);
  const texts = references.filter((text) => text !== null);
  if (texts.length === 0 || texts.length < references.length)
    return { notGradable: 'the reference is not a text or a list of texts' };
  return { score: clamped(Math.max(...texts.map((text) => metrics[grader.metric](answer, text)))) };
}
