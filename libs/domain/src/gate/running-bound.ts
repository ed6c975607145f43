/**
 * The lower bound of a mean as it stands after every score so far: the best of all looks, which the e-process allows
 * because it is valid at all of them at once. It passes a floor exactly when the evidence has crossed at that floor.
 */
import { addScore, freshWealth, gridFractions, lnEvidence, lowerBound, type Wealth } from './grid-e-process.js';

/** So many scores are looked at one by one, and all of them while there are few distinct ones; then looks become rarer. */
const scoresForEveryLook = 2_000;
const distinctForEveryLook = 300;
const stepsMax = 60;

export class RunningBound {
  private readonly counts = new Map<number, number>();
  private readonly lnThreshold: number;
  /** Largest mean rejected so far; 0: none. */
  private rejected = 0;
  /** Of the scores so far, against `rejected`. */
  private wealth: Wealth = freshWealth();
  private scores = 0;
  private sinceLook = 0;

  /** `alpha`: one-sided error probability, in (0,1). */
  constructor(private readonly alpha: number) {
    this.lnThreshold = -Math.log(alpha);
  }

  /** Requires 0 ≤ x ≤ 1. `look`: the bound must be the best there is after this score. */
  add(x: number, look = false): void {
    this.counts.set(x, (this.counts.get(x) ?? 0) + 1);
    if (this.rejected > 0) this.wealth = addScore(this.wealth, x, this.rejected);
    this.scores += 1;
    this.sinceLook += 1;
    const due = this.sinceLook * distinctForEveryLook ** 2 >= this.counts.size ** 2;
    if (look || due || this.scores <= scoresForEveryLook) this.look();
  }

  /** 0 where no mean is rejected. */
  bound(): number {
    this.look();
    return this.rejected;
  }

  /** A prefix tightens the bound only where it rejects more than the best so far. */
  private look(): void {
    if (this.sinceLook === 0) return;
    this.sinceLook = 0;
    if (this.rejected > 0 && lnEvidence(this.wealth) < this.lnThreshold) return;
    const found = this.rejected > 0 ? this.climb() : lowerBound([...this.counts], this.alpha);
    if (found <= this.rejected) return;
    this.rejected = found;
    this.wealth = [...this.counts].reduce((wealth, [x, count]) => addScore(wealth, x, found, count), freshWealth());
  }

  /**
   * Newton's steps from the mean rejected so far. ln E is convex and falls as the mean rises, so no step passes the root
   * and every point on the way is rejected too.
   */
  private climb(): number {
    let m = this.rejected;
    for (let steps = 0; steps < stepsMax; steps += 1) {
      const { lnE, slope } = this.evidenceAt(m);
      const next = m + (this.lnThreshold - lnE) / slope;
      if (!(next > m && next < 1)) return m;
      m = next;
    }
    return m;
  }

  /** ln E against `m`, and how it changes with `m`. */
  private evidenceAt(m: number): { lnE: number; slope: number } {
    const wealth = gridFractions.map(() => 0);
    const slopes = gridFractions.map(() => 0);
    for (const [x, count] of this.counts)
      for (const [k, fraction] of gridFractions.entries()) {
        const factor = 1 + fraction * (x / m - 1);
        wealth[k]! += count * Math.log(factor);
        slopes[k]! -= (count * fraction * x) / (m * m * factor);
      }
    const lnE = lnEvidence(wealth);
    const slope = slopes.reduce((sum, of, k) => sum + of * Math.exp(wealth[k]! - lnE), 0) / gridFractions.length;
    return { lnE, slope };
  }
}
