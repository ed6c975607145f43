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

export const PriceRow = z
  .object({
    venue: Slug,
    model: ModelName,
    tier: Tier,
    meter: Meter,
    /** Pico-USD for one unit of the meter. Zero only where `declaredFree`. */
    ratePicoUsd: PicoUsd,
    declaredFree: z.boolean().optional(),
    /** The rate holds for the whole call when its total input is strictly greater than this many tokens. */
    inputTokensAbove: z.number().int().positive().optional(),
    validFrom: Instant,
    /** Exclusive. */
    validTo: Instant.optional(),
    source: z.string().min(1).max(500),
  })
  .refine((row) => row.ratePicoUsd > 0n || row.declaredFree === true, {
    message: 'a rate of zero must say declaredFree: true',
    path: ['ratePicoUsd'],
  })
  .meta({ id: 'PriceRow' });
export type PriceRow = z.output<typeof PriceRow>;

/** `hash` is SHA-256 of the canonical JSON of `rows` as on the wire. */
export const PriceBook = z.object({ hash: Digest, rows: z.array(PriceRow).max(200_000) }).meta({ id: 'PriceBook' });
export type PriceBook = z.output<typeof PriceBook>;
