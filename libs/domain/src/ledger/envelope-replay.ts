/**
 * Spends every envelope again, in the order of the ledger, and says where one went beyond its limit. What is settled is
 * less than settled and held, so this finds no limit that was kept; it can miss one that was broken by open holds alone.
 *
 * A limit may be lowered below what is spent, and attempts end in another order than they were admitted in. So the sum
 * is held against the limit in force when the last admitted of the attempts in it was admitted: that one was let in
 * only because everything before it, and itself, fitted. A rolling window is held so bucket by bucket, each with those it
 * counts: they are earlier, so all in them was admitted before.
 */
import type { z } from 'zod';
import type { EnvelopeChangeBody } from '#contracts/entry-bodies.js';
import { UsdLimit } from '#contracts/money.js';
import type { BookedRecord } from './call-entry.js';
import { bucketsAround } from '../envelope/window-spans.js';
import { nanoCeil } from '../pricing/ceiling-of.js';

/** The clock of a proxy and that of the control API may differ by this much before a limit is taken for another. */
export const clockSkewMs = 2 * 3_600_000;

interface Limit {
  fromMs: number;
  /** Null: in shadow, so it was none. */
  limitNanoUsd: bigint | null;
}

interface Known {
  limits: Limit[];
  /** Of a use case, for live calls: it refuses only while the use case is enforced. */
  accountsInShadow: boolean;
}

interface Balance {
  settledNanoUsd: bigint;
  lastAdmittedMs: number;
  /** The last admitted attempt could have been refused. */
  refuses: boolean;
}

const replayable = new Set(['hour', 'day', 'week', 'month', 'quarter', 'total', 'rolling']);

export class EnvelopeReplay {
  /** Envelopes that lines were settled on and whose limit no line tells, with how many. */
  readonly unchecked = new Map<string, number>();
  /** How often a balance was held against its limit. */
  checks = 0;

  private readonly known = new Map<string, Known>();
  private readonly balances = new Map<string, Balance>();
  private readonly buckets = new Map<string, ReturnType<typeof bucketsAround>>();

  change({ name, after }: z.output<typeof EnvelopeChangeBody>, atMs: number): void {
    const limit = UsdLimit.safeDecode(after?.['limitNanoUsd'] as string);
    const unit = (after?.['window'] as { unit?: unknown } | undefined)?.unit;
    if (!after || !limit.success || typeof unit !== 'string' || !replayable.has(unit)) {
      this.known.delete(name);
      return;
    }
    const scope = (after['scope'] as { kind?: unknown } | undefined)?.kind;
    const accountsInShadow = scope === 'use_case' && (after['purpose'] ?? 'live') === 'live';
    const limitNanoUsd = after['mode'] === 'shadow' ? null : limit.data;
    const limits = [...(this.known.get(name)?.limits ?? []), { fromMs: atMs, limitNanoUsd }];
    this.known.set(name, { limits, accountsInShadow });
  }

  /** What went beyond its limit with this attempt, in words. */
  settle(record: BookedRecord): string[] {
    const cost = nanoCeil(record.costPicoUsd);
    // Of an expired hold the record tells the end, not the admission.
    const admittedMs = record.kind === 'hold_expiry' ? null : Date.parse(record.admittedAt);
    const problems: string[] = [];
    for (const { envelope, window } of record.envelopes) {
      const known = this.known.get(envelope);
      const accounts =
        record.wouldRefuse.includes(envelope) || (known?.accountsInShadow === true && record.mode !== 'enforce');
      this.add(envelope, window, cost, admittedMs, !accounts);
      if (!known) this.unchecked.set(envelope, (this.unchecked.get(envelope) ?? 0) + 1);
      else if (cost > 0n)
        for (const at of this.countedBy(envelope, window)) problems.push(...this.check(envelope, at, known));
    }
    return problems;
  }

  /** A correction moves the sum and admits nobody. */
  adjust(envelopes: { envelope: string; window: string }[], differenceNanoUsd: bigint): void {
    for (const { envelope, window } of envelopes) this.balance(envelope, window).settledNanoUsd += differenceNanoUsd;
  }

  /** A bucket of a rolling window counts in itself and in later ones; any other window in itself alone. */
  private countedBy(envelope: string, window: string): string[] {
    const later = this.around(window)?.countedBy;
    return later ? later.filter((one) => this.balances.has(`${envelope} ${one}`)) : [window];
  }

  private counted(envelope: string, window: string): bigint {
    const counts = this.around(window)?.counts ?? [window];
    return counts.reduce((sum, one) => sum + (this.balances.get(`${envelope} ${one}`)?.settledNanoUsd ?? 0n), 0n);
  }

  private around(window: string): ReturnType<typeof bucketsAround> {
    let known = this.buckets.get(window);
    if (known === undefined) this.buckets.set(window, (known = bucketsAround(window)));
    return known;
  }

  private balance(envelope: string, window: string): Balance {
    const key = `${envelope} ${window}`;
    const known = this.balances.get(key);
    if (known) return known;
    const fresh: Balance = { settledNanoUsd: 0n, lastAdmittedMs: -Infinity, refuses: false };
    this.balances.set(key, fresh);
    return fresh;
  }

  private add(envelope: string, window: string, cost: bigint, admittedMs: number | null, refuses: boolean): void {
    const balance = this.balance(envelope, window);
    balance.settledNanoUsd += cost;
    if (admittedMs === null || admittedMs < balance.lastAdmittedMs) return;
    balance.lastAdmittedMs = admittedMs;
    balance.refuses = refuses;
  }

  private check(envelope: string, window: string, { limits }: Known): string[] {
    const { refuses, lastAdmittedMs } = this.balance(envelope, window);
    const limit = refuses ? limitAround(limits, lastAdmittedMs) : null;
    if (limit === null) return [];
    this.checks += 1;
    const sum = this.counted(envelope, window);
    return sum <= limit
      ? []
      : [`envelope ${envelope} stands at ${sum} nano-USD in ${window}, above its limit of ${limit}`];
  }
}

/** The largest limit that may have been in force at that instant, whatever clock told it; null: perhaps none. */
function limitAround(limits: Limit[], atMs: number): bigint | null {
  let largest: bigint | undefined;
  for (const [at, { fromMs, limitNanoUsd }] of limits.entries()) {
    const endsMs = limits[at + 1]?.fromMs ?? Infinity;
    if (endsMs + clockSkewMs < atMs || (fromMs - clockSkewMs > atMs && at > 0)) continue;
    if (limitNanoUsd === null) return null;
    if (largest === undefined || limitNanoUsd > largest) largest = limitNanoUsd;
  }
  return largest ?? limits.at(-1)!.limitNanoUsd;
}
