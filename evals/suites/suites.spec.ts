/** Every suite is answered right, and seen to pass; then broken, and seen to fail. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Grader } from '#contracts/use-case.js';
import { checkGrader } from '#domain/gate/graders/check-grader.js';
import { beginGrade } from '#domain/gate/graders/grade-answer.js';
import { isGrade } from '#domain/gate/graders/grade-step.js';
import type { GradeFinding, GradeNeed } from '#domain/gate/graders/grade.js';
import { damagedAnswers } from '#domain/suite/damage.js';
import { promptfooFrom, suiteFromPromptfoo } from '#domain/suite/promptfoo.js';
import { casesOf, suiteHashOf } from '#domain/suite/suite-hash.js';
import { ScriptSandbox } from '#runtime/sandbox/script-sandbox.js';
import { readSuiteFolder } from './read-suite-folder.js';

const suites = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const sandbox = new ScriptSandbox();
afterAll(() => sandbox.close());

async function tell(need: GradeNeed): Promise<GradeFinding> {
  return need.kind === 'run'
    ? { kind: 'run', passed: (await sandbox.run(need)).passed }
    : { kind: 'missing', reason: 'a suite asks nobody' };
}

async function score(grader: Grader, expected: unknown, answer: string): Promise<number> {
  let step = beginGrade(grader, { answer, expected, baselineAnswer: null });
  while (!isGrade(step)) step = step.next(await Promise.all(step.needs.map(tell)));
  if ('notGradable' in step) throw new Error(step.notGradable);
  return step.score;
}

/** What a perfect model would say. */
function rightAnswer(grader: Grader, expected: unknown, written: string | undefined): string {
  if (written !== undefined) return written;
  if (grader.kind === 'contains')
    return `The rules say: ${(Array.isArray(expected) ? expected : [expected]).join('; ')}. Anything else?`;
  return typeof expected === 'string' ? expected : JSON.stringify(expected);
}

test('there is a suite for each of the five use cases', () =>
  expect(suites).toEqual(['batch-extraction', 'classification', 'code', 'rag', 'support']));

describe.each(suites)('%s', (name) => {
  const folder = join(import.meta.dirname, name);
  const { manifest, lines, answers } = readSuiteFolder(folder);
  const { grader, floor } = manifest;
  const right = lines.map(({ expected }, at) => rightAnswer(grader, expected, answers?.[at]));

  test('is declared whole: 60 cases or more, a grader that may gate, a README', () => {
    expect(manifest.name).toBe(name);
    expect(lines.length).toBeGreaterThanOrEqual(60);
    expect(checkGrader(grader)).toBeNull();
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain(`${lines.length} cases`);
  });

  test('right answers score 1', async () => {
    for (const [at, line] of lines.entries())
      expect([line.input, await score(grader, line.expected, right[at]!)]).toEqual([line.input, 1]);
  }, 60_000);

  test('broken ones are below the floor, every one', async () => {
    let broken = 0;
    for (const [at, { input, expected }] of lines.entries()) {
      const others = [1, 2, 3]
        .map((step) => right[(at + step * 7) % right.length]!)
        .filter((other) => other !== right[at]);
      for (const wrong of damagedAnswers(grader, { text: right[at]!, expected }, others)) {
        broken += 1;
        const reached = await score(grader, expected, wrong);
        if (reached >= floor.absolute) throw new Error(`${reached} for a broken answer to ${input}: ${wrong}`);
      }
    }
    expect(broken).toBeGreaterThanOrEqual(lines.length);
  }, 60_000);

  test('survives promptfoo with its hash', () => {
    const imported = suiteFromPromptfoo(JSON.parse(JSON.stringify(promptfooFrom(lines, manifest))));
    expect(suiteHashOf(casesOf(imported.lines))).toBe(suiteHashOf(casesOf(lines)));
    expect(imported.grader).toEqual(grader);
  });
});
