/** What a criterion claims and how far its evidence has come, in one line of words and bars. */
import type { Criterion } from '#contracts/verdict.js';
import { bar, figure } from './draw-text.js';

type Measured = Omit<Criterion, 'histogram'>;

/** "mean score at least 0.9". */
export function claimOf({ kind, nullMean }: Pick<Measured, 'kind' | 'nullMean'>): string {
  if (kind === 'absolute') return `mean score at least ${figure(nullMean)}`;
  if (kind === 'non_inferior') return `not worse than the baseline by ${figure(1 - 2 * nullMean)}`;
  return `regressions in at most ${figure(100 * (1 - nullMean))} % of calls`;
}

/** The bar is of the direction that has come further: towards clearing, or towards failing. */
export function evidenceOf(criterion: Measured, lnThreshold: number): string {
  const { lnEvidenceFor, lnEvidenceAgainst, firstClear, firstFail } = criterion;
  const against = firstFail !== null || (firstClear === null && lnEvidenceAgainst > lnEvidenceFor);
  const crossed = against ? firstFail : firstClear;
  const lnE = against ? lnEvidenceAgainst : lnEvidenceFor;
  const drawn = crossed === null ? bar(lnE, lnThreshold) : bar(1, 1);
  const direction = against ? 'against' : 'for';
  const place = crossed === null ? '' : `, ${against ? 'failed' : 'cleared'} at ${crossed}`;
  return `${drawn} ${direction}: ln E ${figure(lnE)} of ${figure(lnThreshold)}${place}`;
}

/** "mean 0.957, at least 0.9412, at most 0.9702". */
export const boundsOf = ({ mean, lower, upper }: Pick<Measured, 'mean' | 'lower' | 'upper'>): string =>
  `mean ${figure(mean)}, at least ${figure(lower)}, at most ${figure(upper)}`;
