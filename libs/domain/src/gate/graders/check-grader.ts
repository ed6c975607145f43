/** What a declared grader must be before anything is graded by it, and which routes it asks. */
import type { Grader, SingleGrader } from '#contracts/use-case.js';
import { compiledSchema } from './grade-json-schema.js';
import { compiledPattern } from './grade-regex.js';
import { linearPattern } from './linear-pattern.js';

/** Why a declared grader cannot grade, or null. For use when it is declared. */
export function checkGrader(grader: Grader): string | null {
  const parts = partsOf(grader);
  for (const part of parts) {
    const fault = faultOf(part) ?? (grader.kind === 'composite' ? faultInComposite(part) : null);
    if (fault !== null) return fault;
  }
  if (parts.every(({ kind }) => kind === 'embedding'))
    return 'embedding similarity never decides alone: texts that say the opposite are alike; add a grader to a composite';
  if (parts.every((part) => part.kind === 'embedding' || aboutRetrieval(part)))
    return 'context precision and recall say nothing of a route: the passages are the same for all; add a grader of the answer';
  return null;
}

export const partsOf = (grader: Grader): SingleGrader[] =>
  grader.kind === 'composite' ? grader.parts.map((part) => part.grader) : [grader];

/** Whether the suite holds what answers are compared with. */
export const asksSuiteOf = (grader: Grader): boolean =>
  partsOf(grader).some((part) => 'reference' in part && part.reference === 'suite');

/** Routes whose models judge. */
export const judgeRoutesOf = (grader: Grader): string[] => [
  ...new Set(partsOf(grader).flatMap((part) => (part.kind === 'judge' || part.kind === 'rag' ? [part.route] : []))),
];

/** Routes that turn texts into vectors. */
export const embeddingRoutesOf = (grader: Grader): string[] => [
  ...new Set(
    partsOf(grader).flatMap((part) => {
      if (part.kind === 'embedding') return [part.route];
      return part.kind === 'rag' && part.embeddings !== undefined ? [part.embeddings] : [];
    }),
  ),
];

const aboutRetrieval = (part: SingleGrader): boolean =>
  part.kind === 'rag' && (part.measure === 'context_precision' || part.measure === 'context_recall');

function faultOf(part: SingleGrader): string | null {
  try {
    if (part.kind === 'regex') compiledPattern(part);
    if (part.kind === 'json_schema') compiledSchema(part);
    if (part.kind === 'rag' && part.passagesBy !== undefined) linearPattern(part.passagesBy);
  } catch (error) {
    return `the ${part.kind} grader does not compile: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (part.kind === 'rag' && part.measure === 'answer_relevancy' && part.embeddings === undefined)
    return 'answer relevancy needs an embeddings route';
  if (aboutRetrieval(part) && part.kind === 'rag' && part.reference === undefined)
    return 'context precision and recall need the right answer: reference: suite';
  return null;
}

/** A pair has one score for both; a mean of such and single scores would be neither. */
const faultInComposite = (part: SingleGrader): string | null =>
  part.kind === 'judge' && part.compare === 'pairwise' ? 'a pairwise judge stands alone, not in a composite' : null;
