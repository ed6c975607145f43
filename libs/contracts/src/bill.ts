/** What a team is charged for a calendar month in UTC. Amounts are exact; rounding is the printer's. */
import { z } from 'zod';
import { LaneId } from './lane.js';
import { PicoUsd } from './money.js';
import { Slug } from './names.js';

export const BillMonth = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month, for example "2026-11"');

const Count = z.number().int().nonnegative();

export const BillLine = z
  .object({
    /** Null: calls that named a model. */
    lane: LaneId.nullable(),
    /** Served, in whole or in part. */
    calls: Count,
    /** Of them, those that asked for one exact route. */
    pinnedCalls: Count,
    inputTokens: Count,
    outputTokens: Count,
    /** What venues bill us. */
    costPicoUsd: PicoUsd,
    chargePicoUsd: PicoUsd,
  })
  .meta({ id: 'BillLine' });
export type BillLine = z.output<typeof BillLine>;

export const Bill = z
  .object({
    month: BillMonth,
    /** Null: the whole organisation. */
    team: Slug.nullable(),
    plan: Slug.nullable(),
    lines: z.array(BillLine),
    costPicoUsd: PicoUsd,
    /** The sum of the lines, and of the ledger's own charges. */
    chargePicoUsd: PicoUsd,
    includedCreditPicoUsd: PicoUsd,
    creditUsedPicoUsd: PicoUsd,
    /** What is due. */
    overagePicoUsd: PicoUsd,
    /** Beyond a hard stop: what calls in flight cost after all, which nobody is asked for. */
    waivedPicoUsd: PicoUsd,
    /** Attempts booked at a ceiling or without a price: not final while there are any. */
    estimatedAttempts: Count,
  })
  .meta({ id: 'Bill' });
export type Bill = z.output<typeof Bill>;
