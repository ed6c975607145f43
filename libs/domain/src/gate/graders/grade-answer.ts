/**
 * Grades one answer. A missing answer scores 0; a missing reference scores nothing at all. Whether a call is gradable is
 * settled before the answer is looked at, so a candidate cannot get its bad calls dropped.
 */
import type { Grader } from '#contracts/use-case.js';
import { gradeContains } from './grade-contains.js';
import { gradeExact } from './grade-exact.js';
import { compiledSchema, gradeJsonSchema } from './grade-json-schema.js';
import { gradeNumeric } from './grade-numeric.js';
import { compiledPattern, gradeRegex } from './grade-regex.js';
import type { Grade } from './grade.js';

export interface Graded {
  /** Null: there is none (timeout, refusal, error). Blank counts as none. */
  answer: string | null;
  /** The suite's expectation for this input; undefined when the suite has no such case. */
  expected: unknown;
  /** What the baseline answered on the same call; null when it did not. */
  baselineAnswer: string | null;
}

/** The score in [0,1], or why the call cannot be graded. Deterministic; throws on no answer whatever. */
export function gradeAnswer(grader: Grader, question: Graded): Grade {
  const fault = checkGrader(grader);
  if (fault !== null) return { notGradable: fault };
  const reference = referenceOf(grader, question);
  if ('notGradable' in reference) return reference;
  const grade = gradeByKind(grader, question.answer ?? '', reference.value);
  const missing = question.answer === null || question.answer.trim() === '';
  return missing && 'score' in grade ? { score: 0 } : grade;
}

/** Why a declared grader cannot grade (its pattern or schema does not compile), or null. For use when it is declared. */
export function checkGrader(grader: Grader): string | null {
  try {
    if (grader.kind === 'regex') compiledPattern(grader);
    if (grader.kind === 'json_schema') compiledSchema(grader);
    return null;
  } catch (error) {
    return `the ${grader.kind} grader does not compile: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function referenceOf(grader: Grader, question: Graded): { value: unknown } | { notGradable: string } {
  const source = grader.kind === 'regex' ? undefined : grader.reference;
  if (source === 'suite' && question.expected === undefined)
    return { notGradable: 'the suite has no case for this input' };
  if (source === 'baseline' && (question.baselineAnswer ?? '').trim() === '')
    return { notGradable: 'the baseline gave no answer' };
  return { value: source === 'suite' ? question.expected : question.baselineAnswer };
}

function gradeByKind(grader: Grader, answer: string, reference: unknown): Grade {
  switch (grader.kind) {
    case 'exact':
      return gradeExact({ grader, answer, reference });
    case 'contains':
      return gradeContains({ grader, answer, reference });
    case 'numeric':
      return gradeNumeric({ answer, reference, grader });
    case 'regex':
      return gradeRegex({ grader, answer });
    case 'json_schema':
      return gradeJsonSchema({ grader, answer, reference });
  }
}
