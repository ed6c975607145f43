/**
 * The figures of a statement, from the records of one use case in a range of the ledger and nothing else, in any order.
 * What counts as verified is the lower bound minus all that evaluation cost, and it may well be negative.
 */
import type { CallRecord } from '#contracts/call-record.js';
import type { Slug } from '#contracts/names.js';
import type { Statement } from '#contracts/statement.js';
import { routeIdOf } from '#contracts/venue.js';
import type { Corrections } from '../ledger/correction.js';
import type { PricedRoute, PriceIndex } from '../pricing/price-book.js';
import { counterfactualOf } from './counterfactual.js';
import { estimateSaving, type SampledSaving } from './estimate-saving.js';
import { exclusionOf, type StatementCover } from './exclusion-of.js';

export interface StatementInput {
  /** Every record of the use case in the range, evaluation included, each once. */
  records: Iterable<CallRecord>;
  organisation: Slug;
  useCase: Slug;
  mode: StatementCover['mode'];
  baseline: PricedRoute;
  /** The cheapest compliant route; null when nothing is cleared, or nothing cheaper than the baseline. */
  proposed: PricedRoute | null;
  /** By hash, every book that a record of the range was priced with. */
  priceBooks: ReadonlyMap<string, PriceIndex>;
  confidence: number;
  /** What lines of the range correct; null of a statement of version 1, which was made of what was first booked. */
  corrections: Pick<Corrections, 'of'> | null;
}

export type StatementFigures = Pick<
  Statement,
  | 'priceBooks'
  | 'calls'
  | 'excluded'
  | 'actualPicoUsd'
  | 'estimatedSavingPicoUsd'
  | 'measuredSavingPicoUsd'
  | 'measuredCalls'
  | 'savingLowerPicoUsd'
  | 'savingUpperPicoUsd'
  | 'confidence'
  | 'evaluationCostPicoUsd'
  | 'netPicoUsd'
  | 'verifiedPicoUsd'
  | 'corrections'
  | 'fullyLoaded'
>;

export interface StatementDraft {
  figures: StatementFigures;
  /** Calls drawn for replay that have none on the proposed route: they lower the bound. Not 0: replays are behind, or lost. */
  unmeasuredCalls: number;
}

interface DrawnCall {
  probability: number;
  actualPicoUsd: bigint;
  estimatedPicoUsd: bigint;
}

interface Tally {
  calls: number;
  actualPicoUsd: bigint;
  estimatedPicoUsd: bigint;
  evaluationPicoUsd: bigint;
  capacityPicoUsd: bigint;
  /** Of calls that are included: those that took more than one attempt, and what all attempts that failed cost by call. */
  retried: Set<string>;
  failedPicoUsd: Map<string, bigint>;
  corrected: { lines: number; differencePicoUsd: bigint };
  excluded: Record<string, number>;
  priceBooks: Set<string>;
  /** By call id. */
  drawn: Map<string, DrawnCall>;
  /** Cost of the replay on the route compared with, by the id of the live call. */
  replays: Map<string, bigint>;
}

/**
 * Throws when a record belongs to another use case or organisation, when a call that was drawn appears twice, when a
 * price book is missing, and when a logged probability is none. Never throws for what a call turned out to be.
 */
export function draftStatement(input: StatementInput): StatementDraft {
  const tally: Tally = {
    calls: 0,
    actualPicoUsd: 0n,
    estimatedPicoUsd: 0n,
    evaluationPicoUsd: 0n,
    capacityPicoUsd: 0n,
    retried: new Set(),
    failedPicoUsd: new Map(),
    corrected: { lines: 0, differencePicoUsd: 0n },
    excluded: {},
    priceBooks: new Set(),
    drawn: new Map(),
    replays: new Map(),
  };
  const cover: StatementCover = {
    mode: input.mode,
    baseline: routeIdOf(input.baseline),
    proposed: input.proposed && routeIdOf(input.proposed),
  };
  for (const record of input.records) {
    if (record.useCase !== input.useCase || record.organisation !== input.organisation)
      throw new Error(`Attempt ${record.attemptId} belongs to ${record.organisation}/${record.useCase}.`);
    addRecord(tally, record, input, cover);
  }
  return drafted(tally, input);
}

