/**
 * What grading yields, and what it must be told first. Not gradable is not a score: the call is left out of the
 * evidence, and whether it is may not depend on the candidate's answer.
 */
export type Grade =
  | {
      score: number;
      /** Why a judge gave none: `score` is then what counts against the answer, and no observation of it. */
      missing?: string;
      notes?: JudgeNote[];
    }
  | { notGradable: string };

/** A tool call as the model wrote it; `arguments` is JSON text that may not parse. */
export interface CalledTool {
  name: string;
  arguments: string;
}

/** An answer to grade. `reference` is resolved already: the suite's expectation or the baseline's answer, never undefined. */
export interface Question<G> {
  grader: G;
  answer: string;
  reference: unknown;
}

export const scoreOf = (right: boolean): Grade => ({ score: right ? 1 : 0 });

/** Something outside that a grade depends on. Pure code names it, the shell gets it. */
export type GradeNeed =
  /** Scripts of one fresh context, one after the other; passed when none throws. */
  | { kind: 'run'; scripts: string[]; timeoutMs: number; memoryMiB: number }
  | { kind: 'embed'; route: string; texts: string[] }
  /** Pictures, as `data:` URLs: one, or two to be compared. */
  | { kind: 'look'; pictures: string[] }
  /** One question to a judge's route; the answer is wanted as JSON text. */
  | { kind: 'ask'; route: string; system: string; user: string; maxOutputTokens: number }
  /** One measure of one retrieval-augmented answer, of a judge's route and, for relevancy, an embeddings route. */
  | {
      kind: 'rag';
      route: string;
      embeddings: string | null;
      measure: RagMeasure;
      question: string;
      answer: string;
      context: string;
      /** Empty where the measure needs none. */
      expected: string;
    };

export type RagMeasure = 'faithfulness' | 'answer_relevancy' | 'context_precision' | 'context_recall';

/**
 * What came of a need, in the order of the needs. `missing`: our side or the judge failed, which says nothing of the
 * answer. A script that throws or runs out of time or memory did run, and did not pass.
 */
export type GradeFinding =
  | { kind: 'run'; passed: boolean }
  | { kind: 'embed'; vectors: number[][] }
  /** Null in `pictures`: it is none. `similarity`: of two of one size, in [−1,1]. */
  | { kind: 'look'; pictures: (SeenPicture | null)[]; similarity: number | null }
  | { kind: 'ask'; text: string }
  | { kind: 'rag'; score: number }
  | { kind: 'missing'; reason: string };

export interface SeenPicture {
  format: string;
  width: number;
  height: number;
  /** Nothing is to be seen on it. */
  blank: boolean;
}

/** What a judge was seen to do; kept beside the score, for calibration. */
export interface JudgeNote {
  /** Both orders of a pair named the same winner; null where only one order was asked or one failed. */
  swapConsistent: boolean | null;
  /** What the judge said with the candidate first, and with the candidate second. */
  positions: (string | null)[];
  /** Characters of the candidate's and the baseline's answer. */
  lengths: { candidate: number; baseline: number } | null;
}

export const clamped = (score: number): number => Math.min(1, Math.max(0, score));
