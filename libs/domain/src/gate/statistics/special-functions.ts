/**
 * The few special functions the intervals need, to about 1e-13. Products of them over- and underflow, so everything that
 * can be is a logarithm. Sources: NIST DLMF 5.11, 8.9, 8.17 (continued fractions by the modified Lentz method).
 */

const tiny = 1e-300;
const precision = 1e-16;
const most = 20_000;

const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** ln Γ(x), x > 0 (Lanczos 1964, g = 7; Stirling's series, DLMF 5.11.1, from 15 on, where it is exact to the last digit). */
export function lnGamma(x: number): number {
  if (!(x > 0)) throw new RangeError(`ln Γ is taken of a positive number, not ${x}`);
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  if (x >= 15) {
    const square = x * x;
    const series = (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / (1188 * square)) / square) / square) / square) / x;
    return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
  }
  const z = x - 1;
  const sum = lanczos.reduce((total, coefficient, k) => total + coefficient / (z + k + 1), 0.99999999999980993);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

export const lnBeta = (a: number, b: number): number => lnGamma(a) + lnGamma(b) - lnGamma(a + b);

/** ln P(a, x), the regularised lower incomplete gamma function (DLMF 8.11.4, 8.9.2). Requires a > 0, x > 0. */
export function lnGammaLower(a: number, x: number): number {
  const lnFront = a * Math.log(x) - x - lnGamma(a);
  if (x < a + 1) {
    let [term, sum] = [1 / a, 1 / a];
    for (let n = 1; n < most && term > sum * precision; n += 1) {
      term *= x / (a + n);
      sum += term;
    }
    return lnFront + Math.log(sum);
  }
  return Math.log1p(-Math.exp(lnFront - Math.log(gammaFraction(a, x))));
}

/** x + 1 − a − 1(1−a)/(x + 3 − a − …): the denominator of Q(a, x). */
function gammaFraction(a: number, x: number): number {
  return continuedFraction(x + 1 - a, (n) => [n * (a - n), x + 2 * n + 1 - a]);
}

/** I_x(a, b), the regularised incomplete beta function (DLMF 8.17.22), as its logarithm. Requires a, b > 0 and 0 ≤ x ≤ 1. */
export function lnBetaRegularised(x: number, a: number, b: number): number {
  if (x <= 0) return -Infinity;
  if (x >= 1) return 0;
  if (x > (a + 1) / (a + b + 2)) return Math.log1p(-Math.exp(lnBetaRegularised(1 - x, b, a)));
  const lnFront = a * Math.log(x) + b * Math.log1p(-x) - lnBeta(a, b) - Math.log(a);
  const fraction = continuedFraction(1, (n) => {
    const m = Math.floor(n / 2);
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    return [n % 2 === 0 ? even : odd, 1];
  });
  return lnFront - Math.log(fraction);
}

/** b₀ + a₁/(b₁ + a₂/(b₂ + …)) with `partOf(n)` = [aₙ, bₙ]. */
function continuedFraction(first: number, partOf: (n: number) => readonly [number, number]): number {
  let value = first || tiny;
  let [c, d] = [value, 0];
  for (let n = 1; n < most; n += 1) {
    const [a, b] = partOf(n);
    d = 1 / (b + a * d || tiny);
    c = b + a / c || tiny;
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < precision) break;
  }
  return value;
}

/** P(Z ≤ z) of the normal law, without cancellation in the lower tail. */
export function normalCdf(z: number): number {
  if (z === 0) return 0.5;
  const half = (z * z) / 2;
  const tail = half < 1.5 ? 0.5 * (1 - Math.exp(lnGammaLower(0.5, half))) : 0.5 * gammaUpper(half);
  return z < 0 ? tail : 1 - tail;
}

const gammaUpper = (x: number): number =>
  Math.exp(0.5 * Math.log(x) - x - lnGamma(0.5) - Math.log(gammaFraction(0.5, x)));

/** z with P(Z ≤ z) = p, by bisection. Requires 0 < p < 1. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`a probability must lie in (0,1), not ${p}`);
  return p < 0.5 ? bisect((z) => normalCdf(z) < p, -40, 0) : -bisect((z) => normalCdf(z) < 1 - p, -40, 0);
}

/** x with I_x(a, b) = p, by bisection. */
export function betaQuantile(p: number, a: number, b: number): number {
  const lnP = Math.log(p);
  return bisect((x) => lnBetaRegularised(x, a, b) < lnP, 0, 1);
}

/** Where `holds` stops holding between `from`, where it does, and `to`, where it does not: the last point seen to hold. */
export function bisect(holds: (x: number) => boolean, from: number, to: number): number {
  let [inside, outside] = [from, to];
  for (let halvings = 0; halvings < 200; halvings += 1) {
    const middle = (inside + outside) / 2;
    if (middle === inside || middle === outside) break;
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
