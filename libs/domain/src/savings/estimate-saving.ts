/**
 * From estimates for every call and measurements for a random sample to one saving with an interval that holds however
 * often it is looked at. Sums are exact and independent of order; floats occur in the width alone, and every rounding
 * goes against the claim.
 */

/** A call that was drawn for measurement, whether or not it was then measured. */
export interface SampledSaving {
  /** As logged when the call was drawn, in (0, 1]. */
  probability: number;
  estimatedPicoUsd: bigint;
  /** Null: drawn, but without a measurement. */
  measuredPicoUsd: bigint | null;
}

export interface SavingEvidence {
  /** How many calls the claim is about, and the sum of their estimates. */
  calls: number;
  estimatedPicoUsd: bigint;
  sampled: Iterable<SampledSaving>;
  /** Coverage of the interval, for example 0.95. */
  confidence: number;
}

export interface SavingEstimate {
  savingPicoUsd: bigint;
  lowerPicoUsd: bigint;
  upperPicoUsd: bigint;
  measuredPicoUsd: bigint;
  measuredCalls: number;
  /** Drawn but not measured: the lower bound counts them as no saving. */
  unmeasuredCalls: number;
  /** V of the estimator, in USD². */
  varianceUsd2: number;
  halfWidthPicoUsd: bigint;
}

/**
 * r of the boundary, per USD². It must be fixed before the data; the interval is narrowest, about three standard
 * errors, where V is near 8 / r (a standard error of 0.6 milli-USD), and grows with the logarithm only: to 5.7 standard
 * errors at 100 USD.
 */
export const boundaryScalePerUsd2 = 2e7;

/** The boundary is asymptotic: with fewer measurements than this, and calls left unmeasured, nothing is verified. */
export const measuredCallsMin = 30;

interface Fraction {
  numerator: bigint;
  denominator: bigint;
}

interface Stratum {
  probability: number;
  fraction: Fraction;
  residual: bigint;
  residualLow: bigint;
  squaresLow: bigint;
}

const least = (one: bigint, other: bigint) => (one < other ? one : other);

/** The logged probability as the decimal that was written down: 0.2 is 2/10, not the double next to it. */
function asFraction(probability: number): Fraction {
  const match = /^(\d)(?:\.(\d+))?(?:e-(\d+))?$/.exec(String(probability));
  if (!(probability > 0 && probability <= 1) || !match)
    throw new RangeError(`A sampling probability must be above 0 and at most 1, not ${probability}.`);
  const [, whole = '0', fraction = '', exponent = '0'] = match;
  return { numerator: BigInt(whole + fraction), denominator: 10n ** BigInt(fraction.length + Number(exponent)) };
}

function stratumOf(probability: number): Stratum {
  return { probability, fraction: asFraction(probability), residual: 0n, residualLow: 0n, squaresLow: 0n };
}

const divideDown = (value: bigint, divisor: bigint) => {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
};
const divideUp = (value: bigint, divisor: bigint) => -divideDown(-value, divisor);

/** Σ residual / π, each stratum rounded once. */
function extended(strata: Stratum[], residual: 'residual' | 'residualLow', divide: typeof divideDown): bigint {
  return strata.reduce((sum, stratum) => {
    const { numerator, denominator } = stratum.fraction;
    return sum + divide(stratum[residual] * denominator, numerator);
  }, 0n);
}

/** sqrt(2(Vr+1)/r · ln(sqrt(Vr+1)/α)), in USD: Waudby-Smith et al. 2021 (arXiv 2103.06476), the sample as population. */
export function anytimeHalfWidthUsd(varianceUsd2: number, alpha: number): number {
  const spread = varianceUsd2 * boundaryScalePerUsd2 + 1;
  return Math.sqrt(((2 * spread) / boundaryScalePerUsd2) * Math.log(Math.sqrt(spread) / alpha));
}

/** In steps of a pico-USD, upwards, with room for what the floats before it may have lost. */
const roundedUp = (usd: number) => BigInt(Math.ceil(usd * 1e12 * (1 + 1e-9)));

/**
 * S = Σ estimated + Σ (measured − estimated) / π over the sample, unbiased however wrong the estimates are, with
 * V = Σ (1 − π) / π² · (measured − estimated)². A drawn call without a measurement leaves S alone; the lower bound and
 * V count it as no saving, or as its estimate where that is a loss. When every call was drawn with certainty the
 * interval has no width; when too few were measured its lower end is not above zero.
 */
export function estimateSaving({ calls, estimatedPicoUsd, sampled, confidence }: SavingEvidence): SavingEstimate {
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`Confidence is between 0 and 1, not ${confidence}.`);
  const strata = new Map<number, Stratum>();
  let [measuredPicoUsd, measuredCalls, unmeasuredCalls] = [0n, 0, 0];
  for (const { probability, estimatedPicoUsd: estimated, measuredPicoUsd: measured } of sampled) {
    const stratum = strata.get(probability) ?? stratumOf(probability);
    strata.set(probability, stratum);
    const residualLow = (measured ?? least(0n, estimated)) - estimated;
    stratum.residual += measured === null ? 0n : residualLow;
    stratum.residualLow += residualLow;
    stratum.squaresLow += residualLow * residualLow;
    if (measured === null) unmeasuredCalls += 1;
    else measuredCalls += 1;
    measuredPicoUsd += measured ?? 0n;
  }
  const ordered = [...strata.values()].sort((one, other) => one.probability - other.probability);
  const certain = ordered.every((stratum) => stratum.probability === 1) && measuredCalls + unmeasuredCalls === calls;
  const varianceUsd2 = ordered.reduce((sum, { probability, squaresLow }) => {
    return sum + ((1 - probability) / probability ** 2) * (Number(squaresLow) / 1e24);
  }, 0);
  const halfWidthPicoUsd = certain ? 0n : roundedUp(anytimeHalfWidthUsd(varianceUsd2, 1 - confidence));
  const low = estimatedPicoUsd + extended(ordered, 'residualLow', divideDown) - halfWidthPicoUsd;
  return {
    savingPicoUsd: estimatedPicoUsd + extended(ordered, 'residual', divideDown),
    lowerPicoUsd: certain || measuredCalls >= measuredCallsMin ? low : least(0n, low),
    upperPicoUsd: estimatedPicoUsd + extended(ordered, 'residual', divideUp) + halfWidthPicoUsd,
    measuredPicoUsd,
    measuredCalls,
    unmeasuredCalls,
    varianceUsd2,
    halfWidthPicoUsd,
  };
}
