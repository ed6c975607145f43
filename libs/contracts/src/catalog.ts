/**
 * What is known of models and venues beyond what routes declare: facts with a source and a date, never evidence. What is
 * not known is null; a venue whose host may process anywhere has no jurisdiction.
 */
import { z } from 'zod';
import { ModelName, RouteId, Slug } from './names.js';
import { Tier } from './price.js';
import { Jurisdiction, Retention } from './venue.js';

const day = z.iso.date();
const page = z.string().min(1).max(500);

export const CatalogModel = z
  .object({
    venue: Slug,
    model: ModelName,
    name: z.string().min(1).max(200),
    family: Slug.nullable().default(null),
    type: z.enum(['text', 'image', 'embedding', 'audio', 'video']),
    modality: z.object({
      input: z.array(z.enum(['text', 'image', 'audio', 'video', 'pdf'])).min(1),
      output: z.array(z.enum(['text', 'image', 'audio', 'video', 'vector'])).min(1),
    }),
    released: day.nullable().default(null),
    /** The day the weights behind the name are of. */
    snapshotDate: day.nullable().default(null),
    /** The venue may change what stands behind the name: evidence for it can go stale unnoticed. */
    movingTarget: z.boolean().default(false),
    contextWindow: z.number().int().positive().nullable().default(null),
    maxOutputTokens: z.number().int().positive().nullable().default(null),
    capabilities: z.array(z.string().min(1).max(60)).max(50).default([]),
    /** In words: "references per edit": "8". */
    limits: z.record(z.string().max(100), z.string().max(200)).default({}),
    notes: z
      .array(z.object({ date: day, text: z.string().min(1).max(1_000), source: page }))
      .max(50)
      .default([]),
    source: page,
    /** The day somebody looked. */
    checked: day,
  })
  .meta({ id: 'CatalogModel' });
export type CatalogModel = z.output<typeof CatalogModel>;

export const CatalogVenue = z
  .object({
    venue: Slug,
    name: z.string().min(1).max(200),
    hosts: z
      .array(
        z.object({
          url: z.url({ protocol: /^https$/ }),
          jurisdiction: Jurisdiction.nullable(),
          note: z.string().max(500).optional(),
        }),
      )
      .max(50)
      .default([]),
    retention: Retention.nullable().default(null),
    retentionTerms: z.string().max(1_000).nullable().default(null),
    tiers: z.array(Tier).default(['standard']),
    source: page,
    checked: day,
  })
  .meta({ id: 'CatalogVenue' });
export type CatalogVenue = z.output<typeof CatalogVenue>;

/** `venue/model`, as a route of the standard tier would be called. */
export const catalogIdOf = ({ venue, model }: { venue: string; model: string }): RouteId => `${venue}/${model}`;
