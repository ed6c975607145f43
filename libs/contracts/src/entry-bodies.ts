/**
 * What a line of each kind says at least, by version. A body names its version as `schema: "o10.<kind>.v<n>"`; one
 * without is of version 1. Versions are added, never changed: a line is for ever, and so is what reads it.
 */
import { z } from 'zod';
import { CallRecord } from './call-record.js';
import { Demotion, GateDeclared, RampStep } from './enforcement.js';
import type { EntryKind } from './entry.js';
import { PicoUsd } from './money.js';
import { Digest, Id, Instant, RouteId, Slug } from './names.js';
import { Signature, Statement, StatementV2 } from './statement.js';
import { Mode } from './use-case.js';
import { VerdictWord } from './verdict.js';

const HeldEnvelope = z.object({ envelope: Slug, window: z.string() });

const correction = {
  /** The attempt that is corrected, and its call. */
  attemptId: Id,
  callId: Id,
  useCase: Slug,
  /** Added to the cost; negative where it was booked too high. */
  differencePicoUsd: PicoUsd,
  /** It corrects a replay or a judgement; absent: what a caller bought. */
  evaluation: z.literal(true).optional(),
  /** Added to what the caller is charged; absent: nothing. */
  chargeDifferencePicoUsd: PicoUsd.optional(),
  /** The windows the attempt was settled on, and what was added to each, in whole nano-USD. */
  envelopes: z.array(HeldEnvelope),
  differenceNanoUsd: z.string().regex(/^-?(0|[1-9]\d{0,18})$/),
  reason: z.string().min(1),
};

/**
 * A correction of what an attempt cost, known after its ending: an estimate trued up by the venue's report. The line it
 * corrects stays as it is; what the attempt cost is the sum of both.
 */
export const AdjustmentBody = z
  .looseObject({
    schema: z.literal('o10.adjustment.v1').optional(),
    ...correction,
    /** What the attempt drew from committed capacity after all, and what that adds to its share of the price. */
    capacity: z
      .object({ commitment: Slug, period: Instant, unitsCovered: z.number().int(), shareDifferencePicoUsd: PicoUsd })
      .optional(),
  })
  .meta({ id: 'AdjustmentBody' });
export type AdjustmentBody = z.output<typeof AdjustmentBody>;

/** Takes a correction back, whole and once: the differences are its, negated. What should stand instead is another line. */
export const ReversalBody = z
  .looseObject({
    schema: z.literal('o10.reversal.v1'),
    ...correction,
    reverses: z.object({ kind: z.literal('adjustment'), id: Id }),
  })
  .meta({ id: 'ReversalBody' });
export type ReversalBody = z.output<typeof ReversalBody>;

/** What nobody used of a period of committed capacity. It belongs to an owner and to no call. */
export const StandingChargeBody = z
  .looseObject({
    schema: z.literal('o10.standing_charge.v1'),
    commitment: Slug,
    owner: Slug,
    from: Instant,
    to: Instant,
    unitsTotal: z.string().regex(/^\d{1,30}$/),
    unitsUsed: z.string().regex(/^\d{1,30}$/),
    /** Of the whole period = what calls carried + what idled. */
    pricePicoUsd: PicoUsd,
    usedPicoUsd: PicoUsd,
    costPicoUsd: PicoUsd,
  })
  .refine((body) => body.usedPicoUsd + body.costPicoUsd === body.pricePicoUsd, 'used and idle are not the price')
  .meta({ id: 'StandingChargeBody' });
export type StandingChargeBody = z.output<typeof StandingChargeBody>;

export const PriceVersionBody = z.looseObject({ priceBook: Digest, previous: Digest.nullable() });

const VerdictBody = z.looseObject({ useCase: Slug, candidate: RouteId, verdict: VerdictWord });

