/**
 * Reads a ledger line by line, as an auditor would who has nothing but the stored bytes: what each line says, whether
 * it adds up, and what all of them sum to. Lines come in order, from index 0.
 */
import type { CallRecord } from '#contracts/call-record.js';
import type { Entry, EntryKind } from '#contracts/entry.js';
import { callRecordOf, costProblems } from './call-entry.js';
import { readEntry } from './canonical-entry.js';

/** Sums of one use case. Amounts are pico-USD, as text. */
export interface UseCaseTotals {
  /** Live calls that came to an end, served or not. */
  calls: number;
  /** Attempts of live calls, each with a line of its own. */
  attempts: number;
  costPicoUsd: string;
  chargePicoUsd: string;
  /** Replays and judgements. */
  evaluations: number;
  evaluationCostPicoUsd: string;
  /** Attempts whose cost is a ceiling, or unknown: the sums above are not exact while these are not 0. */
  estimated: number;
  unpriced: number;
}

interface Sums {
  calls: number;
  attempts: number;
  cost: bigint;
  charge: bigint;
  evaluations: number;
  evaluationCost: bigint;
  estimated: number;
  unpriced: number;
}

const noSums = (): Sums => ({
  calls: 0,
  attempts: 0,
  cost: 0n,
  charge: 0n,
  evaluations: 0,
  evaluationCost: 0n,
  estimated: 0,
  unpriced: 0,
});

export class LineAudit {
  /** Lines by kind. */
  readonly kinds: Partial<Record<EntryKind, number>> = {};
  /** The log the lines belong to, taken from the first. */
  log: string | null = null;

  private readonly sums = new Map<string, Sums>();
  private readonly settledAt = new Map<string, number>();
  private readonly writtenAt = new Map<string, number>();

  /** What is wrong with this line, in words; empty when nothing is. */
  add(index: number, bytes: Uint8Array): string[] {
    try {
      const entry = readEntry(bytes);
      return [...this.place(index, entry), ...this.settle(index, entry)];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  }

  totals(): Record<string, UseCaseTotals> {
    const rows = [...this.sums].sort(([left], [right]) => (left < right ? -1 : 1));
    return Object.fromEntries(
      rows.map(([useCase, { cost, charge, evaluationCost, ...counts }]) => [
        useCase,
        {
          ...counts,
          costPicoUsd: cost.toString(),
          chargePicoUsd: charge.toString(),
          evaluationCostPicoUsd: evaluationCost.toString(),
        },
      ]),
    );
  }

  private place(index: number, { kind, id, log }: Entry): string[] {
    this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
    this.log ??= log;
    const problems = log === this.log ? [] : [`belongs to log ${log}, not ${this.log}`];
    const key = `${kind} ${id}`;
    const before = this.writtenAt.get(key);
    if (before === undefined) this.writtenAt.set(key, index);
    else problems.push(`${key} was written before, as line ${before}`);
    return problems;
  }

  private settle(index: number, entry: Entry): string[] {
    const record = callRecordOf(entry);
    if (!record) return [];
    const problems = costProblems(record);
    const before = this.settledAt.get(record.attemptId);
    if (before === undefined) {
      this.settledAt.set(record.attemptId, index);
      this.count(record);
    } else {
      problems.push(`attempt ${record.attemptId} was settled before, by line ${before}`);
    }
    return problems;
  }

  private count(record: CallRecord): void {
    const sums = this.sums.get(record.useCase) ?? noSums();
    this.sums.set(record.useCase, sums);
    if (record.costBasis === 'estimated') sums.estimated += 1;
    if (record.costBasis === 'unpriced') sums.unpriced += 1;
    if (record.kind === 'shadow_replay' || record.kind === 'judge') {
      sums.evaluations += 1;
      sums.evaluationCost += record.costPicoUsd;
      return;
    }
    sums.attempts += 1;
    if (record.final) sums.calls += 1;
    sums.cost += record.costPicoUsd;
    sums.charge += record.chargePicoUsd;
  }
}
