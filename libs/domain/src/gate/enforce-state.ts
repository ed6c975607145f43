/**
 * A proof while it is enforced: canaries in order go in; ramp steps, warnings and at last a demotion come out. Small,
 * JSON, and complete, so that folding can stop and go on anywhere.
 */
import { z } from 'zod';
import { DetectorTrace } from '#contracts/enforcement.js';
import type { Floor } from '#contracts/use-case.js';
import { canariesPerStep, rampSteps } from './canary-terms.js';
import { foldTrace, freshTrace, hardFailureFloor, wordOfTrace } from './drift-trace.js';
import { transformed } from './fold-score.js';
import { claimsOf } from './gate-state.js';

export const EnforceState = z.object({
  detectors: z.array(DetectorTrace),
  rampShare: z.number().min(0).max(1),
  /** Canaries since the last step or warning. */
  sinceStep: z.number().int().nonnegative(),
  warned: z.boolean(),
  /** No canary and no call is folded any more. */
  demoted: z.boolean(),
});
export type EnforceState = z.output<typeof EnforceState>;

export interface Canary {
  /** In [0,1]; 0 where the candidate made no answer. */
  candidate: number;
  /** Null: the baseline was not asked. */
  baseline: number | null;
  /** Of the answer's form alone; null where none is asked for. */
  valid: boolean | null;
}

export type EnforceEvent =
  | { kind: 'ramp'; from: number; to: number; canaries: number }
  | { kind: 'warning' | 'demotion'; detector: DetectorTrace };

export interface Enforced {
  state: EnforceState;
  events: EnforceEvent[];
}

/** One detector per claim of the floor, each with its own promise; one for the form of answers, one for failures. */
export const freshEnforceState = (floor: Floor): EnforceState => ({
  detectors: [
    ...claimsOf(floor).map(({ kind, nullMean }) => freshTrace(kind, nullMean)),
    freshTrace('schema', hardFailureFloor),
    freshTrace('hard_failure', hardFailureFloor),
  ],
  rampShare: rampSteps[0],
  sinceStep: 0,
  warned: false,
  demoted: false,
});

/** Canaries come in the order of their places. One that was lost on our side is not folded: it is no observation. */
export function enforceCanary(state: EnforceState, canary: Canary): Enforced {
  return moved(
    state,
    state.detectors.map((trace) => {
      const x = observed(trace.kind, canary);
      return x === null ? trace : foldTrace(trace, x);
    }),
    1,
  );
}

/** One enforced call on the route, answered or not, in the order of the ledger. */
export function enforceCall(state: EnforceState, answered: boolean): Enforced {
  const detectors = state.detectors.map((trace) =>
    trace.kind === 'hard_failure' ? foldTrace(trace, answered ? 1 : 0) : trace,
  );
  return moved(state, detectors, 0);
}

function observed(kind: DetectorTrace['kind'], { candidate, baseline, valid }: Canary): number | null {
  if (kind === 'hard_failure') return null;
  if (kind === 'schema') return valid === null ? null : Number(valid);
  if (kind !== 'absolute' && baseline === null) return null;
  return transformed(kind, { candidate, baseline });
}

function moved(before: EnforceState, detectors: DetectorTrace[], canaries: number): Enforced {
  if (before.demoted) return { state: before, events: [] };
  const alarmed = detectors.find((trace) => wordOfTrace(trace) === 'demoted');
  if (alarmed)
    return { state: { ...before, detectors, demoted: true }, events: [{ kind: 'demotion', detector: alarmed }] };
  const warning = detectors.find((trace) => wordOfTrace(trace) === 'warned');
  const sinceStep = warning ? 0 : before.sinceStep + canaries;
  const state = { ...before, detectors, sinceStep, warned: warning !== undefined };
  if (warning) return { state, events: before.warned ? [] : [{ kind: 'warning', detector: warning }] };
  const to = rampSteps.find((step) => step > before.rampShare);
  if (to === undefined || sinceStep < canariesPerStep) return { state, events: [] };
  return {
    state: { ...state, rampShare: to, sinceStep: 0 },
    events: [{ kind: 'ramp', from: before.rampShare, to, canaries: sinceStep }],
  };
}
