/** How the API shows a declared thing: the noun, and what is known of its row. */
import { z } from 'zod';
import { Instant } from '../names.js';

export const rowFields = {
  /** Counts changes from 1. */
  revision: z.number().int().positive(),
  updatedAt: Instant,
  updatedBy: z.string(),
};

/** `{ items: […] }`, so that a list can grow a cursor without breaking its readers. */
export const listOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) });

export const ListQuery = z.object({
  count: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type ListQuery = z.output<typeof ListQuery>;

export const UseCaseQuery = ListQuery.extend({ useCase: z.string().min(1).max(64).optional() });
export type UseCaseQuery = z.output<typeof UseCaseQuery>;
