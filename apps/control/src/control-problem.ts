/** A no of the control API on its way to the answer. Thrown by verbs, spelled by problem.filter. */
import { type Problem, type ProblemCode, problemKinds } from '#contracts/api/problem.js';

export class ControlProblem extends Error {
  constructor(
    readonly code: ProblemCode,
    /** What is wrong this time, naming the offender. */
    detail: string,
    readonly errors?: NonNullable<Problem['errors']>,
  ) {
    super(detail);
  }

  toProblem(): Problem {
    const { status, title } = problemKinds[this.code];
    const errors = this.errors && { errors: this.errors };
    return { type: `urn:o10:problem:${this.code}`, title, status, code: this.code, detail: this.message, ...errors };
  }
}

export const notFound = (what: string): ControlProblem => new ControlProblem('not_found', `There is no ${what}.`);
