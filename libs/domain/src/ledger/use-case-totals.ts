/** What the lines of each use case sum to. Live calls and evaluation are kept apart, and what is uncertain is counted. */
import type { CallRecord } from '#contracts/call-record.js';

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

export class TotalsByUseCase {
  private readonly sums = new Map<string, Sums>();

  add(record: CallRecord): void {
    const sums = this.of(record.useCase);
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

  /** A correction of what a live attempt cost. */
  adjust(useCase: string, differencePicoUsd: bigint): void {
    this.of(useCase).cost += differencePicoUsd;
  }

  all(): Record<string, UseCaseTotals> {
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

  private of(useCase: string): Sums {
    const known = this.sums.get(useCase);
    if (known) return known;
    const fresh: Sums = {
      calls: 0,
      attempts: 0,
      cost: 0n,
      charge: 0n,
      evaluations: 0,
      evaluationCost: 0n,
      estimated: 0,
      unpriced: 0,
    };
    this.sums.set(useCase, fresh);
    return fresh;
  }
}
