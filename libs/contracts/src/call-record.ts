/**
 * What the proxy (or the worker's replay) saw of one attempt of one call. Refused calls have a record too,
 * with no attempt behind it. This is the body of the ledger's entry of the same kind, so it holds no
 * prompt and no answer: only keyed digests.
 */
import { z } from 'zod';
import { LadderStep } from './envelope.js';
import { NanoUsd, PicoUsd } from './money.js';
import { LaneId } from './lane.js';
import { Digest, Id, Instant, RouteId, Slug } from './names.js';
import { Tier } from './price.js';
import { RefusalCode } from './refusal.js';
import { Meter, Usage } from './usage.js';
import { Mode } from './use-case.js';

/** Why a route may not serve a call. */
export const ineligibleReasons = [
  'cannot_express',
  'modality',
  'context',
  'not_approved',
  'residency',
  'retention',
  'unpriced',
  'floor_not_cleared',
  'evidence_expired',
  'not_replayable',
  'venue_down',
  'not_deferrable',
  'pinned_elsewhere',
] as const;
export const IneligibleReason = z.enum(ineligibleReasons).meta({ id: 'IneligibleReason' });
export type IneligibleReason = z.output<typeof IneligibleReason>;

/** Why the served route was served. A closed list: it is a header, a metric label and a ledger field. */
export const RouteReason = z
  .enum([
    'requested',
    'baseline',
    'cheapest_cleared',
    'nothing_cleared',
    'not_ramped',
    'not_comparable',
    'pinned',
    'steered',
    'session',
    'fallback',
    'flex',
    'desk_down',
  ])
  .meta({ id: 'RouteReason' });
export type RouteReason = z.output<typeof RouteReason>;

export const ConsideredRoute = z.object({
  route: RouteId,
  /** Null: eligible and, where the mode asks for it, cleared. */
  ineligible: IneligibleReason.nullable(),
  /** Of `cannot_express`: what of the call the venue's wire format cannot say. */
  obstacle: z.string().max(200).optional(),
  /** Null where the price is unknown. */
  expectedCostPicoUsd: PicoUsd.nullable(),
});
export type ConsideredRoute = z.output<typeof ConsideredRoute>;

export const Decision = z.object({
  requested: RouteId,
  baseline: RouteId.nullable(),
  considered: z.array(ConsideredRoute),
  /** The route enforce would serve: cheapest eligible and cleared, else null. */
  cheapestCompliant: RouteId.nullable(),
  /** Expected cost of the requested route minus that of the cheapest compliant; null if either is unknown. */
  expectedSavingPicoUsd: PicoUsd.nullable(),
  reason: RouteReason,
});
export type Decision = z.output<typeof Decision>;

export const CostLine = z.object({
  meter: Meter,
  quantity: z.number().int(),
  ratePicoUsd: PicoUsd,
  /** What the rate is for, where that is not one unit; the cost is then rounded half to even. */
  per: z.number().int().positive().optional(),
  costPicoUsd: PicoUsd,
});
export type CostLine = z.output<typeof CostLine>;

/** What a call drew from capacity that is paid for already. Fully loaded, the call cost `costPicoUsd` + `sharePicoUsd`. */
export const CapacityDraw = z.object({
  commitment: Slug,
  /** The period's beginning. */
  period: Instant,
  units: z.number().int().positive(),
  /** The rest was bought at list price, and is in the cost. */
  unitsCovered: z.number().int().nonnegative(),
  /** Of the period's price. */
  sharePicoUsd: PicoUsd,
});
export type CapacityDraw = z.output<typeof CapacityDraw>;

/** `reported`: price × the venue's usage. `estimated`: the ceiling, until true-up. `none`: nothing was bought. `unpriced`: bought at an unknown price. */
export const CostBasis = z.enum(['reported', 'estimated', 'none', 'unpriced']);

export const Outcome = z.enum(['served', 'refused', 'fault', 'client_gone', 'truncated']).meta({ id: 'Outcome' });
export type Outcome = z.output<typeof Outcome>;

