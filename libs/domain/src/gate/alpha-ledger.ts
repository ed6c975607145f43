/**
 * How a use case's error probability is shared. K slots are declared before the data; every candidate takes one, and so does
 * every retry after something changed: another revision, floor, grader, suite or template is another gate, and an attempt of
 * the same use case. A slot is spent by being tried, whatever comes of it; who declares more pays with a higher threshold.
 */
import type { GateTerms } from '#contracts/use-case.js';

export type Shares = Pick<GateTerms, 'alpha' | 'slots'>;

/**
 * ln(K/α): what the evidence of one slot must reach. Bonferroni on e-values: for any dependence, and for running maxima, the
 * probability that any slot clears falsely is at most α, so the cheapest that cleared needs no further correction.
 */
export const lnThresholdOf = ({ alpha, slots }: Shares): number => Math.log(slots / alpha);

/** The number of the next slot, from 1; null when all K are spent. `taken` is the highest number given out, 0 for none. */
export const nextSlot = ({ slots }: Pick<Shares, 'slots'>, taken: number): number | null =>
  taken < slots ? taken + 1 : null;
