/**
 * Right when answer and reference give the same number, compared exactly. In an `answer` field the first number counts
 * (ZeroEval's rule, whose published accuracies this reproduces); prose with several numbers and no mark gives none.
 */
import { answerField } from './answer-field.js';
import { equalNumbers, type ExactNumber, numbersIn } from './exact-number.js';
import { type Grade, type Question, scoreOf } from './grade.js';

/** `#### 18` (GSM8K) or `\boxed{18}` (MATH). */
const marked = /####\s*([^\n]*)|\\boxed\{([^{}]*)\}/gu;

export function gradeNumeric({ answer, reference }: Question<unknown>): Grade {
  const expected = referenceNumber(reference);
  if (expected === null) return { notGradable: 'the reference holds no number' };
  const given = numberOf(answer);
  return scoreOf(given !== null && equalNumbers(given, expected));
}

/**
 * The number an answer commits to: of its `answer` field, else of the last mark, else the only number of the text.
 * Null when there is none: guessing one out of prose would score luck.
 */
export function numberOf(text: string): ExactNumber | null {
  const field = answerField(text);
  if (field !== undefined) return field === null ? null : firstOf(field);
  const mark = [...text.matchAll(marked)].at(-1);
  if (mark !== undefined) return firstOf(mark[1] ?? mark[2] ?? '');
  const all = numbersIn(text);
  return all.length === 1 ? (all[0] ?? null) : null;
}

const firstOf = (text: string): ExactNumber | null => numbersIn(text)[0] ?? null;

function referenceNumber(reference: unknown): ExactNumber | null {
  if (typeof reference === 'string' || typeof reference === 'number') return numberOf(String(reference));
  return typeof reference === 'object' && reference !== null && 'answer' in reference
    ? numberOf(JSON.stringify(reference))
    : null;
}
