/** The spellings of identifiers: short, lower case, safe in a URL, a Redis key and a log line. */
import { z } from 'zod';

/** Names people give: venues, use cases, teams, envelopes. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, 'lower-case letters, digits, ".", "_" or "-", at most 64')
  .meta({ id: 'Slug' });
export type Slug = z.output<typeof Slug>;

/** A name a venue understands; may hold slashes and colons ("meta-llama/Llama-3.1-405B"). */
export const ModelName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'printable ASCII without spaces');

/** `venue/model`, with `:tier` behind it when the tier is not standard. */
export const RouteId = z
  .string()
  .min(3)
  .max(280)
  .regex(/^[a-z0-9._-]+\/[\x21-\x7e]+$/, 'venue/model')
  .meta({ id: 'RouteId' });
export type RouteId = z.output<typeof RouteId>;

/** Time-ordered UUID (version 7), made when a call is admitted. */
export const Id = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
  .meta({ id: 'Id' });
export type Id = z.output<typeof Id>;

/** An instant, ISO 8601 in UTC with milliseconds. */
export const Instant = z.iso.datetime().meta({ id: 'Instant' });

/** SHA-256 or HMAC-SHA-256, lower-case hex. */
export const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ id: 'Digest' });
