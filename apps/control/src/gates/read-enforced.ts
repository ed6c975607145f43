/** The proofs that are or were enforced, with what their detectors have seen. */
import type { EnforcedProof } from '#contracts/api/gate-api.js';
import { demotesAt } from '#domain/gate/drift-trace.js';
import { EnforceState } from '#domain/gate/enforce-state.js';
import { driftEvidence, warnAt } from '#domain/gate/statistics/change-detection.js';
import type { ControlContext } from '../control-context.js';

/** Of a use case, or of all; the latest first. */
export async function readEnforced(
  { enforcement, stores }: Pick<ControlContext, 'enforcement' | 'stores'>,
  useCase: string | null,
): Promise<EnforcedProof[]> {
  const found = await Promise.all(
    (await enforcement.list()).map(async (row) => {
      const verdict = await stores.verdicts.find(row.verdict);
      if (!verdict || (useCase !== null && verdict.useCase !== useCase)) return [];
      const { detectors, sinceStep } = EnforceState.parse(row.state);
      const { rampShare, scoredShare, warned, demotedAt } = row;
      const watched = detectors.map((trace) => ({
        kind: trace.kind,
        floor: trace.floor,
        canaries: trace.canaries,
        evidence: driftEvidence(trace),
        warnsAt: Math.min(warnAt, demotesAt(trace.kind)),
        demotesAt: demotesAt(trace.kind),
      }));
      const of = { verdict: row.verdict, useCase: verdict.useCase, candidate: verdict.candidate };
      return [{ ...of, rampShare, sinceStep, scoredShare, warned, demotedAt, detectors: watched }];
    }),
  );
  return found.flat();
}
