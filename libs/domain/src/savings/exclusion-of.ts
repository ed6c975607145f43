/** Which calls a statement is about. What it is not about is counted by reason and never extrapolated over. */
import type { CallRecord, IneligibleReason } from '#contracts/call-record.js';
import type { RouteId } from '#contracts/names.js';
import type { Mode } from '#contracts/use-case.js';

export interface StatementCover {
  mode: Exclude<Mode, 'off'>;
  baseline: RouteId;
  /** The route compared with; null when nothing is cleared. */
  proposed: RouteId | null;
}

/** Proof comes later than the call it is applied to; any other reason would still keep the route from serving it. */
const provable: readonly (IneligibleReason | null)[] = [null, 'floor_not_cleared', 'evidence_expired'];

const bases = { estimated: 'estimated', unpriced: 'unpriced', none: 'nothing_bought' } as const;

/**
 * Why a call (the final record of one) is left out, or null. A word of `excluded` of a statement: an outcome other than
 * served, `other_mode`, `quarantined`, `estimated`, `unpriced`, `nothing_bought`, `undecided`, `other_model` (the caller
 * asked for something else than the baseline), `other_route` (a fallback served in shadow), `not_considered` or
 * `ineligible` (the proposed route could not have served it).
 */
export function exclusionOf(record: CallRecord, { mode, baseline, proposed }: StatementCover): string | null {
  if (record.mode !== mode) return 'other_mode';
  if (record.outcome !== 'served') return record.outcome;
  if (record.usage.basis === 'quarantined') return 'quarantined';
  if (record.costBasis !== 'reported') return bases[record.costBasis];
  if (record.usage.basis !== 'reported') return 'estimated';
  if (record.priceBook === null) return 'unpriced';
  if (record.decision === null) return 'undecided';
  if (record.decision.requested !== baseline) return 'other_model';
  if (mode === 'enforce') return null;
  if (record.route !== baseline) return 'other_route';
  if (proposed === null) return null;
  const considered = record.decision.considered.find((one) => one.route === proposed);
  if (!considered) return 'not_considered';
  return provable.includes(considered.ineligible) ? null : 'ineligible';
}