/** A proof that was enforced held until then. Its route is not served by it any more, whoever wrote this line when. */
export const CertificateExpiryBody = z
  .looseObject({
    schema: z.literal('o10.certificate_expiry.v1'),
    verdict: Id,
    useCase: Slug,
    candidate: RouteId,
    expiredAt: Instant,
  })
  .meta({ id: 'CertificateExpiryBody' });
export type CertificateExpiryBody = z.output<typeof CertificateExpiryBody>;

const ModeSwitchBody = z.looseObject({ useCase: Slug, from: Mode, to: Mode });

const OverrideBody = z.looseObject({ useCase: Slug, reason: z.string() });

const ApprovalBody = z.looseObject({ subject: z.string().min(1), name: z.string(), action: z.enum(['put', 'delete']) });

/** `before` and `after` are the envelope on the wire; null where there was none, or is none any more. */
export const EnvelopeChangeBody = z.looseObject({
  name: z.string(),
  action: z.enum(['put', 'delete']),
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()).nullable(),
});

const KeyEventBody = z.looseObject({ event: z.string().min(1) });

/** The key of a subject's payloads was destroyed: what they said cannot be read by anyone any more. */
export const ErasureBody = z
  .looseObject({
    schema: z.literal('o10.erasure.v1'),
    /** Keyed digest of the subject: who it was is told by nobody who does not know already. */
    subject: Digest,
    payloads: z.number().int().nonnegative(),
    mirrored: z.number().int().nonnegative(),
    reason: z.string().min(1),
  })
  .meta({ id: 'ErasureBody' });
export type ErasureBody = z.output<typeof ErasureBody>;

/** The lines of a month left the database for files. They stay in the tree, and are held against it from there. */
export const ArchiveBody = z
  .looseObject({
    schema: z.literal('o10.archive.v1'),
    /** In which they were recorded, UTC. */
    month: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/),
    fromIndex: z.number().int().nonnegative(),
    /** Exclusive. */
    toIndex: z.number().int().positive(),
  })
  .meta({ id: 'ArchiveBody' });
export type ArchiveBody = z.output<typeof ArchiveBody>;

/** `archive.json` of a folder with archived lines: which ones it holds. */
export const ArchiveManifest = z.object({ ...ArchiveBody.shape, log: Slug }).meta({ id: 'ArchiveManifest' });
export type ArchiveManifest = z.output<typeof ArchiveManifest>;

const SignatureBody = Signature.loose();

/** A checkpoint of this log or of another, kept here as a witness: after a restore, of what was lost; of a log, where it stood. */
export const CheckpointImportBody = z
  .looseObject({
    schema: z.literal('o10.checkpoint_import.v1'),
    origin: z.string().min(1),
    size: z.string().regex(/^(0|[1-9]\d*)$/),
    /** Base64, as in the note. */
    root: z.string(),
    note: z.string(),
    reason: z.string().min(1),
  })
  .meta({ id: 'CheckpointImportBody' });

/** The first is version 1. */
export const entryBodyVersions: Record<EntryKind, [z.ZodType, ...z.ZodType[]]> = {
  call: [CallRecord],
  attempt: [CallRecord],
  shadow_replay: [CallRecord],
  judge: [CallRecord],
  hold_expiry: [CallRecord],
  adjustment: [AdjustmentBody],
  reversal: [ReversalBody],
  standing_charge: [StandingChargeBody],
  price_version: [PriceVersionBody],
  verdict: [VerdictBody],
  gate_declared: [GateDeclared],
  ramp_step: [RampStep],
  drift_warning: [Demotion],
  demotion: [Demotion],
  certificate_expiry: [CertificateExpiryBody],
  mode_switch: [ModeSwitchBody],
  override: [OverrideBody],
  approval: [ApprovalBody],
  envelope_change: [EnvelopeChangeBody],
  key_event: [KeyEventBody],
  erasure: [ErasureBody],
  archive: [ArchiveBody],
  statement: [Statement, StatementV2],
  signature: [SignatureBody],
  checkpoint_import: [CheckpointImportBody],
};
