/**
 * What a limit would have refused, had it been in force: attempts that were made are admitted again, in order, by the rule
 * the desk decides by. What is refused holds nothing and costs nothing, so what came after it may fit. That callers would
 * have behaved otherwise, nobody can replay.
 */
import type { Envelope } from '#contracts/envelope.js';
import type { DeskEnvelope, EnvelopeBalance, HoldRefusal, WindowSpan } from '#contracts/envelope-desk.js';
import { balanceKey, decideHold } from './decide-hold.js';
import { windowSpans } from './window-spans.js';

export interface TriedAttempt {
  admittedAtMs: number;
  endedAtMs: number;
  /** What was held for it, or would have been. */
  ceilingNanoUsd: bigint;
  costNanoUsd: bigint;
  useCase: string;
}

export interface Tried {
  attempts: number;
  refused: Record<HoldRefusal['reason'], number>;
  firstRefusedAtMs: number | null;
  /** What was admitted, and what was refused, has cost. */
  admittedNanoUsd: bigint;
  refusedNanoUsd: bigint;
  /** Windows in which something was refused, oldest first. */
  windows: { window: string; refused: number; settledNanoUsd: bigint }[];
  /** Use cases of which something was refused, the most refused first. */
  useCases: { useCase: string; refused: number; refusedNanoUsd: bigint }[];
}

/** `attempts` in any order; an ending before its admission counts as at it. Throws RangeError for an unknown zone. */
export function tryEnvelope(
  envelope: Pick<Envelope, 'id' | 'limitNanoUsd' | 'window'>,
  attempts: readonly TriedAttempt[],
): Tried {
  return new Trial(envelope).run(attempts);
}

interface Open {
  endsAtMs: number;
  window: string;
  attempt: TriedAttempt;
}

class Trial {
  private readonly desk: DeskEnvelope;
  private readonly balances = new Map<string, EnvelopeBalance>();
  /** Sorted by their ends, the next to end last. */
  private readonly open: Open[] = [];
  private readonly windows = new Map<string, { window: string; refused: number; settledNanoUsd: bigint }>();
  private readonly useCases = new Map<string, Tried['useCases'][number]>();
  private readonly tried: Tried = {
    attempts: 0,
    refused: { in_flight: 0, never_fits: 0, spent: 0 },
    firstRefusedAtMs: null,
    admittedNanoUsd: 0n,
    refusedNanoUsd: 0n,
    windows: [],
    useCases: [],
  };

  constructor(private readonly envelope: Pick<Envelope, 'id' | 'limitNanoUsd' | 'window'>) {
    const { id, limitNanoUsd } = envelope;
    this.desk = { id, limitNanoUsd, steerAtPercent: null, windows: [] };
  }

  run(attempts: readonly TriedAttempt[]): Tried {
    for (const attempt of [...attempts].sort((a, b) => a.admittedAtMs - b.admittedAtMs)) this.admit(attempt);
    this.endUntil(Infinity);
    for (const window of this.windows.values()) window.settledNanoUsd = this.balanceOf(window.window).settledNanoUsd;
    return {
      ...this.tried,
      windows: [...this.windows.values()],
      useCases: [...this.useCases.values()].sort((a, b) => b.refused - a.refused || (a.useCase < b.useCase ? -1 : 1)),
    };
  }

  private admit(attempt: TriedAttempt): void {
    const { admittedAtMs, ceilingNanoUsd, costNanoUsd, endedAtMs } = attempt;
    this.endUntil(admittedAtMs);
    const { id: window } = this.spanAt(admittedAtMs);
    const request = {
      holdId: '',
      callId: '',
      amountNanoUsd: ceilingNanoUsd,
      envelopes: [{ id: this.envelope.id, refuses: true }],
      expiresInMs: 0,
    };
    const book = { envelopes: new Map([[this.envelope.id, this.desk]]), balances: this.balances };
    const { answer, amountNanoUsd } = decideHold(book, request, admittedAtMs);
    this.tried.attempts += 1;
    if (answer.outcome === 'refused') return this.refuse(attempt, window, answer.refusal.reason);
    this.tried.admittedNanoUsd += costNanoUsd;
    this.move(window, 0n, amountNanoUsd);
    const endsAtMs = Math.max(admittedAtMs, endedAtMs);
    const at = placeBefore(this.open, endsAtMs);
    this.open.splice(at, 0, { endsAtMs, window, attempt: { ...attempt, ceilingNanoUsd: amountNanoUsd } });
  }

  private refuse(attempt: TriedAttempt, window: string, reason: HoldRefusal['reason']): void {
    const { useCase, costNanoUsd, admittedAtMs } = attempt;
    this.tried.refused[reason] += 1;
    this.tried.refusedNanoUsd += costNanoUsd;
    this.tried.firstRefusedAtMs ??= admittedAtMs;
    const known = this.windows.get(window) ?? { window, refused: 0, settledNanoUsd: 0n };
    this.windows.set(window, { ...known, refused: known.refused + 1 });
    const of = this.useCases.get(useCase) ?? { useCase, refused: 0, refusedNanoUsd: 0n };
    this.useCases.set(useCase, { useCase, refused: of.refused + 1, refusedNanoUsd: of.refusedNanoUsd + costNanoUsd });
  }

  private endUntil(nowMs: number): void {
    for (let last = this.open.at(-1); last && last.endsAtMs <= nowMs; last = this.open.at(-1)) {
      this.open.pop();
      this.move(last.window, last.attempt.costNanoUsd, -last.attempt.ceilingNanoUsd);
    }
  }

  private spanAt(atMs: number): WindowSpan {
    const known = this.desk.windows[0];
    if (known && known.startsAtMs <= atMs && (known.endsAtMs === null || atMs < known.endsAtMs)) return known;
    this.desk.windows = windowSpans(this.envelope.window, atMs, 1);
    return this.desk.windows[0]!;
  }

  private balanceOf(window: string): EnvelopeBalance {
    const key = balanceKey(this.envelope.id, window);
    return this.balances.get(key) ?? { envelope: this.envelope.id, window, settledNanoUsd: 0n, heldNanoUsd: 0n };
  }

  private move(window: string, settledNanoUsd: bigint, heldNanoUsd: bigint): void {
    const balance = this.balanceOf(window);
    this.balances.set(balanceKey(this.envelope.id, window), {
      ...balance,
      settledNanoUsd: balance.settledNanoUsd + settledNanoUsd,
      heldNanoUsd: balance.heldNanoUsd + heldNanoUsd,
    });
  }
}

/** Where what ends then belongs, in a list whose next to end is last. */
function placeBefore(open: readonly Open[], endsAtMs: number): number {
  let [low, high] = [0, open.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (open[middle]!.endsAtMs > endsAtMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