/** A record counts at what it costs with its corrections. */
function addRecord(tally: Tally, booked: CallRecord, input: StatementInput, cover: StatementCover): void {
  const by = input.corrections?.of(booked.attemptId) ?? null;
  const record = by ? { ...booked, costPicoUsd: booked.costPicoUsd + by.differencePicoUsd } : booked;
  if (isEvaluation(record)) addEvaluation(tally, record, cover);
  else if (!record.final) return addFailed(tally, record);
  else if (!addCall(tally, record, input, cover)) return;
  else tally.capacityPicoUsd += (record.capacity?.sharePicoUsd ?? 0n) + (by?.shareDifferencePicoUsd ?? 0n);
  if (!by) return;
  tally.corrected.lines += by.lines;
  tally.corrected.differencePicoUsd += by.differencePicoUsd;
}

function addFailed({ failedPicoUsd }: Tally, { callId, costPicoUsd }: CallRecord): void {
  if (costPicoUsd !== 0n) failedPicoUsd.set(callId, (failedPicoUsd.get(callId) ?? 0n) + costPicoUsd);
}

/** An expired hold of a replay is money spent on evaluation, at its ceiling. */
const isEvaluation = (record: CallRecord) =>
  record.kind === 'shadow_replay' ||
  record.kind === 'judge' ||
  (record.kind === 'hold_expiry' && record.replayOf !== null);

const leaveOut = (tally: Tally, reason: string) => {
  tally.excluded[reason] = (tally.excluded[reason] ?? 0) + 1;
};

/**
 * Every replay costs, served or not. Those on the route compared with measure: in shadow the proposed one, in enforce the
 * baseline. Where two measure one call, the one that claims less does.
 */
function addEvaluation(tally: Tally, record: CallRecord, cover: StatementCover): void {
  tally.evaluationPicoUsd += record.costPicoUsd;
  if (record.costBasis === 'unpriced') leaveOut(tally, 'evaluation_unpriced');
  if (record.kind !== 'shadow_replay' || record.replayOf === null || record.route !== comparedWith(cover)) return;
  if (!record.final || record.outcome !== 'served' || record.costBasis !== 'reported') return;
  const before = tally.replays.get(record.replayOf);
  const claimsLess =
    before === undefined || (cover.mode === 'shadow' ? before < record.costPicoUsd : before > record.costPicoUsd);
  if (claimsLess) tally.replays.set(record.replayOf, record.costPicoUsd);
}

const comparedWith = ({ mode, baseline, proposed }: StatementCover) => (mode === 'shadow' ? proposed : baseline);

/** With which probability the call was drawn to be measured; null: it was not. A canary that is only graded measures nothing. */
function measuredWith({ line }: CallRecord, { mode, proposed }: StatementCover): number | null {
  if (line === null) return null;
  if (mode === 'enforce') return line.canary?.paired ?? null;
  return proposed === null ? null : line.probability;
}

/** False: the statement is not about this call. */
function addCall(tally: Tally, record: CallRecord, input: StatementInput, cover: StatementCover): boolean {
  const estimatedPicoUsd = includedSavingOf(tally, record, input, cover);
  if (estimatedPicoUsd === null) return false;
  tally.calls += 1;
  tally.actualPicoUsd += record.costPicoUsd;
  tally.estimatedPicoUsd += estimatedPicoUsd;
  if (record.attempt > 1) tally.retried.add(record.callId);
  if (record.priceBook !== null) tally.priceBooks.add(record.priceBook);
  const probability = measuredWith(record, cover);
  if (probability === null) return true;
  if (tally.drawn.has(record.callId)) throw new Error(`Call ${record.callId} ends twice in this range.`);
  tally.drawn.set(record.callId, { probability, actualPicoUsd: record.costPicoUsd, estimatedPicoUsd });
  return true;
}

