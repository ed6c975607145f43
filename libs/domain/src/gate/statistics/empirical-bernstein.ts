/**
 * The predictable plug-in empirical-Bernstein confidence sequence: the band of the quality chart. It holds at every time
 * at once for a mean that stays, closed form, and unlike the gate's bounds it depends on the order of the scores.
 * Waudby-Smith & Ramdas 2024 (JRSS-B), Theorem 2, with the pairing of v and ψ of the authors' code.
 */

/** Sums over the scores so far: all that the next step needs. One state serves one side at one level. */
export interface BernsteinState {
  count: number;
  sum: number;
  /** Σ (x − the mean after it)², the mean starting from half a score of 1/2. */
  deviation: number;
  /** Σ λ, Σ λx, Σ vψ(λ). */
  weight: number;
  weighted: number;
  penalty: number;
}

export const freshBernstein = (): BernsteinState => ({
  count: 0,
  sum: 0,
  deviation: 0,
  weight: 0,
  weighted: 0,
  penalty: 0,
});

/** Largest bet: keeps ψ finite. */
const betMost = 0.5;

/** One more score. The bet is chosen from what came before it, which is what makes the sequence valid. Requires 0 ≤ x ≤ 1. */
export function addToBernstein(state: BernsteinState, x: number, alpha: number): BernsteinState {
  if (!(x >= 0 && x <= 1)) throw new RangeError(`a score must lie in [0,1], not ${x}`);
  const count = state.count + 1;
  const variance = (0.25 + state.deviation) / count;
  const bet = Math.min(betMost, Math.sqrt((2 * Math.log(1 / alpha)) / (variance * count * Math.log1p(count))));
  const meanBefore = state.count === 0 ? 0 : state.sum / state.count;
  const sum = state.sum + x;
  return {
    count,
    sum,
    deviation: state.deviation + (x - (0.5 + sum) / (count + 1)) ** 2,
    weight: state.weight + bet,
    weighted: state.weighted + bet * x,
    penalty: state.penalty + (x - meanBefore) ** 2 * (-Math.log1p(-bet) - bet),
  };
}

/** The mean is below it at any time with probability ≤ alpha: the alpha the scores were added with. */
export const bernsteinLower = (state: BernsteinState, alpha: number): number =>
  state.count === 0 ? 0 : Math.max(0, (state.weighted - Math.log(1 / alpha) - state.penalty) / state.weight);
