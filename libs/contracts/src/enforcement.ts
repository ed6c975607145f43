/**
 * What becomes of a proof while it is enforced: the ramp it climbs, the alarm that takes it back. These are bodies of
 * ledger lines, so each holds what is needed to say it again.
 */
import { z } from 'zod';
import { Digest, Id, Instant, RouteId, Slug } from './names.js';
import { Floor, GateTerms } from './use-case.js';

/** A verdict as it is enforced. `demotedAt`: its clearance is withdrawn for good; another attempt is another verdict. */
export const Enforcement = z
  .object({
    verdict: Id,
    rampShare: z.number().min(0).max(1),
    scoredShare: z.number().min(0).max(1),
    warned: z.boolean(),
    demotedAt: Instant.nullable(),
  })
  .meta({ id: 'Enforcement' });
export type Enforcement = z.output<typeof Enforcement>;

const detectorKinds = ['absolute', 'non_inferior', 'regression', 'schema', 'hard_failure'] as const;
export const DetectorKind = z.enum(detectorKinds).meta({ id: 'DetectorKind' });
export type DetectorKind = z.output<typeof DetectorKind>;

/** An e-SR detector and how it came to stand where it does: fold `scores` in order into `since`, and `detectors` comes out. */
export const DetectorTrace = z
  .object({
    kind: DetectorKind,
    /** The mean that is watched, on the scale of the transformed score in [0,1]. */
    floor: z.number().gt(0).lt(1),
    canaries: z.number().int().nonnegative(),
    /** M of each bet, see domain/gate/statistics/change-detection. */
    detectors: z.array(z.number().nonnegative()),
    /** The same before the first of `scores`. */
    since: z.object({ canaries: z.number().int().nonnegative(), detectors: z.array(z.number().nonnegative()) }),
    /** [transformed score, how often in a row], oldest first. */
    scores: z.array(z.tuple([z.number(), z.number().int().positive()])),
  })
  .meta({ id: 'DetectorTrace' });
export type DetectorTrace = z.output<typeof DetectorTrace>;

/** Body of `demotion`, and of `drift_warning`, which takes nothing away. */
export const Demotion = z
  .object({
    verdict: Id,
    useCase: Slug,
    gate: Digest,
    baseline: RouteId,
    candidate: RouteId,
    revision: z.string(),
    at: Instant,
    /** Average canaries between false alarms, at the least: the detector's mean over its bets has reached it. */
    threshold: z.number().positive(),
    evidence: z.number().nonnegative(),
    detector: DetectorTrace,
    /** Position of the last canary, or index of the last ledger line, that was folded. */
    lastPosition: z.number().int().nonnegative(),
    /** Before this the candidate is not tried again; then it takes the next slot of its gate. Null of a warning. */
    coolsUntil: Instant.nullable(),
  })
  .meta({ id: 'Demotion' });
export type Demotion = z.output<typeof Demotion>;

/** Body of `ramp_step`. */
export const RampStep = z
  .object({
    verdict: Id,
    useCase: Slug,
    candidate: RouteId,
    at: Instant,
    from: z.number().min(0).max(1),
    to: z.number().min(0).max(1),
    /** Canaries since the last step or warning. */
    canaries: z.number().int().nonnegative(),
  })
  .meta({ id: 'RampStep' });
export type RampStep = z.output<typeof RampStep>;

/** Body of `gate_declared`: what is tested, written down before the first call is numbered for it. */
export const GateDeclared = z
  .object({
    useCase: Slug,
    /** Hash of all of it but the candidates; the grader is in it too, and repeated by the verdict. */
    gate: Digest,
    baseline: RouteId,
    baselineRevision: z.string().nullable(),
    candidates: z.array(z.object({ route: RouteId, revision: z.string() })),
    floor: Floor,
    terms: GateTerms,
    suiteHash: Digest.nullable(),
    /** The snapshot that declares it. */
    snapshot: z.number().int().positive(),
  })
  .meta({ id: 'GateDeclared' });
export type GateDeclared = z.output<typeof GateDeclared>;
