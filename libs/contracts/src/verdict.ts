/** What the gate says of a candidate, with everything needed to say it again from the same evidence. */
import { z } from 'zod';
import { Digest, Id, Instant, RouteId, Slug } from './names.js';
import { AskedRoutes, Floor, GateTerms, Grader } from './use-case.js';

export const VerdictWord = z.enum(['cleared', 'failed', 'undecided', 'futile']).meta({ id: 'VerdictWord' });
export type VerdictWord = z.output<typeof VerdictWord>;

/** One claim ("mean ≥ absolute floor", "not worse than the baseline by the margin", "few regressions") and its evidence. */
export const Criterion = z
  .object({
    kind: z.enum(['absolute', 'non_inferior', 'regression']),
    /** The mean under the null, on the scale of the transformed score in [0,1]. */
    nullMean: z.number(),
    /** ln E of "better than the null"; cleared at `lnThreshold`. */
    lnEvidenceFor: z.number(),
    /** ln E of the mirror process; failed at `lnThreshold`. */
    lnEvidenceAgainst: z.number(),
    firstClear: z.number().int().positive().nullable(),
    firstFail: z.number().int().positive().nullable(),
    /** Anytime-valid bounds on the mean of the criterion's own scale: score, candidate − baseline, or share of calls without regression. */
    lower: z.number(),
    upper: z.number(),
    mean: z.number(),
    /** How often each transformed score occurred, [score, count]: an auditor recomputes ln E from this. */
    histogram: z.array(z.tuple([z.number(), z.number().int().positive()])),
    /** Observations a judge was silent about: 0 where the claim is to be proved, 1 where it is to be refuted. Absent: none. */
    unjudged: z.number().int().positive().optional(),
  })
  .meta({ id: 'Criterion' });
export type Criterion = z.output<typeof Criterion>;

export const Verdict = z
  .object({
    id: Id,
    useCase: Slug,
    /** Hash of what was declared before the data: baseline and its revision, grader, suite, floor, terms. */
    gate: Digest,
    baseline: RouteId,
    candidate: RouteId,
    revision: z.string(),
    verdict: VerdictWord,
    decidedAt: Instant,
    expiresAt: Instant,
    samples: z.number().int().nonnegative(),
    clusters: z.number().int().nonnegative(),
    spanHours: z.number().nonnegative(),
    lnThreshold: z.number(),
    floor: Floor,
    terms: GateTerms,
    criteria: z.array(Criterion),
    /** Terms weaker than the defaults, in words. */
    overrides: z.array(z.string()),
    /** Which of the declared attempts at the error probability this was, from 1; `lnThreshold` is the price of each. */
    slot: z.number().int().positive().optional(),
    /** What `gate` hashes and the other fields do not hold. */
    declared: z
      .object({
        baselineRevision: z.string(),
        grader: Grader,
        suiteHash: Digest.nullable(),
        judges: AskedRoutes.optional(),
        promptTemplate: z.string().optional(),
      })
      .optional(),
  })
  .meta({ id: 'Verdict' });
export type Verdict = z.output<typeof Verdict>;

/** The proof a route needs to be served in enforce: a cleared verdict that has not expired. */
export const Clearance = z
  .object({
    useCase: Slug,
    baseline: RouteId,
    candidate: RouteId,
    revision: z.string(),
    verdict: Id,
    expiresAt: Instant,
    /** Past this nobody has observed the candidate for too long; absent where it is not followed. */
    freshUntil: Instant.optional(),
    /** What enforcing it has come to; absent before its first canary. */
    enforcement: z
      .object({
        rampShare: z.number().min(0).max(1),
        scoredShare: z.number().min(0).max(1),
        /** A detector stands above its warning. */
        warned: z.boolean(),
      })
      .optional(),
  })
  .meta({ id: 'Clearance' });
export type Clearance = z.output<typeof Clearance>;
