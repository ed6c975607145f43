/** What the gate has folded of each candidate, and what it would say of it now. */
import type { GateEvidence } from '#contracts/api/gate-api.js';
import { lnThresholdOf } from '#domain/gate/alpha-ledger.js';
import { freshGateState, GateState } from '#domain/gate/gate-state.js';
import { daysToClear, samplesToClear } from '#domain/gate/samples-to-clear.js';
import { verdictOf } from '#domain/gate/verdict-of.js';
import type { EvidenceLine } from '#postgres/evidence/evidence-line.store.js';
import type { ControlContext } from '../control-context.js';

/** Of a use case, or of all. Gates that were declared anew since are listed too: their evidence is history. */
export async function readEvidence(
  { evidence, stores, nowMs }: ControlContext,
  useCase: string | null,
): Promise<GateEvidence[]> {
  const lines = await evidence.list(useCase);
  const found = await Promise.all(
    lines.map(async (line) => {
      const definition = (await stores.useCases.find(line.useCase))?.definition;
      const state = line.state
        ? GateState.parse(line.state)
        : definition && freshGateState(definition.floor, definition.gate);
      return state ? [evidenceOf(line, state, nowMs())] : [];
    }),
  );
  return found.flat();
}

function evidenceOf(line: EvidenceLine, state: GateState, atMs: number): GateEvidence {
  const finding = verdictOf(state, atMs);
  return {
    useCase: line.useCase,
    gate: line.gate,
    candidate: line.candidate,
    revision: line.revision,
    word: finding.verdict,
    samples: finding.samples,
    samplesMin: state.terms.samplesMin,
    spanHours: finding.spanHours,
    slot: line.slot,
    samplesToClear: samplesToClear(finding),
    daysToClear: daysToClear(finding),
    lnThreshold: lnThresholdOf(state.terms),
    criteria: finding.criteria.map(({ histogram: _, ...criterion }) => criterion),
    stopped: line.stopped,
  };
}