/** Where a sampled call stands in its use case's line of evidence; the desk numbers it when it holds. */
export const LinePlace = z.object({
  /** What the line is numbered under: in shadow the gate's hash, of a canary `canaryLineOf` its proof. */
  gate: Digest,
  position: z.number().int().positive(),
  /** With which a call like this is drawn; the draw is made before there is an answer. */
  probability: z.number(),
  /** Enforced calls: the answer that was served is graded, under this verdict. */
  canary: z
    .object({
      verdict: Id,
      /** With which the baseline is asked too; null: this call was not drawn for it. */
      paired: z.number().nullable(),
    })
    .optional(),
});
export type LinePlace = z.output<typeof LinePlace>;

export const CallRecord = z
  .object({
    schema: z.literal('o10.call.v1'),
    /** `attempt`: one of a live call that did not end it. In older ledgers such a line is a `call` that is not `final`. */
    kind: z.enum(['call', 'attempt', 'shadow_replay', 'judge', 'hold_expiry']),
    callId: Id,
    /** Equal to the hold's id; of a refused call, its own id. */
    attemptId: Id,
    attempt: z.number().int().nonnegative(),
    /** The attempt that ended the call. */
    final: z.boolean(),
    organisation: Slug,
    team: Slug.nullable(),
    useCase: Slug,
    key: z.string().nullable(),
    /** `x-o10-tag`, where the caller gave one. */
    tag: Slug.optional(),
    /** Of calls that named no use case: keyed digest of system prompt, tools and form of the answer, where they have any. */
    shape: Digest.optional(),
    mode: Mode,
    protocol: z.string(),
    stream: z.boolean(),
    snapshot: z.number().int().nonnegative(),
    admittedAt: Instant,
    endedAt: Instant,
    requestedModel: z.string().nullable(),
    /** The lane the call came by, named or sorted into; null: it named a model. */
    lane: LaneId.nullable().optional(),
    /** The caller asked for one exact route (`flux-pinned-…`). */
    pinned: z.boolean().optional(),
    route: RouteId.nullable(),
    venue: Slug.nullable(),
    jurisdiction: z.string().nullable(),
    tier: Tier.nullable(),
    /** As the venue returned it; cost is booked at this model. */
    servedModel: z.string().nullable(),
    outcome: Outcome,
    refusal: RefusalCode.nullable(),
    status: z.number().int().nullable(),
    decision: Decision.nullable(),
    envelopes: z.array(z.object({ envelope: Slug, window: z.string() })),
    /** Envelopes that would have refused, had they not only accounted. */
    wouldRefuse: z.array(Slug),
    /** The envelope that refused the call, where one did. */
    refusedBy: Slug.optional(),
    /** The furthest step of their ladders the envelopes had reached, and the output limit it lowered the call to. */
    ladder: z.object({ step: LadderStep, maxOutputTokens: z.number().int().positive().optional() }).optional(),
    heldNanoUsd: NanoUsd,
    /** What an envelope would have held, of an attempt that fell under none. */
    ceilingNanoUsd: NanoUsd.optional(),
    costBasis: CostBasis,
    costPicoUsd: PicoUsd,
    chargePicoUsd: PicoUsd,
    priceBook: Digest.nullable(),
    lines: z.array(CostLine),
    usage: Usage,
    /** Only on routes with committed capacity. By what the proxy knew; an adjustment says where the ledger knows better. */
    capacity: CapacityDraw.optional(),
    /** The venue speaks another wire format: what of the call was said otherwise, or left out as a hint or label. */
    adaptations: z.array(z.string().max(200)).max(100).optional(),
    /** The live call a replay or judgement belongs to. */
    replayOf: Id.nullable(),
    line: LinePlace.nullable(),
    latencyMs: z.number().nonnegative().nullable(),
    firstByteMs: z.number().nonnegative().nullable(),
    overheadMs: z.number().nonnegative().nullable(),
    requestDigest: Digest.nullable(),
    answerDigest: Digest.nullable(),
    /** Digest of the session, or of the first messages: calls of one cluster count once. */
    cluster: Digest.nullable(),
  })
  .meta({ id: 'CallRecord' });
export type CallRecord = z.output<typeof CallRecord>;
/** As it travels and is stored: money as text. */
export type CallRecordWire = z.input<typeof CallRecord>;
