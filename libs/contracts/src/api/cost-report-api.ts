/** A venue's own report of what it charged, by request. What it says outranks what was booked. */
import { z } from 'zod';
import { PicoUsd } from '../money.js';
import { Digest, Id, Instant, Slug } from '../names.js';

/** Body of `POST /api/cost-reports`. */
export const CostReportPost = z
  .object({
    venue: Slug,
    rows: z
      .array(
        z.object({
          /** As o10 sent it in `x-client-request-id`: the id of the attempt. Rows of others' requests have another, or none. */
          clientRequestId: z.string().max(200).nullable(),
          costPicoUsd: PicoUsd,
        }),
      )
      .max(100_000),
    /**
     * Of requests that began in this time the report names all: what was booked as an estimate in it and is not named was
     * never charged. Absent: nothing follows from what is not named.
     */
    complete: z.object({ from: Instant, through: Instant }).optional(),
  })
  .meta({ id: 'CostReportPost' });
export type CostReportPost = z.output<typeof CostReportPost>;

const Count = z.number().int().nonnegative();

export const CostReportAnswer = z
  .object({
    /** SHA-256 of the report's rows; the reason in each line it causes. */
    report: z.string(),
    rows: Count,
    /** Booked as the report says. */
    agreed: Count,
    /** Adjustments on their way into the ledger, of which so many end an estimate. */
    adjusted: Count,
    reconciled: Count,
    differencePicoUsd: PicoUsd,
    /** Rows about no attempt that has a line here (yet). */
    unknown: Count,
    /** Rows about an attempt at another venue; nothing is done about them. */
    elsewhere: Count,
  })
  .meta({ id: 'CostReportAnswer' });
export type CostReportAnswer = z.output<typeof CostReportAnswer>;

const why = { reason: z.string().trim().min(1).max(1_000) };

/** Body of `POST /api/ledger/reversals`: a correction by its line's id, or all that a report (by its digest) made. */
export const ReversalPost = z
  .union([z.strictObject({ adjustment: Id, ...why }), z.strictObject({ report: Digest, ...why })])
  .meta({ id: 'ReversalPost' });
export type ReversalPost = z.output<typeof ReversalPost>;

export const ReversalAnswer = z
  .object({
    /** Reversals on their way into the ledger. */
    reversed: Count,
    already: Count,
    /** Left as they are: a later report corrected the same attempts, and would have to be taken back first. */
    correctedAgain: Count,
    differencePicoUsd: PicoUsd,
  })
  .meta({ id: 'ReversalAnswer' });
export type ReversalAnswer = z.output<typeof ReversalAnswer>;
