/**
 * The price book: effective-dated rows, immutable once published, named by the hash of its content.
 * A row that is not there is an unknown price, which is never zero.
 */
import { z } from 'zod';
import { PicoUsd } from './money.js';
import { Digest, Instant, ModelName, Slug } from './names.js';
import { Meter } from './usage.js';

export const tiers = ['standard', 'flex', 'batch', 'priority'] as const;
export const Tier = z.enum(tiers).meta({ id: 'Tier' });
export type Tier = z.output<typeof Tier>;

/** How a call is handed over. Tier `batch` is the channel `batch` at the standard tier. */
export const Channel = z.enum(['sync', 'batch']).meta({ id: 'Channel' });
export type Channel = z.output<typeof Channel>;

/** A venue's own name of a place ("us-east-1", "eu", "us"), lower case. */
export const PriceRegion = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'for example "us-east-1"');

/** An interval of every day on the clock of a zone, start inclusive, end exclusive; it may run over midnight. */
export const DailyHours = z
  .object({
    zone: z.string().min(1).max(64),
    from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM'),
    to: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM'),
  })
  .refine((hours) => hours.from !== hours.to, { message: 'an interval of no length; leave `hours` out for all day' });
export type DailyHours = z.output<typeof DailyHours>;

export const PriceRow = z
  .object({
    venue: Slug,
    model: ModelName,
    /** `prefix`: also for models that begin with this name and have no rows of their own. Exact names come first. */
    match: z.enum(['exact', 'prefix']).optional(),
    /** Other names of the model at this venue. A name with rows of its own is not priced by another's alias. */
    aliases: z.array(ModelName).max(50).optional(),
    tier: Tier,
    /** Absent: `sync`, and `batch` for tier `batch`. */
    channel: Channel.optional(),
    /** Absent: everywhere that no row of the same meter names. */
    region: PriceRegion.optional(),
    /** As `Jurisdiction`; a region outranks it. */
    jurisdiction: z
      .string()
      .regex(/^[a-z]{2,12}$/, 'for example "eu", "us", "de"')
      .optional(),
    meter: Meter,
    /** Pico-USD for `per` units of the meter. Zero only where `declaredFree`. */
    ratePicoUsd: PicoUsd,
    /** Where no whole number of pico-USD is the price of one unit: a price of an hour for a meter of seconds. */
    per: z.number().int().positive().max(1_000_000_000).optional(),
    declaredFree: z.boolean().optional(),
    /** The rate holds for the whole call when its total input is strictly greater than this many tokens. */
    inputTokensAbove: z.number().int().positive().optional(),
    /** The rate holds for calls admitted within these hours only; the row without hours holds at all others. */
    hours: DailyHours.optional(),
    /** A negotiated price, which outranks the list price of the same meter while both are valid. */
    contract: z.string().min(1).max(100).optional(),
    validFrom: Instant,
    /** Exclusive. */
    validTo: Instant.optional(),
    /** When the venue made the price known; a row may be valid later. */
    announcedAt: Instant.optional(),
    source: z.string().min(1).max(500),
    /** SHA-256 of the bytes fetched from the source. */
    sourceHash: Digest.optional(),
    approvedBy: z.string().min(1).max(200).optional(),
  })
  .refine((row) => row.ratePicoUsd >= 0n, { message: 'a rate below zero', path: ['ratePicoUsd'] })
  .refine((row) => row.ratePicoUsd !== 0n || row.declaredFree === true, {
    message: 'a rate of zero must say declaredFree: true',
    path: ['ratePicoUsd'],
  })
  .refine((row) => row.meter !== 'venue_stated' && row.meter !== 'committed_capacity', {
    message: 'is no price, but a statement',
    path: ['meter'],
  })
  .refine((row) => row.tier !== 'batch' || row.channel !== 'sync', {
    message: 'tier "batch" is bought in the channel "batch"',
    path: ['channel'],
  })
  .meta({ id: 'PriceRow' });
export type PriceRow = z.output<typeof PriceRow>;

/** `hash` is SHA-256 of the canonical JSON of `rows` as on the wire. */
export const PriceBook = z.object({ hash: Digest, rows: z.array(PriceRow).max(200_000) }).meta({ id: 'PriceBook' });
export type PriceBook = z.output<typeof PriceBook>;
