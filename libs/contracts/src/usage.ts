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
  .object({ basis: UsageBasis, parts: UsageParts, raw: z.unknown().optional() })
  .meta({ id: 'Usage' });
export type Usage = z.output<typeof Usage>;
