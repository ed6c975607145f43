/** What the gate has folded of each candidate, and what it would say of it now. */
import type { GateEvidence } from '#contracts/api/gate-api.js';
import { lnThresholdOf } from '#domain/gate/alpha-ledger.js';
import { freshGateState, GateState } from '#domain/gate/gate-state.js';
import { daysToClear, samplesToClear } from '#domain/gate/samples-to-clear.js';
import { verdictOf } from '#domain/gate/verdict-of.js';
import { suiteLineOf } from '#domain/suite/suite-line.js';
import type { EvidenceLine } from '#postgres/evidence/evidence-line.store.js';
import type { ControlContext } from '../control-context.js';
import { publishedUseCases } from '../published-use-case.js';

/** Of a use case, or of all. Gates that were declared anew since are listed too: their evidence is history. */
export async function readEvidence(context: ControlContext, useCase: string | null): Promise<GateEvidence[]> {
  const { evidence, stores, nowMs } = context;
  const published = await publishedUseCases(context);
  const lines = await evidence.list(useCase);
  const found = await Promise.all(
    lines.map(async (line) => {
      const definition = (await stores.useCases.find(line.useCase))?.definition;
      const state = line.state
        ? GateState.parse(line.state)
        : definition && freshGateState(definition.floor, definition.gate);
      const about = subjectOf(line, published.get(line.useCase)?.gateHash);
      return state ? [{ ...evidenceOf(line, state, nowMs()), about }] : [];
    }),
  );
  return found.flat();
}

const subjectOf = ({ gate }: EvidenceLine, declared: string | undefined): GateEvidence['about'] =>
  gate === declared ? 'calls' : declared !== undefined && gate === suiteLineOf(declared) ? 'suite' : 'former_gate';

function evidenceOf(line: EvidenceLine, state: GateState, atMs: number): Omit<GateEvidence, 'about'> {
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
