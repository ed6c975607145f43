/**
 * What an attempt's cost becomes when its venue says what it charged. The line that was written stays; the correction is
 * a line of its own, counted on the windows the attempt was settled on, in the nano-USD the desk counts.
 */
import type { CallRecord } from '#contracts/call-record.js';
import type { HeldEnvelope } from '#contracts/envelope-desk.js';
import { nanoCeil } from '../pricing/ceiling-of.js';
import { isEvaluation } from './call-entry.js';

/** What reports have made of an attempt so far. */
export interface TruedUp {
  revision: number;
  costPicoUsd: bigint;
  /** What a report said stands. False: all of it was reversed, and an estimate is one again. */
  reported: boolean;
}

export interface TrueUp {
  attemptId: string;
  callId: string;
  useCase: string;
  /** Of a replay or a judgement. */
  evaluation: boolean;
  revision: number;
  costPicoUsd: bigint;
  differencePicoUsd: bigint;
  chargeDifferencePicoUsd: bigint;
  differenceNanoUsd: bigint;
  heldNanoUsd: bigint;
  envelopes: HeldEnvelope[];
}

/** What the caller is charged where the attempt costs so much after all: the cost, or the floor it was charged at if that is more. */
export function chargeAt(
  { costPicoUsd, chargePicoUsd }: Pick<CallRecord, 'costPicoUsd' | 'chargePicoUsd'>,
  correctedPicoUsd: bigint,
): bigint {
  return chargePicoUsd > costPicoUsd && chargePicoUsd > correctedPicoUsd ? chargePicoUsd : correctedPicoUsd;
}

/**
 * Null where the report changes nothing. An estimate that turns out right is still a line, of difference 0: from then on it
 * is no estimate. Requires a cost of 0 or more.
 */
export function trueUpOf(
  record: Pick<
    CallRecord,
    | 'kind'
    | 'attemptId'
    | 'callId'
    | 'useCase'
    | 'envelopes'
    | 'costPicoUsd'
    | 'chargePicoUsd'
    | 'heldNanoUsd'
    | 'costBasis'
  >,
  before: TruedUp | null,
  reportedPicoUsd: bigint,
): TrueUp | null {
  const bookedPicoUsd = before?.costPicoUsd ?? record.costPicoUsd;
  const differencePicoUsd = reportedPicoUsd - bookedPicoUsd;
  const endsAnEstimate = before?.reported !== true && record.costBasis === 'estimated';
  if (differencePicoUsd === 0n && !endsAnEstimate) return null;
  const { attemptId, callId, useCase, envelopes, heldNanoUsd } = record;
  return {
    attemptId,
    callId,
    useCase,
    evaluation: isEvaluation(record),
    revision: (before?.revision ?? 0) + 1,
    costPicoUsd: reportedPicoUsd,
    differencePicoUsd,
    chargeDifferencePicoUsd: chargeAt(record, reportedPicoUsd) - chargeAt(record, bookedPicoUsd),
    differenceNanoUsd: nanoCeil(reportedPicoUsd) - nanoCeil(bookedPicoUsd),
    heldNanoUsd,
    envelopes,
  };
}

/** Takes a correction back that is the latest of its attempt to stand: the attempt costs what it did before, to the nano-USD. */
export function reversalOf(correction: TrueUp, revision: number): TrueUp {
  return {
    ...correction,
    revision,
    costPicoUsd: correction.costPicoUsd - correction.differencePicoUsd,
    differencePicoUsd: -correction.differencePicoUsd,
    chargeDifferencePicoUsd: -correction.chargeDifferencePicoUsd,
    differenceNanoUsd: -correction.differenceNanoUsd,
  };
}
