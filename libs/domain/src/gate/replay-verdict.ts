/**
 * Says a verdict again from what it holds: hash from the declaration, evidence and bounds from the histograms, the word
 * from the crossings. Where a crossing lay cannot be told from a histogram, which has no order: that needs the scores.
 */
import type { Criterion, Verdict, VerdictWord } from '#contracts/verdict.js';
import { lnThresholdOf } from './alpha-ledger.js';
import { suiteLineOf } from '../suite/suite-line.js';
import { gateHashOf } from './gate-hash.js';
import { claimsOf } from './gate-state.js';
import { lnEvidenceOfHistogram, lowerBound, mirrorOf, upperBound } from './grid-e-process.js';
import { histogramDown, histogramUp, summaryOf } from './score-grid.js';

export interface ReplayedFigure {
  /** Of which criterion; null of the verdict as a whole. */
  criterion: Criterion['kind'] | null;
  figure: string;
  stated: string | number;
  /** Null: this verdict does not hold what it would take. */
  again: string | number | null;
  agrees: boolean | null;
}

/** Sums of thousands of logarithms, in another order: far above rounding, far below anything that could change a word. */
const tolerance = 1e-6;

/** Every figure that can be made again, agreeing or not; never throws on a verdict that parses. */
export function replayVerdict(verdict: Verdict): ReplayedFigure[] {
  const claims = claimsOf(verdict.floor);
  const whole = (figure: string, stated: string | number, again: string | number | null) =>
    compared(null, figure, stated, again);
  return [
    whole('gate hash', verdict.gate, hashAgain(verdict)),
    whole('threshold ln(K/α)', verdict.lnThreshold, lnThresholdOf(verdict.terms)),
    whole(
      'criteria',
      verdict.criteria.map(({ kind }) => kind).join(', '),
      verdict.samples === 0 ? '' : claims.map(({ kind }) => kind).join(', '),
    ),
    ...verdict.criteria.flatMap((criterion) => criterionAgain(criterion, verdict)),
    whole('verdict', verdict.verdict, wordAgain(verdict)),
  ];
}

/** The gate, or the line of its suite where the verdict is of that. */
function hashAgain({ declared, useCase, baseline, floor, terms, gate: stated }: Verdict): string | null {
  if (!declared) return null;
  const { baselineRevision, grader, suiteHash, judges, promptTemplate } = declared;
  const gate = gateHashOf({
    useCase,
    baseline: { route: baseline, revision: baselineRevision },
    grader,
    floor,
    terms,
    suiteHash,
    ...(judges && { judges }),
    ...(promptTemplate !== undefined && { promptTemplate }),
  });
  return suiteLineOf(gate) === stated ? stated : gate;
}

function criterionAgain(criterion: Criterion, { terms, floor, samples, lnThreshold }: Verdict): ReplayedFigure[] {
  const { kind } = criterion;
  const nullMean = claimsOf(floor).find((claim) => claim.kind === kind)?.nullMean ?? null;
  const alpha = terms.alpha / terms.slots;
  const ownScale = (x: number) => (kind === 'non_inferior' ? 2 * x - 1 : x);
  const [down, up] = [histogramDown(criterion), histogramUp(criterion)];
  const { count, mean } = summaryOf(criterion);
  const [above, below] = [
    lnEvidenceOfHistogram(down, criterion.nullMean),
    lnEvidenceOfHistogram(mirrorOf(up), 1 - criterion.nullMean),
  ];
  const of = (figure: string, stated: number, again: number | null) => compared(kind, figure, stated, again);
  const crossed = (figure: string, at: number | null, lnE: number): ReplayedFigure[] =>
    lnE >= lnThreshold + tolerance ? [{ ...of(figure, at ?? 0, null), agrees: at !== null && at <= samples }] : [];
  return [
    of('null mean', criterion.nullMean, nullMean),
    of('scores', samples, count),
    of('mean', criterion.mean, ownScale(mean)),
    of('ln E for', criterion.lnEvidenceFor, above),
    of('ln E against', criterion.lnEvidenceAgainst, below),
    of('lower bound', criterion.lower, ownScale(lowerBound(down, alpha))),
    of('upper bound', criterion.upper, ownScale(upperBound(up, alpha))),
    ...crossed('first clear', criterion.firstClear, above),
    ...crossed('first fail', criterion.firstFail, below),
  ];
}

/** The word its crossings and its minima amount to. Futile is not told from undecided here: it depends on the day. */
function wordAgain({ criteria, samples, spanHours, terms, verdict }: Verdict): VerdictWord {
  if (criteria.some(({ firstFail }) => firstFail !== null)) return 'failed';
  const met =
    samples >= Math.max(terms.samplesMin, terms.clustersMin) &&
    spanHours >= terms.spanHours &&
    criteria.length > 0 &&
    criteria.every(({ firstClear }) => firstClear !== null);
  return met ? 'cleared' : verdict === 'futile' ? 'futile' : 'undecided';
}

function compared(
  criterion: Criterion['kind'] | null,
  figure: string,
  stated: string | number,
  again: string | number | null,
): ReplayedFigure {
  const near = typeof stated === 'number' && typeof again === 'number' && Math.abs(stated - again) <= tolerance;
  return { criterion, figure, stated, again, agrees: again === null ? null : near || stated === again };
}
