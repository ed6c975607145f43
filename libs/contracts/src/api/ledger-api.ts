/** The ledger over the API, and the cost of one call. Lines come as they are stored; money in them is text. */
import { z } from 'zod';
import { CallRecord, CostBasis, Outcome } from '../call-record.js';
import { EntryKind, StoredEntry } from '../entry.js';
import { PicoUsd, UsdRate } from '../money.js';
import { Digest, Id, Instant, RouteId, Slug } from '../names.js';
import { RollUpRow } from '../roll-up.js';
import { Mode } from '../use-case.js';

export const LedgerState = z
  .object({
    log: Slug,
    size: z.number().int().nonnegative(),
    /** Lines that wait for their index. */
    pending: z.number().int().nonnegative(),
    /** The newest signed note; null before the first. */
    checkpoint: z.object({ size: z.number().int(), note: z.string(), signedAt: Instant }).nullable(),
  })
  .meta({ id: 'LedgerState' });
export type LedgerState = z.output<typeof LedgerState>;

export const LineQuery = z.object({
  from: z.coerce.number().int().nonnegative().default(0),
  count: z.coerce.number().int().min(1).max(1_000).default(100),
  kind: EntryKind.optional(),
  useCase: Slug.optional(),
});
export type LineQuery = z.output<typeof LineQuery>;

export const LedgerLine = z
  .object({ index: z.number().int().nonnegative(), recordedAt: Instant, entry: StoredEntry })
  .meta({ id: 'LedgerLine' });
export const LedgerLineList = z
  .object({
    items: z.array(LedgerLine),
    /** Where to go on; null at the end. */
    next: z.number().int().nullable(),
  })
  .meta({ id: 'LedgerLineList' });
export type LedgerLineList = z.output<typeof LedgerLineList>;

/** RFC 6962 inclusion of one line in the newest checkpoint's tree, hashes in lower-case hex. */
export const LineProof = z
  .object({
    index: z.number().int().nonnegative(),
    size: z.number().int().positive(),
    leafHash: Digest,
    root: Digest,
    proof: z.array(Digest),
  })
  .meta({ id: 'LineProof' });
export type LineProof = z.output<typeof LineProof>;

/** Proofs of the lines about one call, each a C2SP tlog-proof that holds its line and its checkpoint. */
export const CallProofList = z
  .object({ items: z.array(z.object({ index: z.number().int().nonnegative(), text: z.string() })) })
  .meta({ id: 'CallProofList' });
export type CallProofList = z.output<typeof CallProofList>;

const Day = z.iso.date();

export const RollUpQuery = z.object({
  /** Days in UTC, both inclusive. */
  from: Day,
  to: Day,
  useCase: Slug.optional(),
});
export type RollUpQuery = z.output<typeof RollUpQuery>;

export const RollUpList = z
  .object({
    items: z.array(RollUpRow),
    /** By day, over its rows of all use cases: what `o10 ledger rollups --check` makes again from the lines. */
    checksums: z.record(Day, Digest),
  })
  .meta({ id: 'RollUpList' });
export type RollUpList = z.output<typeof RollUpList>;

export const GenerationQuery = z.object({ id: Id });

/** What a call cost and where it went, summed over its attempts. */
export const Generation = z
  .object({
    id: Id,
    useCase: Slug,
    mode: Mode,
    outcome: Outcome,
    requestedModel: z.string().nullable(),
    route: RouteId.nullable(),
    venue: Slug.nullable(),
    servedModel: z.string().nullable(),
    attempts: z.number().int().positive(),
    costPicoUsd: PicoUsd,
    /** The same, in dollars. */
    costUsd: UsdRate,
    /** With its share of capacity that was paid for already: what statements add up, where routing compares the cost. */
    fullyLoadedPicoUsd: PicoUsd,
    /** The least certain of its attempts' bases. */
    costBasis: CostBasis,
    /** Every attempt as booked, in order. */
    records: z.array(CallRecord),
  })
  .meta({ id: 'Generation' });
export type Generation = z.output<typeof Generation>;
