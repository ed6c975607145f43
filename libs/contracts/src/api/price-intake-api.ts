/**
 * How prices get into the book: a file becomes claims, claims become a change with its doubts and its effect, and a
 * second person decides. Only what that person accepted is ever published.
 */
import { z } from 'zod';
import { PicoUsd } from '../money.js';
import { Digest, Id, Instant, ModelName, RouteId, Slug } from '../names.js';
import { PriceRow, Tier } from '../price.js';
import { Meter } from '../usage.js';
import { listOf } from './stored.js';

export const priceFormats = ['o10', 'litellm', 'models.dev', 'genai-prices'] as const;
export const PriceFormat = z.enum(priceFormats).meta({ id: 'PriceFormat' });
export type PriceFormat = z.output<typeof PriceFormat>;

export const findingCodes = [
  // The figure itself.
  'unit_slip',
  'zero_not_declared',
  'float_artefact',
  'finer_than_pico',
  // Against other prices of the same model.
  'ratio_output_input',
  'ratio_cache_read',
  'ratio_cache_write',
  'ratio_cache_write_1h',
  'ratio_modality',
  'ratio_tier',
  'ratio_band',
  'charged_twice',
  'not_this_unit',
  'contradicts_itself',
  // Against the book in force, and against other sources.
  'thousandfold',
  'jump',
  'sources_disagree',
] as const;

export const PriceFinding = z
  .object({
    code: z.enum(findingCodes),
    /** `refuses`: correct the file, nobody can accept this. `waits`: published only when somebody accepts it by number. */
    severity: z.enum(['refuses', 'waits']),
    line: z.number().int().positive(),
    /** As the file calls it. */
    field: z.string().max(300),
    venue: Slug,
    model: ModelName,
    tier: Tier,
    meter: Meter,
    message: z.string().max(1_000),
  })
  .meta({ id: 'PriceFinding' });
export type PriceFinding = z.output<typeof PriceFinding>;

export const PriceClaim = z
  .object({
    row: PriceRow,
    /** False where the file has no dates: `row.validFrom` is then when the change shall take effect. */
    dated: z.boolean(),
    line: z.number().int().positive(),
    field: z.string().max(300),
    /** Further sources the file itself names for this very figure. */
    confirmedBy: z.array(z.string().min(1).max(500)).max(10),
  })
  .meta({ id: 'PriceClaim' });
export type PriceClaim = z.output<typeof PriceClaim>;

/** Body of `POST /api/prices/imports`: a file, read. */
export const PriceImportPost = z
  .object({
    /** Who says so: imports of one source replace each other, different sources confirm each other. */
    source: Slug,
    format: PriceFormat,
    file: z.string().min(1).max(300),
    fileSha256: Digest,
    claims: z.array(PriceClaim).max(200_000),
    findings: z.array(PriceFinding).max(200_000),
    /** Also models that no route names and the book does not know yet. */
    everything: z.boolean().default(false),
  })
  .meta({ id: 'PriceImportPost' });
export type PriceImportPost = z.output<typeof PriceImportPost>;

/** `dryRun`: say what would wait for approval, and keep nothing. */
export const PriceImportQuery = z.object({ dryRun: z.enum(['true', 'false']).default('false') });
export type PriceImportQuery = z.output<typeof PriceImportQuery>;

export const RowState = z.enum(['ready', 'waiting', 'refused']).meta({ id: 'RowState' });
export type RowState = z.output<typeof RowState>;

export const PriceDifference = z
  .object({
    /** Within the change, from 1: what an approval names. */
    number: z.number().int().positive(),
    line: z.number().int().positive(),
    row: PriceRow,
    /** The row in force where this one begins; null where there was no price. */
    before: PriceRow.nullable(),
    state: RowState,
    /** Two must agree. This source is one of them. */
    agreeing: z.array(z.string()),
    disagreeing: z.array(z.object({ source: z.string(), ratePicoUsd: PicoUsd, per: z.number().int().positive() })),
    findings: z.array(PriceFinding),
  })
  .meta({ id: 'PriceDifference' });
