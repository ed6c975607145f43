/** `o10 gate show`: how far the evidence of each candidate has come, and what was last announced of it. */
import { type GateEvidence, GateEvidenceList } from '#contracts/api/gate-api.js';
import { VerdictList } from '#contracts/api/statement-api.js';
import type { Verdict } from '#contracts/verdict.js';
import { askControl, type ControlClient } from '../configure/ask-control.js';
import { boundsOf, claimOf, evidenceOf } from './describe-criterion.js';
import { count, figure } from './draw-text.js';

export interface ShownGate extends GateEvidence {
  /** The newest verdict on this evidence; null while there is none. */
  announced: Pick<Verdict, 'id' | 'verdict' | 'decidedAt' | 'expiresAt' | 'overrides'> | null;
}

export async function readGates(client: ControlClient, useCase: string | null): Promise<{ gates: ShownGate[] }> {
  const query = useCase === null ? '' : `&useCase=${encodeURIComponent(useCase)}`;
  const ask = (path: string) => askControl(client, { method: 'GET', path: `${path}?count=1000${query}` });
  const { items: evidence } = GateEvidenceList.parse(await ask('/api/gates/evidence'));
  const { items: verdicts } = VerdictList.parse(await ask('/api/gates/verdicts'));
  const gates = evidence.map((line) => {
    const newest = verdicts.find(
      ({ gate, candidate, revision }) =>
        gate === line.gate && candidate === line.candidate && revision === line.revision,
    );
    const { id, verdict, decidedAt, expiresAt, overrides } = newest ?? {};
    const announced = newest
      ? { id: id!, verdict: verdict!, decidedAt: decidedAt!, expiresAt: expiresAt!, overrides: overrides! }
      : null;
    return { ...line, announced };
  });
  return { gates };
}

export function describeGates({ gates }: { gates: readonly ShownGate[] }): string[] {
  if (gates.length === 0)
    return ['There is no evidence yet: it comes with sampled calls of a use case in shadow or enforce.'];
  const useCases = [...new Set(gates.map(({ useCase }) => useCase))];
  return useCases.flatMap((useCase) => [
    useCase,
    ...gates
      .filter((gate) => gate.useCase === useCase)
      .flatMap((gate) => describeGate(gate).map((line) => `  ${line}`)),
  ]);
}

function describeGate(gate: ShownGate): string[] {
  const { candidate, revision, word, samples, spanHours, slot, stopped, announced, criteria, lnThreshold } = gate;
  const attempt = slot === null ? 'not started' : `attempt ${slot}`;
  const what = { calls: 'calls', suite: 'cases of the suite', former_gate: 'observations of a former gate' };
  return [
    `${candidate} (${revision}): ${word}, ${count(samples)} ${what[gate.about]} over ${figure(spanHours)} h, ${attempt}, gate ${gate.gate.slice(0, 12)}`,
    ...criteria.flatMap((criterion) => [
      `  ${claimOf(criterion)}`,
      `    ${evidenceOf(criterion, lnThreshold)}`,
      `    ${boundsOf(criterion)}`,
    ]),
    ...(word === 'undecided' ? [`  ${etaOf(gate)}`] : []),
    ...(stopped === null ? [] : [`  not replayed any more: ${reasons[stopped] ?? stopped}`]),
    ...(announced === null ? [] : announcedLines(announced)),
  ];
}

const reasons: Record<string, string> = {
  no_slot: 'every attempt that was declared is spent (gate.slots)',
  demoted: 'demoted; it may try again when it has cooled down',
};

function etaOf({ samplesToClear, daysToClear, samples, samplesMin }: ShownGate): string {
  if (samples === 0) return `nothing scored yet; at least ${count(samplesMin)} calls are needed`;
  if (samplesToClear === null) return 'as the scores are, more of them would not clear it';
  const days = daysToClear === null ? '' : `, in about ${figure(daysToClear)} days`;
  return `as the scores are, about ${count(Math.max(0, samplesToClear - samples))} more calls would clear it${days}`;
}

const announcedLines = ({ id, verdict, decidedAt, expiresAt, overrides }: NonNullable<ShownGate['announced']>) => [
  `  verdict ${id}: ${verdict} on ${decidedAt}, expires ${expiresAt}`,
  ...overrides.map((words) => `  weaker than the default: ${words}`),
];
