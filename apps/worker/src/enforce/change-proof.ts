/**
 * Writes down what folding a proof's canaries and calls has come to: its shares, its lines for the ledger, and in the same
 * transaction, when it was demoted, that its candidate is not replayed before it has cooled down.
 */
import { Demotion, RampStep } from '#contracts/enforcement.js';
import type { Entry, EntryKind } from '#contracts/entry.js';
import { callsPerDayOf, coolDownMs, scoredShareOf } from '#domain/gate/canary-terms.js';
import { demotesAt } from '#domain/gate/drift-trace.js';
import { type EnforceEvent, EnforceState, freshEnforceState } from '#domain/gate/enforce-state.js';
import { driftEvidence, warnAt } from '#domain/gate/statistics/change-detection.js';
import type { EnforcementChange, EnforcementRow } from '#postgres/evidence/enforcement.store.js';
import type { EnforcedProof } from './proof.js';

export interface ProofTerms {
  organisation: string;
  nowMs: number;
  newId: () => string;
}

export interface ProofRow extends Omit<EnforcementRow, 'state'> {
  state: EnforceState;
}

export interface OccurredEvent {
  event: EnforceEvent;
  /** Position of the canary, or index of the ledger line, that brought it about. */
  position: number;
}

/** Where the share would differ by less than this from the one in force, the one in force stays. */
const shareTolerance = 0.2;

export async function proofRow(change: EnforcementChange, proof: EnforcedProof, nowMs: number): Promise<ProofRow> {
  const row = await change.row();
  if (row) return { ...row, state: EnforceState.parse(row.state) };
  const state = freshEnforceState(proof.useCase.floor);
  return {
    verdict: proof.verdict,
    rampShare: state.rampShare,
    scoredShare: scoredShareOf(proof.useCase.canary, null, false),
    warned: false,
    demotedAt: null,
    state,
    nextPosition: 1,
    traffic: [],
    pending: [],
    published: true,
    startedAtMs: nowMs,
  };
}

/** Saves the row as `state`, `nextPosition` and `traffic` have it by now, with everything that follows from them. */
export async function saveProof(
  change: EnforcementChange,
  proof: EnforcedProof,
  row: ProofRow,
  events: OccurredEvent[],
  terms: ProofTerms,
): Promise<void> {
  const { state } = row;
  const at = new Date(terms.nowMs).toISOString();
  const callsPerDay = callsPerDayOf(row.traffic, row.startedAtMs, terms.nowMs);
  const share = scoredShareOf(proof.useCase.canary, callsPerDay, state.warned);
  const differs = Math.abs(share - row.scoredShare) > shareTolerance * row.scoredShare || state.warned !== row.warned;
  const scoredShare = differs ? share : row.scoredShare;
  const entries = events.map((one) => entryOf(proof, one, at, terms));
  const changed = differs || entries.length > 0;
  await change.save({
    ...row,
    rampShare: state.rampShare,
    scoredShare,
    warned: state.warned,
    demotedAt: state.demoted ? (row.demotedAt ?? at) : null,
    pending: [...row.pending, ...entries],
    published: row.published && !changed,
  });
  if (state.demoted && row.demotedAt === null)
    await change.stopLine({
      gate: proof.useCase.gateHash,
      useCase: proof.useCase.slug,
      candidate: proof.candidate,
      revision: proof.revision,
      coolsUntil: coolsUntil(terms.nowMs),
    });
}

const coolsUntil = (nowMs: number): string => new Date(nowMs + coolDownMs).toISOString();

const kinds = { ramp: 'ramp_step', warning: 'drift_warning', demotion: 'demotion' } as const satisfies Record<
  EnforceEvent['kind'],
  EntryKind
>;

function entryOf(proof: EnforcedProof, { event, position }: OccurredEvent, at: string, terms: ProofTerms): Entry {
  const body =
    event.kind === 'ramp' ? rampStepOf(proof, event, at) : alarmOf(proof, event, position, at, coolsUntil(terms.nowMs));
  return {
    schema: 'o10.entry.v1',
    log: terms.organisation,
    kind: kinds[event.kind],
    id: terms.newId(),
    occurredAt: at,
    actor: null,
    body,
  };
}

const rampStepOf = (
  { verdict, useCase, candidate }: EnforcedProof,
  { from, to, canaries }: Extract<EnforceEvent, { kind: 'ramp' }>,
  at: string,
) => RampStep.encode({ verdict, useCase: useCase.slug, candidate, at, from, to, canaries });

const alarmOf = (
  { verdict, useCase, candidate, revision }: EnforcedProof,
  { kind, detector }: Exclude<EnforceEvent, { kind: 'ramp' }>,
  lastPosition: number,
  at: string,
  cooled: string,
) =>
  Demotion.encode({
    verdict,
    useCase: useCase.slug,
    gate: useCase.gateHash,
    baseline: useCase.baseline,
    candidate,
    revision,
    at,
    threshold: kind === 'demotion' ? demotesAt(detector.kind) : warnAt,
    evidence: driftEvidence(detector),
    detector,
    lastPosition,
    coolsUntil: kind === 'demotion' ? cooled : null,
  });