export type PriceDifference = z.output<typeof PriceDifference>;

/** The calls of a period at the prices before and after the change; calls a side has no price for are counted apart. */
export const PriceEffect = z
  .object({
    from: Instant,
    to: Instant,
    /** Calls of the period whose usage the venue reported. */
    calls: z.number().int().nonnegative(),
    /** True where the ledger holds more than were read: the newest of them count. */
    capped: z.boolean(),
    /** Over the calls both sides can price. */
    beforePicoUsd: PicoUsd,
    afterPicoUsd: PicoUsd,
    differencePicoUsd: PicoUsd,
    newlyPriced: z.number().int().nonnegative(),
    newlyUnpriced: z.number().int().nonnegative(),
    unpriced: z.number().int().nonnegative(),
    /** Where something changes. */
    routes: z.array(
      z.object({
        route: RouteId,
        calls: z.number().int().nonnegative(),
        beforePicoUsd: PicoUsd,
        afterPicoUsd: PicoUsd,
      }),
    ),
  })
  .meta({ id: 'PriceEffect' });
export type PriceEffect = z.output<typeof PriceEffect>;

export const PriceChangeState = z
  .enum(['pending', 'approved', 'rejected', 'superseded'])
  .meta({ id: 'PriceChangeState' });
export type PriceChangeState = z.output<typeof PriceChangeState>;

export const PriceChange = z
  .object({
    id: Id,
    state: PriceChangeState,
    source: Slug,
    format: PriceFormat,
    file: z.string(),
    fileSha256: Digest,
    submittedBy: z.string(),
    submittedAt: Instant,
    /** The book it is a change of; null before the first. An approval of a change of another book is refused. */
    base: Digest.nullable(),
    differences: z.array(PriceDifference),
    /** Doubts about figures that never became rows. */
    findings: z.array(PriceFinding),
    unchanged: z.number().int().nonnegative(),
    /** Claims left out, because no route names their model. */
    leftOut: z.number().int().nonnegative(),
    /** If every row that is not refused were accepted. */
    effect: PriceEffect,
    decidedBy: z.string().nullable(),
    decidedAt: Instant.nullable(),
    reason: z.string().nullable(),
    /** Numbers that were accepted. */
    accepted: z.array(z.number().int().positive()),
    /** The book it made. */
    priceBook: Digest.nullable(),
  })
  .meta({ id: 'PriceChange' });
export type PriceChange = z.output<typeof PriceChange>;

/** In lists, without its rows. */
export const PriceChangeSummary = PriceChange.omit({ differences: true, findings: true, effect: true })
  .extend({
    counts: z.object({
      ready: z.number().int().nonnegative(),
      waiting: z.number().int().nonnegative(),
      refused: z.number().int().nonnegative(),
    }),
    effectPicoUsd: PicoUsd,
  })
  .meta({ id: 'PriceChangeSummary' });
export type PriceChangeSummary = z.output<typeof PriceChangeSummary>;
export const PriceChangeList = listOf(PriceChangeSummary).meta({ id: 'PriceChangeList' });

export const PriceChangeQuery = z.object({
  state: PriceChangeState.optional(),
  count: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type PriceChangeQuery = z.output<typeof PriceChangeQuery>;

/** Body of `POST /api/prices/changes/:id/approval`. Rows that are ready are accepted with it. */
export const PriceApproval = z
  .object({
    /** Numbers of rows that wait and are accepted all the same, or `all`. Needs a reason. */
    waiting: z.union([z.literal('all'), z.array(z.number().int().positive()).max(200_000)]).default([]),
    reason: z.string().trim().min(10).max(1_000).optional(),
  })
  .refine((body) => body.waiting.length === 0 || body.reason !== undefined, {
    message: 'say why rows that wait are accepted',
    path: ['reason'],
  })
  .meta({ id: 'PriceApproval' });
export type PriceApproval = z.output<typeof PriceApproval>;

export const PriceRejection = z.object({ reason: z.string().trim().min(3).max(1_000) }).meta({ id: 'PriceRejection' });
export type PriceRejection = z.output<typeof PriceRejection>;
