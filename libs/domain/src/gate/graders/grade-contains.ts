/** Right when the answer contains the reference, or every text of a list of references. */
import type { Grader } from '#contracts/use-case.js';
import { type Grade, type Question, scoreOf } from './grade.js';
import { comparableText, referenceText } from './reference-text.js';

export function gradeContains({ grader, answer, reference }: Question<Extract<Grader, { kind: 'contains' }>>): Grade {
  const wanted = (Array.isArray(reference) ? reference : [reference]).map(referenceText);
  if (wanted.length === 0 || wanted.includes(null))
    return { notGradable: 'the reference is not a text or a list of texts' };
  const text = comparableText(answer, grader.ignoreCase);
  return scoreOf(wanted.every((part) => part !== null && text.includes(comparableText(part, grader.ignoreCase))));
}
