/** Regular expressions in RE2 syntax, matched in linear time whatever the answer holds. No look-around, no back-references. */
import { RE2JS } from 're2js';

export interface LinearPattern {
  /** Whether the pattern occurs anywhere in the text. */
  test(text: string): boolean;
  /** What stands between its occurrences. */
  split(text: string): string[];
  toString(): string;
}

/** Throws an Error with RE2's own words where the pattern is not RE2 syntax. */
export function linearPattern(pattern: string): LinearPattern {
  const compiled = RE2JS.compile(pattern);
  return {
    test: (text) => compiled.matcher(text).find(),
    split: (text) => compiled.split(text),
    toString: () => `/${pattern}/`,
  };
}
