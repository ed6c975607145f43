/**
 * How many calls may be tried a second time. Each call earns `share` of a retry and a retry costs one, so that venues in
 * trouble are asked no more than `1 + share` times as often as callers ask; `reserve` lets the first failures after a
 * quiet time through, and is all that is ever saved. The token bucket of Finagle's RetryBudget, without its clock.
 */
export interface RetryTerms {
  share: number;
  /** Retries at hand at the start, and at most. */
  reserve: number;
}

export const retryDefaults: RetryTerms = { share: 0.2, reserve: 10 };

export class RetryBudget {
  private atHand: number;

  constructor(private readonly terms: RetryTerms = retryDefaults) {
    this.atHand = terms.reserve;
  }

  called(): void {
    this.atHand = Math.min(this.terms.reserve, this.atHand + this.terms.share);
  }

  /** True takes one. */
  take(): boolean {
    if (this.atHand < 1) return false;
    this.atHand -= 1;
    return true;
  }
}
