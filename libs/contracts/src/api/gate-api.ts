/** The gate over the API: what has been folded of each candidate so far, verdict or not. */
import { z } from 'zod';
import { DetectorKind } from '../enforcement.js';
import { Digest, Id, Instant, RouteId, Slug } from '../names.js';
import { Criterion, VerdictWord } from '../verdict.js';
import { listOf } from './stored.js';

export const GateEvidence = z
  .object({
    useCase: Slug,
    gate: Digest,
    /** What its scores are of: live calls, replays of the suite, or either under a gate that was declared anew since. */
    about: z.enum(['calls', 'suite', 'former_gate']),
    candidate: RouteId,
    revision: z.string(),
    /** What the evidence says now; `undecided` before the first score. */
    word: VerdictWord,
    samples: z.number().int().nonnegative(),
    samplesMin: z.number().int().positive(),
    spanHours: z.number().nonnegative(),
    /** Its place among the attempts declared, from 1; null before the first look. */
    slot: z.number().int().positive().nullable(),
    /** Scored calls needed in all, and days from now, if all goes on as it has; null where it would not clear, or too little is known. */
    samplesToClear: z.number().nullable(),
    daysToClear: z.number().nullable(),
    lnThreshold: z.number(),
    criteria: z.array(Criterion.omit({ histogram: true })),
    /** Failed, futile, no_slot: it is not replayed any more. */
    stopped: z.string().nullable(),
  })
  .meta({ id: 'GateEvidence' });
export type GateEvidence = z.output<typeof GateEvidence>;
export const GateEvidenceList = listOf(GateEvidence).meta({ id: 'GateEvidenceList' });

/** A proof as it is enforced: how far its ramp has climbed, and how near each detector is to its alarm. */
export const EnforcedProof = z
  .object({
    verdict: Id,
    useCase: Slug,
    candidate: RouteId,
    rampShare: z.number().min(0).max(1),
    /** Canaries since the last step or warning. */
    sinceStep: z.number().int().nonnegative(),
    scoredShare: z.number().min(0).max(1),
    warned: z.boolean(),
    demotedAt: Instant.nullable(),
    detectors: z.array(
      z.object({
        kind: DetectorKind,
        floor: z.number(),
        canaries: z.number().int().nonnegative(),
        evidence: z.number().nonnegative(),
        warnsAt: z.number().positive(),
        demotesAt: z.number().positive(),
      }),
    ),
  })
  .meta({ id: 'EnforcedProof' });
export type EnforcedProof = z.output<typeof EnforcedProof>;
export const EnforcedProofList = listOf(EnforcedProof).meta({ id: 'EnforcedProofList' });
