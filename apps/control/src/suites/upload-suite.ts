/** Reads a suite, one case per line, and makes it the use case's current one. The hash of its cases is part of the gate. */
import type { SuiteUploaded } from '#contracts/api/suite-api.js';
import { SuiteLine } from '#contracts/api/suite-api.js';
import { inputProblems } from '#contracts/api/strict-input.js';
import type { SuiteCase } from '#contracts/use-case.js';
import { inputDigestOf } from '#domain/gate/case-key.js';
import { publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem } from '../control-problem.js';
import { digestOf, lineOf } from '../ledger-line.js';

export async function uploadSuite(
  context: ControlContext,
  actor: Actor,
  useCase: string,
  jsonl: string,
  dryRun: boolean,
): Promise<SuiteUploaded> {
  const cases = readCases(jsonl);
  const hash = digestOf(cases);
  const previous = (await context.stores.suites.current(useCase))?.hash ?? null;
  const answer = { useCase, hash, caseCount: cases.length, changed: hash !== previous, previous };
  if (dryRun || !answer.changed) return answer;
  await publishSnapshot(context.publishing, actor.name, async ({ suites }) => {
    const { version } = await suites.add(useCase, hash, cases, actor.name);
    const body = { subject: 'suite', name: useCase, useCase, action: 'put', version, digest: hash, before: previous };
    return { result: null, entries: [lineOf(context, actor, 'approval', { ...body, cases: cases.length })] };
  });
  return answer;
}

/** Cases in order of their digest, so that the order of lines does not make another suite. Throws `invalid_request`. */
export function readCases(jsonl: string): SuiteCase[] {
  const seen = new Map<string, number>();
  const cases: SuiteCase[] = [];
  for (const [at, text] of jsonl.split('\n').entries()) {
    if (text.trim() === '') continue;
    const { input, expected } = readLine(text, at + 1);
    const inputDigest = inputDigestOf(input);
    const first = seen.get(inputDigest);
    if (first !== undefined) throw wrongLine(at + 1, `asks the same as line ${first}`);
    seen.set(inputDigest, at + 1);
    cases.push({ inputDigest, expected });
  }
  if (cases.length === 0) throw new ControlProblem('invalid_request', 'The suite holds no case.');
  return cases.sort((left, right) => (left.inputDigest < right.inputDigest ? -1 : 1));
}

function readLine(text: string, line: number): SuiteLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrongLine(line, error instanceof Error ? error.message : 'is not JSON');
  }
  const parsed = SuiteLine.safeParse(value);
  const [issue] = parsed.success ? inputProblems(value, parsed.data) : parsed.error.issues;
  if (parsed.success && !issue) return parsed.data;
  throw wrongLine(line, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function wrongLine(line: number, message: string): ControlProblem {
  const detail = `Line ${line} of the suite: ${message}`;
  return new ControlProblem('invalid_request', detail, [{ path: `line ${line}`, message }]);
}

/** False when the use case had none. */
export async function deleteSuite(context: ControlContext, actor: Actor, useCase: string): Promise<boolean> {
  const { result } = await publishSnapshot(context.publishing, actor.name, async ({ suites }) => {
    const deleted = await suites.delete(useCase);
    const body = { subject: 'suite', name: useCase, useCase, action: 'delete' };
    return { result: deleted, entries: deleted ? [lineOf(context, actor, 'approval', body)] : [] };
  });
  return result;
}
