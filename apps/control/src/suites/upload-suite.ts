/** Reads a suite, one case per line, and makes it the use case's current one. The hash of its cases is part of the gate. */
import type { SuiteLine, SuiteUploaded } from '#contracts/api/suite-api.js';
import { inputDigestOf } from '#domain/gate/case-key.js';
import { type CaseInput, casesOf, inputAad, offerOf, suiteHashOf } from '#domain/suite/suite-hash.js';
import { readSuiteLines, SuiteProblem } from '#domain/suite/suite-lines.js';
import { publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import { seal } from '#runtime/seal.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem } from '../control-problem.js';
import { lineOf } from '../ledger-line.js';

export async function uploadSuite(
  context: ControlContext,
  actor: Actor,
  useCase: string,
  jsonl: string,
  dryRun: boolean,
): Promise<SuiteUploaded> {
  return putSuite(context, actor, useCase, readLines(jsonl), dryRun);
}

/** Requires distinct inputs. */
export async function putSuite(
  context: ControlContext,
  actor: Actor,
  useCase: string,
  lines: SuiteLine[],
  dryRun: boolean,
): Promise<SuiteUploaded> {
  const cases = casesOf(lines);
  const hash = suiteHashOf(cases);
  const previous = (await context.stores.suites.current(useCase))?.hash ?? null;
  const answer = { useCase, hash, caseCount: cases.length, changed: hash !== previous, previous };
  if (dryRun || !answer.changed) return answer;
  await publishSnapshot(context.publishing, actor.name, async ({ suites }) => {
    const { version } = await suites.add(useCase, hash, cases, actor.name);
    await suites.keepInputs(
      useCase,
      lines.map((line) => sealedInput(context.masterKey, useCase, line)),
    );
    const body = { subject: 'suite', name: useCase, useCase, action: 'put', version, digest: hash, before: previous };
    return { result: null, entries: [lineOf(context, actor, 'approval', { ...body, cases: cases.length })] };
  });
  return answer;
}

function sealedInput(masterKey: Buffer, useCase: string, line: SuiteLine) {
  const inputDigest = inputDigestOf(line.input);
  const asked: CaseInput = { input: line.input, system: line.system ?? null, ...offerOf(line) };
  const sealed = seal(masterKey, Buffer.from(JSON.stringify(asked)), inputAad(useCase, inputDigest));
  return { inputDigest, sealed, offersTools: line.tools !== undefined };
}

/** Throws `invalid_request`, naming the line. */
function readLines(jsonl: string): SuiteLine[] {
  try {
    return readSuiteLines(jsonl);
  } catch (error) {
    if (!(error instanceof SuiteProblem)) throw error;
    const { line, problem, message } = error;
    throw new ControlProblem(
      'invalid_request',
      message,
      line === 0 ? undefined : [{ path: `line ${line}`, message: problem }],
    );
  }
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
