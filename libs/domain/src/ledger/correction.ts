/** Lines that move the cost of an attempt after its own line was written. What it cost is the sum of all of them. */
import type { z } from 'zod';
import { AdjustmentBody, ReversalBody } from '#contracts/entry-bodies.js';
import type { EntryKind, StoredEntry } from '#contracts/entry.js';

export const correctionKinds: readonly EntryKind[] = ['adjustment', 'reversal'];

export type Correction = Pick<
  AdjustmentBody,
  | 'attemptId'
  | 'callId'
  | 'useCase'
  | 'envelopes'
  | 'evaluation'
  | 'differencePicoUsd'
  | 'chargeDifferencePicoUsd'
  | 'differenceNanoUsd'
> & { capacity?: AdjustmentBody['capacity'] };

/** Null where the kind corrects nothing. Throws for a line whose body is not of its kind. */
export function correctionOf({ kind, body }: Pick<StoredEntry, 'kind' | 'body'>): Correction | null {
  if (kind === 'adjustment') return AdjustmentBody.parse(body as z.input<typeof AdjustmentBody>);
  return kind === 'reversal' ? ReversalBody.parse(body as z.input<typeof ReversalBody>) : null;
}

/** What corrections have come to for one attempt. */
export interface Corrected {
  lines: number;
  differencePicoUsd: bigint;
  /** Of what the caller is charged. */
  chargeDifferencePicoUsd: bigint;
  /** As its envelopes count it. */
  differenceNanoUsd: bigint;
  /** Of what it carries of committed capacity. */
  shareDifferencePicoUsd: bigint;
  /** What its venue reported stands: it is no estimate any more. */
  reported: boolean;
}

/** Adds up corrections by attempt, in any order. */
export class Corrections {
  private readonly byAttempt = new Map<string, Corrected & { reports: number }>();

  /** Lines of other kinds are passed over. */
  add(entry: Pick<StoredEntry, 'kind' | 'body'>): void {
    const correction = correctionOf(entry);
    if (!correction) return;
    const { attemptId, capacity } = correction;
    const known = this.byAttempt.get(attemptId);
    const reports = (known?.reports ?? 0) + (entry.kind === 'reversal' ? -1 : capacity ? 0 : 1);
    this.byAttempt.set(attemptId, {
      lines: (known?.lines ?? 0) + 1,
      differencePicoUsd: (known?.differencePicoUsd ?? 0n) + correction.differencePicoUsd,
      chargeDifferencePicoUsd: (known?.chargeDifferencePicoUsd ?? 0n) + (correction.chargeDifferencePicoUsd ?? 0n),
      differenceNanoUsd: (known?.differenceNanoUsd ?? 0n) + BigInt(correction.differenceNanoUsd),
      shareDifferencePicoUsd: (known?.shareDifferencePicoUsd ?? 0n) + (capacity?.shareDifferencePicoUsd ?? 0n),
      reported: reports > 0,
      reports,
    });
  }

  of(attemptId: string): Corrected | null {
    return this.byAttempt.get(attemptId) ?? null;
  }

  get size(): number {
    return this.byAttempt.size;
  }
}
