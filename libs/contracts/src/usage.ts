/**
 * What a venue says a call used, as disjoint parts that sum to the venue's own totals.
 * Missing is not zero: `basis` says how the parts are known.
 */
import { z } from 'zod';

export const meters = [
  'input_uncached',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output_text',
  'reasoning',
  'audio_in',
  'audio_out',
  'image_in',
  'image_out',
  'images',
  'megapixels_first',
  'megapixels_further',
  'megapixels_in',
  'video_frames',
  'requests',
  'seconds',
  // Tokens of other kinds. `cache_read` is cached text; cached sound and pictures have their own rates.
  'cache_read_audio',
  'cache_read_image',
  'video_in',
  'citation',
  // What is sold by another unit than the token. A fraction of a second is counted in `milliseconds`.
  'milliseconds',
  'video_seconds',
  'steps',
  'characters',
  'pages',
  'annotation_pages',
  'search_units',
  // A fee for the request that depends on how much was searched for it.
  'requests_low',
  'requests_medium',
  'requests_high',
  // Tools the venue runs for the call.
  'web_searches',
  'web_fetches',
  'file_searches',
  'maps_queries',
  'code_executions',
  'code_execution_seconds',
  // Standing charges, which belong to no call.
  'cache_token_hours',
  'capacity_unit_seconds',
  'gpu_seconds',
  /** Charged by a router on top. Its rate is pico-USD for one USD of the call's other lines. */
  'router_fee',
  /** Never a price: what capacity that is paid for already takes off the lines. */
  'committed_capacity',
  /** Never a price: what the venue's own statement adds to our lines, or takes from them. */
  'venue_stated',
] as const;
export const Meter = z.enum(meters).meta({ id: 'Meter' });
export type Meter = z.output<typeof Meter>;

/** Quantities by meter; an absent meter was not used. Whole units of the meter, never fractions. */
export const UsageParts = z.partialRecord(Meter, z.number().int().nonnegative());
export type UsageParts = z.output<typeof UsageParts>;

/**
 * `reported`: the venue's figures, and they add up. `estimated`: counted by us.
 * `missing`: the venue said nothing. `quarantined`: it said something that does not add up.
 */
export const UsageBasis = z.enum(['reported', 'estimated', 'missing', 'quarantined']);

export const Usage = z
  .object({
    basis: UsageBasis,
    parts: UsageParts,
    raw: z.unknown().optional(),
    /** What the venue ran besides for the same call, each priced apart; null: the model served. Not in `parts`. */
    others: z
      .array(z.object({ model: z.string().min(1).max(200).nullable(), parts: UsageParts }))
      .max(100)
      .optional(),
    /** What the venue itself says the call cost, which outranks price × parts. Text, as usage is recorded as it is. */
    venueCostPicoUsd: z
      .string()
      .regex(/^(0|[1-9]\d{0,29})$/)
      .optional(),
  })
  .meta({ id: 'Usage' });
export type Usage = z.output<typeof Usage>;
