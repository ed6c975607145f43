/**
 * The evidence a gate holds of one candidate: small, JSON, and complete, so that folding can stop and go on anywhere.
 * It carries the floor and terms it was declared under; other terms mean another state, never an edited one.
 */
import { z } from 'zod';
import { Floor, GateTerms } from '#contracts/use-case.js';
import { Criterion } from '#contracts/verdict.js';
import { freshWealth, gridFractions } from './grid-e-process.js';

const Wealths = z.array(z.number()).length(gridFractions.length);

/** One criterion's running evidence; `histogram`, `unjudged`, `firstClear` and `firstFail` as in the verdict. */
export const CriterionState = Criterion.pick({
  kind: true,
  nullMean: true,
  histogram: true,
  unjudged: true,
  firstClear: true,
  firstFail: true,
}).extend({
  /** Log-wealths of "better than the null", from scores rounded down. */
  wealthFor: Wealths,
  /** Log-wealths of the mirror, from scores rounded up. */
  wealthAgainst: Wealths,
});
export type CriterionState = z.output<typeof CriterionState>;

export const GateState = z.object({
  floor: Floor,
  terms: GateTerms,
  /** One per cluster: folding a second call of a cluster would count one observation twice. */
  samples: z.number().int().nonnegative(),
  lastPosition: z.number().int().positive().nullable(),
  firstAdmittedAtMs: z.number().int().nullable(),
  lastAdmittedAtMs: z.number().int().nullable(),
  /** Admission of the score with which every condition of clearing first held; evidence ages from here. */
  clearedAtMs: z.number().int().nullable(),
  criteria: z.array(CriterionState).min(1).max(3),
});
export type GateState = z.output<typeof GateState>;

/** What a floor asks, each as "the mean of a transformed score in [0,1] is above its null". Nothing is asked twice. */
export function claimsOf(floor: Partial<Floor>): Pick<CriterionState, 'kind' | 'nullMean'>[] {
  const { absolute, nonInferiorMargin, regressionShareMax } = floor;
  const claims: Pick<CriterionState, 'kind' | 'nullMean'>[] = [];
  if (absolute !== undefined) claims.push({ kind: 'absolute', nullMean: absolute });
  if (nonInferiorMargin !== undefined) claims.push({ kind: 'non_inferior', nullMean: (1 - nonInferiorMargin) / 2 });
  if (regressionShareMax !== undefined) claims.push({ kind: 'regression', nullMean: 1 - regressionShareMax });
  return claims;
}

/** Nothing seen yet. The absolute floor is always a criterion, the others where they are declared. */
export function freshGateState(floor: Floor, terms: GateTerms): GateState {
  const criteria = claimsOf(floor).map(freshCriterion);
  return {
    floor,
    terms,
    samples: 0,
    lastPosition: null,
    firstAdmittedAtMs: null,
    lastAdmittedAtMs: null,
    clearedAtMs: null,
    criteria,
  };
}

function freshCriterion({ kind, nullMean }: Pick<CriterionState, 'kind' | 'nullMean'>): CriterionState {
  const wealths = () => [...freshWealth()];
  return {
    kind,
    nullMean,
    histogram: [],
    firstClear: null,
    firstFail: null,
    wealthFor: wealths(),
    wealthAgainst: wealths(),
  };
}
