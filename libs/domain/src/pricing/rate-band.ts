/** The context bands of a sheet: per band the rates of every meter, worked out once so that a call only reads them. */
import type { PriceRow } from '#contracts/price.js';
import type { Meter } from '#contracts/usage.js';
import type { ExactRates, RateBand, Rates } from './rate-sheet.js';

/** A fraction of a second is a thousandth of the second's price, so only seconds need rows. */
function withMilliseconds(exact: Partial<Record<Meter, { ratePicoUsd: bigint; per: number }>>): typeof exact {
  const second = exact.seconds ?? exact.video_seconds;
  if (!second || exact.milliseconds) return exact;
  return { ...exact, milliseconds: { ratePicoUsd: second.ratePicoUsd, per: second.per * 1000 } };
}

function bandOf(inputTokensAbove: number, listed: ExactRates): RateBand {
  const exact: Partial<Record<Meter, { ratePicoUsd: bigint; per: number }>> = {};
  const rates: Partial<Record<Meter, bigint>> = {};
  for (const [meter, price] of Object.entries(withMilliseconds({ ...listed })) as [
    Meter,
    { ratePicoUsd: bigint; per: number },
  ][]) {
    const per = BigInt(price.per);
    rates[meter] = (price.ratePicoUsd + per - 1n) / per;
    if (price.ratePicoUsd % per !== 0n) exact[meter] = price;
  }
  const band: { inputTokensAbove: number; rates: Rates; exact?: ExactRates } = { inputTokensAbove, rates };
  if (Object.keys(exact).length > 0) band.exact = exact;
  return band;
}

/** Rows of one meter and band at most once. Ascending; a band keeps what the bands below it say of other meters. */
export function bandsOf(live: readonly PriceRow[]): RateBand[] {
  const aboveOf = (row: PriceRow) => row.inputTokensAbove ?? -1;
  const thresholds = [...new Set([-1, ...live.map(aboveOf)])].sort((left, right) => left - right);
  let listed: ExactRates = {};
  return thresholds.map((inputTokensAbove) => {
    const own = live.filter((row) => aboveOf(row) === inputTokensAbove);
    const named = own.map((row) => [row.meter, { ratePicoUsd: row.ratePicoUsd, per: row.per ?? 1 }] as const);
    listed = { ...listed, ...Object.fromEntries(named) };
    return bandOf(inputTokensAbove, listed);
  });
}
