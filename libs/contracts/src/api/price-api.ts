/** Price books over the API. A change is a whole new book; the old one stays readable under its hash. */
import { z } from 'zod';
import { Digest, Id, Instant, RouteId, Slug } from '../names.js';
import { PriceBook, Tier } from '../price.js';
import { Meter } from '../usage.js';
import { listOf } from './stored.js';

/** Body of `POST /api/prices`: all rows that shall be in force. */
export const PricePost = z.object({ rows: PriceBook.shape.rows }).meta({ id: 'PricePost' });
export type PricePost = z.output<typeof PricePost>;

export const PriceVersion = z
  .object({
    version: z.number().int().positive(),
    hash: Digest,
    rowCount: z.number().int().nonnegative(),
    approvedAt: Instant,
    approvedBy: z.string(),
  })
  .meta({ id: 'PriceVersion' });
export type PriceVersion = z.output<typeof PriceVersion>;
export const PriceVersionList = listOf(PriceVersion).meta({ id: 'PriceVersionList' });

/** What was bought at an unknown price in the last thirty days. */
export const Unpriced = z
  .object({
    route: RouteId,
    /** As the venue returned it: the price that is missing is of this model, where it is not null. */
    servedModel: z.string().nullable(),
    tier: Tier.nullable(),
    calls: z.number().int().positive(),
    useCases: z.array(Slug),
    /** What was used: a price of at least one of them is not known. */
    meters: z.array(Meter),
    latestAt: Instant,
    /** The latest. */
    callIds: z.array(Id),
  })
  .meta({ id: 'Unpriced' });
export type Unpriced = z.output<typeof Unpriced>;
export const UnpricedList = listOf(Unpriced).meta({ id: 'UnpricedList' });
