/** What grading yields. Not gradable is not a score: the call is left out of the evidence, and may not depend on the candidate's answer. */
export type Grade = { score: number } | { notGradable: string };

/** An answer to grade. `reference` is resolved already: the suite's expectation or the baseline's answer, never undefined. */
export interface Question<G> {
  grader: G;
  answer: string;
  reference: unknown;
}

export const scoreOf = (right: boolean): Grade => ({ score: right ? 1 : 0 });
