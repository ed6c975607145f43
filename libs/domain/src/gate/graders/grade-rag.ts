/**
 * The measures of retrieval-augmented answers (RAGAS, Es et al. 2023), each asked of a judge as a whole (see
 * runtime/rag). Faithfulness and relevancy are about the answer; precision and recall about what was retrieved, which no
 * route can change.
 */
import type { Grader } from '#contracts/use-case.js';
import { clamped, type GradeNeed } from './grade.js';
import { type GradeStep, missingGrade } from './grade-step.js';
import { linearPattern } from './linear-pattern.js';
import { referenceText } from './reference-text.js';

export type RagGrader = Extract<Grader, { kind: 'rag' }>;

export interface RagAnswer {
  grader: RagGrader;
  /** The call's last user text, passages and all. */
  question: string;
  answer: string;
  reference: unknown;
}

const passagesMax = 30;

export function gradeRag({ grader, question: asked, answer, reference }: RagAnswer): GradeStep {
  const { measure, route, embeddings = null } = grader;
  const expected = referenceText(reference);
  if (expected === null && (measure === 'context_precision' || measure === 'context_recall'))
    return { notGradable: 'the reference is not a text' };
  const { question, passages } = askedOf(grader, asked);
  const need = (context: string): GradeNeed => ({
    ...{ kind: 'rag', route, embeddings, measure, question, answer, context, expected: expected ?? '' },
  });
  // Precision is of the order passages stand in, so each is judged on its own.
  const needs = measure === 'context_precision' ? passages.map(need) : [need(passages.join('\n'))];
  return {
    needs,
    next: (findings) => {
      const scores = findings.flatMap((finding) => (finding.kind === 'rag' ? [finding.score] : []));
      if (scores.length < needs.length) {
        const silent = findings.find(({ kind }) => kind === 'missing');
        return missingGrade(silent?.kind === 'missing' ? silent.reason : 'the judge gave no score');
      }
      return {
        score: clamped(
          measure === 'context_precision' ? averagePrecision(scores.map((one) => one >= 0.5)) : (scores[0] ?? 0),
        ),
      };
    },
  };
}

/** At least one passage; what follows the last of very many is left out. */
export function askedOf(
  { questionAfter, passagesBy }: Pick<RagGrader, 'questionAfter' | 'passagesBy'>,
  text: string,
): { question: string; passages: string[] } {
  const at = questionAfter === undefined ? -1 : text.lastIndexOf(questionAfter);
  const split = at >= 0 && questionAfter !== undefined;
  const [material, question] = split ? [text.slice(0, at), text.slice(at + questionAfter.length).trim()] : [text, text];
  const parts = passagesBy === undefined ? [material] : linearPattern(passagesBy).split(material);
  const passages = parts.map((part) => part.trim()).filter((part) => part !== '');
  return { question, passages: passages.length === 0 ? [text] : passages.slice(0, passagesMax) };
}

/** Σ_k (precision at k · relevant_k) ÷ relevant; 0 where nothing is. */
export function averagePrecision(relevant: readonly boolean[]): number {
  let hits = 0;
  const sum = relevant.reduce((total, one, at) => (one ? total + ++hits / (at + 1) : total), 0);
  return hits === 0 ? 0 : sum / hits;
}
