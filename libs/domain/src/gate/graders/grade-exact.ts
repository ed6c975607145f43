/** Right when the answer equals the reference as text; white space inside the text counts. */
import type { Grader } from '#contracts/use-case.js';
import { type Grade, type Question, scoreOf } from './grade.js';
import { comparableText, referenceText } from './reference-text.js';

export function gradeExact({ grader, answer, reference }: Question<Extract<Grader, { kind: 'exact' }>>): Grade {
  const expected = referenceText(reference);
  if (expected === null) return { notGradable: 'the reference is not a text' };
  return scoreOf(comparableText(answer, grader.ignoreCase) === comparableText(expected, grader.ignoreCase));
}
