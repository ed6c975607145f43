/**
 * Capacity that is paid for whether it is used or not: model units, PTUs, reserved tokens, machines of one's own. It is
 * bought by the period; what a period holds is used up by calls and lost at its end.
 */
import { z } from 'zod';
import { UsdRate } from './money.js';
import { Instant, RouteId, Slug } from './names.js';
import { Meter } from './usage.js';

/** `provisioned`: units a venue runs for us (Bedrock, PTU). `reserved`: a number of tokens. `owned`: our own machines. */
export const CommitmentKind = z.enum(['provisioned', 'reserved', 'owned']).meta({ id: 'CommitmentKind' });

const decimal = z.string().regex(/^\d{1,15}(\.\d{1,12})?$/, 'a decimal number as text, for example "1.35"');

/** What machines of one's own cost, by the month unless it says otherwise: the price of a period is worked out from it. */
export const OwnedMachines = z
  .object({
    capexUsd: decimal,
    residualUsd: decimal,
    lifeMonths: decimal.refine((text) => Number(text) > 0, 'more than none'),
    kilowatts: decimal,
    /** Power of the building per power of the machines. */
    pue: decimal,
    usdPerKwh: decimal,
    hoursPerMonth: decimal.refine((text) => Number(text) > 0, 'more than none').default('730'),
    colocationUsd: decimal.default('0'),
    supportUsd: decimal.default('0'),
    staffUsd: decimal.default('0'),
  })
  .meta({ id: 'OwnedMachines' });

const hourMs = 3_600_000;

const fields = z.object({
  id: Slug,
  kind: CommitmentKind,
  /** The team that idle capacity is charged to. */
  owner: Slug,
  /** What is served from it. A route draws from one commitment at a time. */
  routes: z.array(RouteId).min(1).max(100),
  /** How many units one of a meter uses up, as the venue counts capacity; a meter without a weight uses none. */
  weights: z
    .partialRecord(Meter, z.number().int().positive().max(1_000_000))
    .refine((weights) => Object.keys(weights).length > 0, 'at least one meter'),
  unitsPerPeriod: z.number().int().positive(),
  /** An hour for what is lost by the hour; 730 for a block of tokens that lasts a month. */
  periodHours: z.number().int().positive().max(30_000),
  /** US dollars for a period, used or not; for `owned` worked out from the machines. */
  periodPicoUsd: UsdRate.optional(),
  machines: OwnedMachines.optional(),
  from: Instant,
  /** Exclusive; null: until somebody ends it. */
  to: Instant.nullable().default(null),
  source: z.string().min(1).max(500),
});

interface Terms {
  from: string;
  to: string | null;
  periodHours: number;
  periodPicoUsd?: bigint | undefined;
  machines?: unknown;
}

const onePrice = ({ periodPicoUsd, machines }: Terms) => (periodPicoUsd === undefined) !== (machines === undefined);
const wholePeriods = ({ from, to, periodHours }: Terms) =>
  to === null ||
  (Date.parse(to) > Date.parse(from) && (Date.parse(to) - Date.parse(from)) % (periodHours * hourMs) === 0);

const priceMessage = { message: 'needs periodPicoUsd or machines, not both', path: ['periodPicoUsd'] };
const endMessage = { message: 'must lie a whole number of periods behind `from`', path: ['to'] };

export const Commitment = fields
  .refine(onePrice, priceMessage)
  .refine(wholePeriods, endMessage)
  .meta({ id: 'Commitment' });
export type Commitment = z.output<typeof Commitment>;

/** Without the name, which stands elsewhere. */
export const CommitmentTerms = fields
  .omit({ id: true })
  .refine(onePrice, priceMessage)
  .refine(wholePeriods, endMessage);

/** As people write it in `o10.yaml`: the price of a period is called what it is. */
export const CommitmentSection = fields
  .omit({ id: true, periodPicoUsd: true })
  .extend({ periodUsd: UsdRate.optional() })
  .refine(({ periodUsd, ...terms }) => onePrice({ ...terms, periodPicoUsd: periodUsd }), {
    message: 'needs periodUsd or machines, not both',
    path: ['periodUsd'],
  })
  .refine(wholePeriods, endMessage);

/** What is used of the periods that are open, as the ledger tells it: between snapshots proxies go by this. */
export const CapacityCounts = z.object({
  /** Draws that ended before this instant are counted, unless their records are late. */
  asOf: Instant,
  periods: z.array(z.object({ commitment: Slug, from: Instant, unitsUsed: z.string().regex(/^(0|[1-9]\d{0,29})$/) })),
});
export type CapacityCounts = z.output<typeof CapacityCounts>;
