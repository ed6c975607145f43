/** Price books over the API. A change is a whole new book; the old one stays readable under its hash. */
import { z } from 'zod';
import { Digest, Instant } from '../names.js';
import { PriceBook } from '../price.js';
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
