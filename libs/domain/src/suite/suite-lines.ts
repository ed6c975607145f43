/** Reads a suite's lines. The first thing wrong is thrown with its line, because a half-read suite is another suite. */
import { SuiteLine } from '#contracts/api/suite-api.js';
import { inputProblems } from '#contracts/api/strict-input.js';
import { inputDigestOf } from '../gate/case-key.js';

export class SuiteProblem extends Error {
  constructor(
    /** From 1; 0 is the suite as a whole. */
    readonly line: number,
    readonly problem: string,
  ) {
    super(line === 0 ? `The suite ${problem}` : `Line ${line} of the suite: ${problem}`);
  }
}

/** Throws `SuiteProblem`. Blank lines do not count. */
export function readSuiteLines(jsonl: string): SuiteLine[] {
  const seen = new Map<string, number>();
  const lines: SuiteLine[] = [];
  for (const [at, text] of jsonl.split('\n').entries()) {
    if (text.trim() === '') continue;
    const line = readLine(text, at + 1);
    const digest = inputDigestOf(line.input);
    const first = seen.get(digest);
    if (first !== undefined) throw new SuiteProblem(at + 1, `asks the same as line ${first}`);
    seen.set(digest, at + 1);
    lines.push(line);
  }
  if (lines.length === 0) throw new SuiteProblem(0, 'holds no case.');
  return lines;
}

export const writeSuiteLines = (lines: readonly SuiteLine[]): string =>
  lines
    .map(({ input, expected, system, tools, toolChoice }) =>
      JSON.stringify({ input, expected, system, tools, toolChoice }),
    )
    .map((line) => `${line}\n`)
    .join('');

function readLine(text: string, line: number): SuiteLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SuiteProblem(line, error instanceof Error ? error.message : 'is not JSON');
  }
  const parsed = SuiteLine.safeParse(value);
  const [issue] = parsed.success ? inputProblems(value, parsed.data) : parsed.error.issues;
  if (parsed.success && !issue) return parsed.data;
  throw new SuiteProblem(line, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}
