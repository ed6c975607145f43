/**
 * Grades one answer. A missing answer scores 0; a missing reference scores nothing at all. Whether a call is gradable is
 * settled before the answer is looked at, so a candidate cannot get its bad calls dropped.
 */
import type { Grader, SingleGrader } from '#contracts/use-case.js';
import { checkGrader } from './check-grader.js';
import { codeRun } from './grade-code.js';
import { gradeContains } from './grade-contains.js';
import { gradeExact } from './grade-exact.js';
import { gradeImage } from './grade-image.js';
import { gradeJsonFields } from './grade-json-fields.js';
import { gradeJsonSchema } from './grade-json-schema.js';
import { judgeAnswer } from './grade-judged.js';
import { gradeNumeric } from './grade-numeric.js';
import { gradeRag } from './grade-rag.js';
import { gradeRegex } from './grade-regex.js';
import { besides, type GradeStep, isGrade, missingGrade } from './grade-step.js';
import { gradeTextSimilarity } from './grade-text-similarity.js';
import { callsAsReference, gradeToolCalls } from './grade-tool-calls.js';
import { type CalledTool, clamped, type Grade } from './grade.js';
import { referenceText } from './reference-text.js';
import { cosineOf } from './vector-similarity.js';

export interface Graded {
  /** Null: there is none (timeout, refusal, error). Blank counts as none, except where tool calls are graded. */
  answer: string | null;
  /** The suite's expectation for this input; undefined when the suite has no such case. */
  expected: unknown;
  /** What the baseline answered on the same call; null when it did not. */
  baselineAnswer: string | null;
  /** What was asked, for graders that read it. */
  question?: string;
  /** The answer's tool calls; null or absent: there is no complete answer. */
  toolCalls?: readonly CalledTool[] | null;
  baselineToolCalls?: readonly CalledTool[] | null;
}

/** The score in [0,1], or why the call cannot be graded. For graders that ask nobody; throws on no answer whatever. */
export function gradeAnswer(grader: Grader, question: Graded): Grade {
  const step = beginGrade(grader, question);
  return isGrade(step) ? step : { notGradable: `the ${grader.kind} grader must ask outside first` };
}

/** The same for every grader: a grade, or what must be got first. */
export function beginGrade(grader: Grader, question: Graded): GradeStep {
  const fault = checkGrader(grader);
  if (fault !== null) return { notGradable: fault };
  if (grader.kind !== 'composite') return beginSingle(grader, question);
  const weights = grader.parts.map(({ weight }) => weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return besides(
    grader.parts.map((part) => beginSingle(part.grader, question)),
    (grades) => {
      const missing = grades.find((grade) => grade.missing !== undefined)?.missing;
      if (missing !== undefined) return missingGrade(missing);
      return { score: clamped(grades.reduce((sum, { score }, at) => sum + score * (weights[at] ?? 0), 0) / total) };
    },
  );
}

function beginSingle(grader: SingleGrader, question: Graded): GradeStep {
  const reference = referenceOf(grader, question);
  if ('notGradable' in reference) return reference;
  const step = stepByKind(grader, question, reference.value);
  return isMissing(grader, question) && !('notGradable' in step) ? { score: 0 } : step;
}

const isMissing = (grader: SingleGrader, { answer, toolCalls }: Graded): boolean =>
  grader.kind === 'tool_calls' ? answer === null || !toolCalls : answer === null || answer.trim() === '';

function referenceOf(grader: SingleGrader, question: Graded): { value: unknown } | { notGradable: string } {
  const source = 'reference' in grader ? grader.reference : undefined;
  if (source === 'suite' && question.expected === undefined)
    return { notGradable: 'the suite has no case for this input' };
  if (source === 'baseline' && grader.kind === 'tool_calls') {
    const calls = question.baselineToolCalls ? callsAsReference(question.baselineToolCalls) : null;
    return calls === null ? { notGradable: 'the baseline made no readable answer' } : { value: calls };
  }
  if (source === 'baseline' && (question.baselineAnswer ?? '').trim() === '')
    return { notGradable: 'the baseline gave no answer' };
  return { value: source === 'suite' ? question.expected : question.baselineAnswer };
}

function stepByKind(grader: SingleGrader, graded: Graded, reference: unknown): GradeStep {
  const answer = graded.answer ?? '';
  const question = graded.question ?? '';
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
    case 'json_fields':
      return gradeJsonFields({ grader, answer, reference });
    case 'text_similarity':
      return gradeTextSimilarity({ grader, answer, reference });
    case 'tool_calls':
      return gradeToolCalls(graded.toolCalls ?? [], reference);
    case 'code':
      return runCode(codeRun({ grader, answer, reference }));
    case 'image':
      return gradeImage({ grader, answer, reference });
    case 'embedding':
      return compareVectors(grader.route, answer, reference);
    case 'judge':
      return judgeAnswer({ grader, question, answer, reference, baselineAnswer: graded.baselineAnswer });
    case 'rag':
      return gradeRag({ grader, question, answer, reference });
  }
}

function runCode(run: ReturnType<typeof codeRun>): GradeStep {
  if (!('kind' in run)) return run;
  return {
    needs: [run],
    next: ([finding]) =>
      finding?.kind === 'run' ? { score: finding.passed ? 1 : 0 } : missingGrade('the sandbox did not run'),
  };
}

function compareVectors(route: string, answer: string, reference: unknown): GradeStep {
  const expected = referenceText(reference);
  if (expected === null) return { notGradable: 'the reference is not a text' };
  return {
    needs: [{ kind: 'embed', route, texts: [answer, expected] }],
    next: ([finding]) => {
      const [own, other] = finding?.kind === 'embed' ? finding.vectors : [];
      const cosine = own && other ? cosineOf(own, other) : null;
      return cosine === null
        ? missingGrade('the embeddings route gave no comparable vectors')
        : { score: clamped(cosine) };
    },
  };
}
