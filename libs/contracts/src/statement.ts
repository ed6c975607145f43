/** What finance signs: savings of one use case over a range of the ledger, recomputable from those lines alone. */
import { z } from 'zod';
import { PicoUsd } from './money.js';
import { Digest, Id, Instant, RouteId, Slug } from './names.js';
import { Mode } from './use-case.js';

export const StatementState = z
  .enum(['draft', 'submitted', 'queried', 'signed', 'superseded'])
  .meta({ id: 'StatementState' });
export type StatementState = z.output<typeof StatementState>;

/** Beside `actualPicoUsd`, which is marginal: what the included calls carry when nothing that was paid for is left out. */
export const FullyLoaded = z
  .object({
    /** Their share of capacity that was paid for already. */
    capacityPicoUsd: PicoUsd,
    /** Attempts that came to nothing before the one that answered. */
    failedAttemptsPicoUsd: PicoUsd,
    /** Actual + capacity + failed attempts + evaluation. */
    totalPicoUsd: PicoUsd,
  })
  .meta({ id: 'FullyLoaded' });

export const Statement = z
  .object({
    /** Absent of version 1, which has neither `corrections` nor `fullyLoaded`, and whose costs are those first booked. */
    schema: z.literal('o10.statement.v2').optional(),
    id: Id,
    organisation: Slug,
    useCase: Slug,
    mode: Mode,
    state: StatementState,
    author: z.string(),
    createdAt: Instant,
    /** Half-open range of ledger indexes, and of admission times, the figures are sums over. */
    fromIndex: z.number().int().nonnegative(),
    toIndex: z.number().int().nonnegative(),
    periodStart: Instant,
    periodEnd: Instant,
    baseline: RouteId,
    /** The cheapest compliant route the figures compare with; null when nothing is cleared. */
    proposed: RouteId.nullable(),
    verdicts: z.array(Id),
    priceBooks: z.array(Digest),
    calls: z.number().int().nonnegative(),
    /** Calls left out, by reason (estimated, unpriced, quarantined, refused, other_model). Never extrapolated over. */
    excluded: z.record(z.string(), z.number().int().positive()),
    /** What the included calls cost. */
    actualPicoUsd: PicoUsd,
    /** In shadow: decision deltas of every included call, from prices and estimates. */
    estimatedSavingPicoUsd: PicoUsd,
    /** In shadow: actual minus replayed cost, over the calls that were replayed on `proposed`. */
    measuredSavingPicoUsd: PicoUsd,
    measuredCalls: z.number().int().nonnegative(),
    /** Anytime interval of the measured saving, extended to all included calls by the sampling share. */
    savingLowerPicoUsd: PicoUsd,
    savingUpperPicoUsd: PicoUsd,
    confidence: z.number(),
    /** Replays and judgements of this use case over the same range. */
    evaluationCostPicoUsd: PicoUsd,
    /** The extended saving minus evaluation cost; its lower bound is what counts as verified. */
    netPicoUsd: PicoUsd,
    verifiedPicoUsd: PicoUsd,
    overrides: z.array(z.string()),
    /** Lines of the range that corrected what included calls and evaluation cost, and by how much: in the figures. */
    corrections: z.object({ lines: z.number().int().nonnegative(), differencePicoUsd: PicoUsd }).optional(),
    fullyLoaded: FullyLoaded.optional(),
  })
  .meta({ id: 'Statement' });
export type Statement = z.output<typeof Statement>;

/** As it is drafted now. */
export const StatementV2 = Statement.required({ schema: true, corrections: true, fullyLoaded: true });

export const Signature = z
  .object({ statement: Id, signedBy: z.string(), signedAt: Instant, statementDigest: Digest })
  .meta({ id: 'Signature' });
export type Signature = z.output<typeof Signature>;
