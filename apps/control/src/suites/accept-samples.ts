/** Sampled calls that may become cases, and making cases of them: another version of the suite, and so another gate. */
import type { AcceptSamples, SuiteLine, SuiteSample, SuiteUploaded } from '#contracts/api/suite-api.js';
import { inputDigestOf } from '#domain/gate/case-key.js';
import { callsAsReference } from '#domain/gate/graders/grade-tool-calls.js';
import { type CaseInput, inputAad, offerOf, sampleAad, type SampledCall } from '#domain/suite/suite-hash.js';
import { open } from '#runtime/seal.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { publishedUseCase } from '../published-use-case.js';
import { putSuite } from './upload-suite.js';

export async function readSamples({ suitePasses, masterKey }: ControlContext, useCase: string): Promise<SuiteSample[]> {
  return (await suitePasses.samples(useCase)).map(({ callId, sealed, keptAt }) => {
    const sampled = JSON.parse(open(masterKey, sealed, sampleAad(callId)).toString()) as SampledCall;
    return { callId, keptAt: keptAt.toISOString(), ...sampled };
  });
}

/**
 * Throws `not_found` for a call nobody kept, `invalid_request` where a case's own input was not kept, or what was called is
 * nothing to expect.
 */
export async function acceptSamples(
  context: ControlContext,
  actor: Actor,
  useCase: string,
  { samples }: AcceptSamples,
): Promise<SuiteUploaded> {
  const known = new Map((await readSamples(context, useCase)).map((sample) => [sample.callId, sample]));
  const byCalls = (await publishedUseCase(context, useCase))?.grader.kind === 'tool_calls';
  const accepted = samples.map(({ callId, expected }): SuiteLine => {
    const sample = known.get(callId);
    if (!sample) throw notFound(`sample ${callId} of ${useCase}`);
    const { input, system } = sample;
    const right = expected ?? (byCalls ? callsAsReference(sample.calls ?? []) : sample.answer || null);
    if (right === null)
      throw new ControlProblem('invalid_request', `What ${callId} was answered cannot be expected: say what is right.`);
    return { input, expected: right, ...(system !== null && { system }), ...offerOf(sample) };
  });
  const taken = new Set(accepted.map(({ input }) => inputDigestOf(input)));
  const kept = (await currentLines(context, useCase)).filter(({ input }) => !taken.has(inputDigestOf(input)));
  const answer = await putSuite(context, actor, useCase, [...kept, ...accepted], false);
  await context.suitePasses.forgetSamples(samples.map(({ callId }) => callId));
  return answer;
}

async function currentLines({ stores, masterKey }: ControlContext, useCase: string): Promise<SuiteLine[]> {
  const current = await stores.suites.current(useCase);
  if (!current) return [];
  const cases = await stores.suites.cases(useCase, current.version);
  return Promise.all(
    cases.map(async ({ inputDigest, expected }) => {
      const sealed = await stores.suites.input(useCase, inputDigest);
      if (!sealed)
        throw new ControlProblem(
          'invalid_request',
          'Cases of this suite were uploaded without their inputs: upload it again.',
        );
      const asked = JSON.parse(open(masterKey, sealed, inputAad(useCase, inputDigest)).toString()) as CaseInput;
      const { input, system } = asked;
      return { input, expected: expected ?? null, ...(system !== null && { system }), ...offerOf(asked) };
    }),
  );
}
