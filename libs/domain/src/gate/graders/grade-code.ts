/**
 * Code is right when the suite's test snippet runs after it without throwing. The answer runs first and apart, so that it
 * can neither comment the tests out nor replace what they check with.
 */
import type { Grader } from '#contracts/use-case.js';
import type { Grade, GradeNeed, Question } from './grade.js';
import { referenceText } from './reference-text.js';

type CodeGrader = Extract<Grader, { kind: 'code' }>;

/** The tests' own tools are arguments of the function the tests stand in: an answer cannot redefine them. */
const aroundTests = (tests: string): string => `(function (assert, assertEqual) { 'use strict';
${tests}
})(
  function assert(holds, message) { if (!holds) throw new Error(message || 'assertion failed'); },
  function assertEqual(given, wanted) {
    var same = function (a, b) {
      if (Object.is(a, b)) return true;
      if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
      if (Array.isArray(a) !== Array.isArray(b)) return false;
      var keys = Object.keys(a);
      return keys.length === Object.keys(b).length && keys.every(function (key) { return same(a[key], b[key]); });
    };
    if (!same(given, wanted)) throw new Error('got ' + JSON.stringify(given) + ', wanted ' + JSON.stringify(wanted));
  }
);`;

const beforeAnswer = 'var module = { exports: {} }; var exports = module.exports;';

/** What to run, or why the call cannot be graded. */
export function codeRun({
  grader,
  answer,
  reference,
}: Question<CodeGrader>): Extract<GradeNeed, { kind: 'run' }> | Grade {
  const tests = referenceText(reference);
  if (tests === null) return { notGradable: 'the reference is not a test snippet' };
  const { timeoutMs, memoryMiB } = grader;
  return { kind: 'run', scripts: [beforeAnswer, codeIn(answer), aroundTests(tests)], timeoutMs, memoryMiB };
}

/** The longest fenced block, else the whole answer; `export` has no meaning in a script. */
export function codeIn(answer: string): string {
  const blocks = answer.split('```').filter((_, at) => at % 2 === 1);
  const [longest] = blocks.toSorted((a, b) => b.length - a.length);
  const code = longest === undefined ? answer : longest.replace(/^[a-zA-Z]*[ \t]*\r?\n/u, '');
  return code.replace(/^export\s+(default\s+)?(?=(async\s+)?(function|class|const|let|var)\b)/gmu, '');
}