/** Null, and counted by reason: left out. */
function includedSavingOf(
  tally: Tally,
  record: CallRecord,
  input: StatementInput,
  cover: StatementCover,
): bigint | null {
  const reason = record.kind === 'hold_expiry' ? 'hold_expiry' : exclusionOf(record, cover);
  const saving = reason === null ? estimatedSavingOf(record, input) : null;
  if (saving === null) leaveOut(tally, reason ?? 'comparison_unpriced');
  return saving;
}

/**
 * In shadow what the call cost minus what its usage costs on the proposed route; in enforce what its usage costs on the
 * baseline minus what it cost. Prices of the book and the instant the call was booked at: a later price cut saves
 * nothing here. Null where the other route has no price for what was used.
 */
function estimatedSavingOf(record: CallRecord, input: StatementInput): bigint | null {
  const other = input.mode === 'shadow' ? input.proposed : input.baseline;
  if (other === null) return 0n;
  const index = input.priceBooks.get(record.priceBook ?? '');
  if (!index) throw new Error(`Price book ${record.priceBook} of attempt ${record.attemptId} was not given.`);
  const cost = counterfactualOf(record.usage, index, other, Date.parse(record.admittedAt));
  if (cost === null) return null;
  return input.mode === 'shadow' ? record.costPicoUsd - cost : cost - record.costPicoUsd;
}

function* sampledOf({ drawn, replays }: Tally, mode: StatementCover['mode']): Generator<SampledSaving> {
  for (const [callId, { probability, actualPicoUsd, estimatedPicoUsd }] of drawn) {
    const replay = replays.get(callId);
    const saved = (replay ?? 0n) - actualPicoUsd;
    const measuredPicoUsd = replay === undefined ? null : mode === 'shadow' ? -saved : saved;
    yield { probability, estimatedPicoUsd, measuredPicoUsd };
  }
}

function drafted(tally: Tally, { mode, proposed, confidence, corrections }: StatementInput): StatementDraft {
  const { calls, estimatedPicoUsd, evaluationPicoUsd } = tally;
  // Without a route to compare with there is no claim, about no call, and nothing uncertain in it.
  const claimed = mode === 'shadow' && proposed === null ? 0 : calls;
  const saving = estimateSaving({ calls: claimed, estimatedPicoUsd, sampled: sampledOf(tally, mode), confidence });
  const figures: StatementFigures = {
    priceBooks: [...tally.priceBooks].sort(),
    calls,
    excluded: tally.excluded,
    actualPicoUsd: tally.actualPicoUsd,
    estimatedSavingPicoUsd: estimatedPicoUsd,
    measuredSavingPicoUsd: saving.measuredPicoUsd,
    measuredCalls: saving.measuredCalls,
    savingLowerPicoUsd: saving.lowerPicoUsd,
    savingUpperPicoUsd: saving.upperPicoUsd,
    confidence,
    evaluationCostPicoUsd: evaluationPicoUsd,
    netPicoUsd: saving.savingPicoUsd - evaluationPicoUsd,
    verifiedPicoUsd: saving.lowerPicoUsd - evaluationPicoUsd,
    ...(corrections && { corrections: tally.corrected, fullyLoaded: fullyLoadedOf(tally) }),
  };
  return { figures, unmeasuredCalls: saving.unmeasuredCalls };
}

function fullyLoadedOf(tally: Tally): NonNullable<StatementFigures['fullyLoaded']> {
  const { actualPicoUsd, capacityPicoUsd, evaluationPicoUsd } = tally;
  let failedAttemptsPicoUsd = 0n;
  for (const callId of tally.retried) failedAttemptsPicoUsd += tally.failedPicoUsd.get(callId) ?? 0n;
  const totalPicoUsd = actualPicoUsd + capacityPicoUsd + failedAttemptsPicoUsd + evaluationPicoUsd;
  return { capacityPicoUsd, failedAttemptsPicoUsd, totalPicoUsd };
}
