/** One question of the demo's traffic: what the application sends, what is right, and what a weak model says instead. */
export interface DemoCase {
  /** The last user message; it finds the case again in a live call, so no two are alike. */
  input: string;
  right: string;
  wrong: string[];
  /** What the grader compares with. */
  expected: unknown;
}

/** The `index`-th of a list that is walked round and round. */
export const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
