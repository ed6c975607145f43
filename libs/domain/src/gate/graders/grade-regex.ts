/** Right when the pattern occurs in the answer; anchor it to ask for the whole. Needs no reference. */
import type { Grader } from '#contracts/use-case.js';
import { type Grade, scoreOf } from './grade.js';
import { type LinearPattern, linearPattern } from './linear-pattern.js';

type RegexGrader = Extract<Grader, { kind: 'regex' }>;

const compiled = new WeakMap<RegexGrader, LinearPattern>();

export function gradeRegex({ grader, answer }: { grader: RegexGrader; answer: string }): Grade {
  return scoreOf(compiledPattern(grader).test(answer));
}

/** Throws where the pattern is not RE2 syntax. */
export function compiledPattern(grader: RegexGrader): LinearPattern {
  const known = compiled.get(grader) ?? linearPattern(grader.pattern);
  compiled.set(grader, known);
  return known;
}
