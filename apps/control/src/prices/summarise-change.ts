/** A price change in a list: what it is and how many rows of each state, without the rows. */
import type { PriceChange, PriceChangeSummary, RowState } from '#contracts/api/price-intake-api.js';

export function summaryOf({ differences, findings: _findings, effect, ...change }: PriceChange): PriceChangeSummary {
  const count = (state: RowState) => differences.filter((one) => one.state === state).length;
  const counts = { ready: count('ready'), waiting: count('waiting'), refused: count('refused') };
  return { ...change, counts, effectPicoUsd: effect.differencePicoUsd };
}
