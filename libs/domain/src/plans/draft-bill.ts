/** What a team is charged for a month: the ledger's own charges, lane by lane, less what its plan includes. */
import type { CallRecord } from '#contracts/call-record.js';
import type { Bill, BillLine } from '#contracts/bill.js';
import type { Plan } from '#contracts/plan.js';
import type { Corrected } from '../ledger/correction.js';
import { totalInputOf } from '../pricing/cost-of.js';

type Sums = Omit<BillLine, 'lane'>;

const nothing: Sums = {
  calls: 0,
  pinnedCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  costPicoUsd: 0n,
  chargePicoUsd: 0n,
};

/** Adds up records one by one; whose and of which month they are is the caller's question. */
export class BillDraft {
  private readonly lanes = new Map<BillLine['lane'], Sums>();
  /** Attempts booked at a ceiling, or at a price nobody knows: the bill is not final while there are any. */
  private estimated = 0;

  /** `corrected`: what later lines have made of its cost, and of its charge, which are in the month of the call. */
  add(record: CallRecord, corrected: Corrected | null = null): void {
    if (!liveKinds.includes(record.kind)) return;
    const lane = record.lane ?? null;
    const { parts } = record.usage;
    const before = this.lanes.get(lane) ?? nothing;
    const ended = record.kind === 'call' && record.final && record.outcome !== 'refused' ? 1 : 0;
    this.lanes.set(lane, {
      calls: before.calls + ended,
      pinnedCalls: before.pinnedCalls + (record.pinned ? ended : 0),
      inputTokens: before.inputTokens + totalInputOf(parts),
      outputTokens: before.outputTokens + (parts.output_text ?? 0) + (parts.reasoning ?? 0),
      costPicoUsd: before.costPicoUsd + record.costPicoUsd + (corrected?.differencePicoUsd ?? 0n),
      chargePicoUsd: before.chargePicoUsd + record.chargePicoUsd + (corrected?.chargeDifferencePicoUsd ?? 0n),
    });
    if (uncertain.includes(record.costBasis) && !corrected?.reported) this.estimated += 1;
  }

  /** `plan` null: the team is on none, and everything is due. */
  bill(month: string, team: string | null, plan: Plan | null): Bill {
    const lines = [...this.lanes]
      .map(([lane, sums]) => ({ lane, ...sums }))
      .sort((one, other) => (String(one.lane) < String(other.lane) ? -1 : 1));
    const chargePicoUsd = lines.reduce((sum, line) => sum + line.chargePicoUsd, 0n);
    const includedPicoUsd = (plan?.includedCredit ?? 0n) * 1_000n;
    const creditPicoUsd = chargePicoUsd < includedPicoUsd ? chargePicoUsd : includedPicoUsd;
    const beyond = chargePicoUsd - creditPicoUsd;
    return {
      month,
      team,
      plan: plan?.id ?? null,
      lines,
      costPicoUsd: lines.reduce((sum, line) => sum + line.costPicoUsd, 0n),
      chargePicoUsd,
      includedCreditPicoUsd: includedPicoUsd,
      creditUsedPicoUsd: creditPicoUsd,
      overagePicoUsd: plan?.hardStop ? 0n : beyond,
      waivedPicoUsd: plan?.hardStop ? beyond : 0n,
      estimatedAttempts: this.estimated,
    };
  }
}

const uncertain: readonly CallRecord['costBasis'][] = ['estimated', 'unpriced'];

/** What o10 spends on evaluation is never billed to a caller. */
const liveKinds: readonly CallRecord['kind'][] = ['call', 'attempt', 'hold_expiry'];
