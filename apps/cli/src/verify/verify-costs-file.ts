/** The format of a file of bills: what a venue reported, the prices in force, and what the call must cost. */
import { z } from 'zod';

const decimal = z.string().regex(/^\d+(\.\d+)?(\/\d+)?$/, 'a decimal number or a fraction, as text');

export const BillLine = z.object({
  unit: z.string().min(1),
  quantity: decimal,
  rateUsd: decimal,
  per: z.number().int().positive(),
  amountUsd: decimal.optional(),
});
export type BillLine = z.output<typeof BillLine>;

export const Priced = z.object({
  lines: z.array(BillLine),
  multiplier: decimal.default('1'),
  totalPicoUsd: z.string().regex(/^\d+$/),
  totalUsd: decimal.optional(),
  /** False: the total is rounded half to even. */
  exact: z.boolean().default(true),
  idleEntryUsd: decimal.optional(),
  hourTotalUsd: decimal.optional(),
  costBasis: z.string().optional(),
  mustReconcile: z.boolean().optional(),
});
export type Priced = z.output<typeof Priced>;

const shared = {
  id: z.string().min(1),
  provider: z.string().min(1),
  model: z.string().min(1),
  at: z.iso.datetime().optional(),
  context: z.record(z.string(), z.unknown()).default({}),
  usage: z.unknown(),
};

export const CostCase = z.discriminatedUnion('kind', [
  z.object({ ...shared, kind: z.enum(['settle', 'standing', 'capacity', 'hold']), expected: Priced }),
  z.object({
    ...shared,
    kind: z.literal('reject'),
    expected: z.object({ status: z.string(), reason: z.string().optional() }),
  }),
]);
export type CostCase = z.output<typeof CostCase>;
export type PricedCase = Extract<CostCase, { expected: Priced }>;

export const CostFile = z.object({ cases: z.array(z.unknown()).min(1, 'no cases') });
