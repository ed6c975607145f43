/**
 * What every grader owes, whatever it compares: one suite, driven for each kind. Graders that ask outside are given
 * deterministic findings, so that what is shown is the grader's own doing.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Grader } from '#contracts/use-case.js';
import { checkGrader } from './check-grader.js';
import { beginGrade, type Graded } from './grade-answer.js';
import { isGrade } from './grade-step.js';
import type { CalledTool, Grade, GradeFinding, GradeNeed } from './grade.js';

export interface GraderUnderTest {
  name: string;
  grader: Grader;
  expected: unknown;
  right: string;
  /** Where it is the calls that are graded. */
  rightCalls?: CalledTool[];
  /** The score of `right`, where the measure is not all or nothing. */
  rightScore?: number;
  /** Present: the grader asks outside, and is told this. */
  tell?: (need: GradeNeed) => GradeFinding;
}

const missing: GradeFinding = { kind: 'missing', reason: 'down' };

/** Plays the shell. Throws when a grader asks without end. */
export function settled(
  grader: Grader,
  graded: Graded,
  tell: (need: GradeNeed) => GradeFinding = () => missing,
): Grade {
  let step = beginGrade(grader, graded);
  for (let turn = 0; !isGrade(step); turn++) {
    if (turn > 5) throw new Error('a grader asks without end');
    step = step.next(step.needs.map(tell));
  }
  return step;
}

export function describeGrader(under: GraderUnderTest, naughty: readonly string[]): void {
  const { grader, expected, right, rightCalls, tell } = under;
  const references = grader.kind === 'composite' ? grader.parts.map((part) => part.grader) : [grader];
  const needsReference = references.some(
    (one) =>
      ('reference' in one && one.reference !== undefined) || (one.kind === 'judge' && one.compare === 'pairwise'),
  );
  const graded = (answer: string | null, reference: unknown = expected): Graded => ({
    answer,
    expected: reference,
    baselineAnswer: typeof reference === 'string' ? reference : 'an answer of the baseline',
    question: 'What is asked?',
    toolCalls: answer === null || answer.trim() === '' ? null : (rightCalls ?? [{ name: answer, arguments: answer }]),
    baselineToolCalls: rightCalls ?? null,
  });
  const grade = (answer: string | null, reference?: unknown) =>
    settled(grader, graded(answer, reference ?? expected), tell);

  describe.each([under])('$name', () => {
    test('may be declared', () => expect(checkGrader(grader)).toBeNull());

    test('a right answer scores 1, a missing or blank one 0', () => {
      expect(grade(right)).toHaveProperty('score', under.rightScore ?? 1);
      for (const none of [null, '', ' \n\t']) expect(grade(none)).toEqual({ score: 0 });
    });

    test('a missing reference is not gradable, whatever the answer', () => {
      if (!needsReference) return;
      for (const answer of [null, '', right, 'wrong'])
        expect(
          settled(
            grader,
            { answer, expected: undefined, baselineAnswer: null, toolCalls: [], baselineToolCalls: null },
            tell,
          ),
        ).toEqual({
          notGradable: expect.any(String),
        });
    });

    test('any text scores in [0,1], twice the same, and none throws', () => {
      const holds = (answer: string) => {
        const first = grade(answer);
        expect('score' in first && first.score >= 0 && first.score <= 1).toBe(true);
        expect(grade(answer)).toEqual(first);
        expect(grade(right, answer)).toEqual(grade(right, answer));
      };
      naughty.forEach(holds);
      const deep = grader.kind === 'text_similarity' ? 3_000 : 20_000;
      for (const piece of [
        '[',
        '{"answer":',
        '\\boxed{',
        '#### ',
        '"answer": ',
        '```',
        '1,',
        '9',
        '-',
        '/',
        ' ',
        'a',
        '\\',
        '\u0000',
        '\ud800',
      ])
        holds(piece.repeat(deep));
      holds('['.repeat(deep) + ']'.repeat(deep));
      holds(`{"answer":"${'a'.repeat(deep)}!"}`);
      holds('{"__proto__":{"answer":"aa"},"constructor":1}');
      holds('{"answer":1e999}');
      holds('{"answer":"1/0"}');
      fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), holds), { numRuns: 50 });
    });

    test('whether a call is gradable does not depend on the answer', () => {
      for (const reference of naughty) {
        const gradable = (answer: string | null) => 'score' in grade(answer, reference);
        expect([gradable(null), gradable('18')]).toEqual([gradable(right), gradable(right)]);
      }
    });

    test('what is asked outside and not answered is missing, and counts 0', () => {
      if (!tell) return;
      expect(settled(grader, graded(right))).toMatchObject({ score: 0, missing: expect.any(String) });
      const babble: GradeFinding = { kind: 'ask', text: 'I would say it is rather good.' };
      expect(settled(grader, graded(right), (need) => (need.kind === 'ask' ? babble : missing))).toMatchObject({
        score: 0,
        missing: expect.any(String),
      });
    });
  });
}
