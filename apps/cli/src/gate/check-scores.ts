/**
 * `o10 gate check`: what the gate says of a file of scores. Needs no running o10. The answer depends on the order of the
 * lines, as it does live: the first crossing is where one could have stopped.
 */
import type { Floor } from '#contracts/use-case.js';
import type { Shares } from '#domain/gate/alpha-ledger.js';
import { transformed } from '#domain/gate/fold-score.js';
import { type Judgement, judgeScores } from '#domain/gate/judge-scores.js';
import { chartOf } from '#domain/gate/quality-chart.js';
import { addToMoments, asymptoticInterval, freshMoments } from '#domain/gate/statistics/asymptotic-sequence.js';
import { boundsOf, claimOf, evidenceOf } from './describe-criterion.js';
import { band, columns, count, figure } from './draw-text.js';
import type { ScoreLine } from './read-scores.js';

export interface CheckedScores {
  judgement: Judgement;
  shares: Shares;
  /** Candidate − baseline, where every line has both; its interval is asymptotic, and null while too short. */
  beside: { what: string; unit: string; mean: number; interval: { lower: number; upper: number } | null }[];
}

/** Calls after which the intervals of cost and latency are narrowest for what they are. */
const tightestAt = 500;

export function checkScores(lines: readonly ScoreLine[], floor: Partial<Floor>, shares: Shares): CheckedScores {
  const differences = [
    {
      what: 'cost',
      unit: 'USD a call',
      of: (line: ScoreLine) => difference(line.candidateCostUsd, line.baselineCostUsd),
    },
    {
      what: 'latency',
      unit: 'ms',
      of: (line: ScoreLine) => difference(line.candidateLatencyMs, line.baselineLatencyMs),
    },
  ];
  const beside = differences.flatMap(({ what, unit, of }) => {
    const values = lines.map(of);
    if (!values.every((value) => value !== null)) return [];
    const moments = values.reduce(addToMoments, freshMoments());
    return [{ what, unit, mean: moments.mean, interval: asymptoticInterval(moments, shares.alpha, tightestAt) }];
  });
  return { judgement: judgeScores(lines, floor, shares), shares, beside };
}

const difference = (candidate: number | undefined, baseline: number | undefined): number | null =>
  candidate === undefined || baseline === undefined ? null : candidate - baseline;

/** The bounds are those of the criterion that is furthest from clearing; with one criterion, its own. */
export function checkedJson({ judgement }: CheckedScores) {
  const { verdict, firstClear, firstFail, samples: n, criteria } = judgement;
  const hardest = criteria.reduce((least, next) => (next.lnEvidenceFor < least.lnEvidenceFor ? next : least));
  return { verdict, firstClear, firstFail, n, lower: hardest.lower, upper: hardest.upper };
}

/** The same with every criterion, the threshold, how many calls it would take, and what is said beside. */
export function detailedJson(checked: CheckedScores) {
  const { judgement, beside } = checked;
  const { samplesToClear, lnThreshold } = judgement;
  const criteria = judgement.criteria.map(({ histogram: _, ...criterion }) => criterion);
  return { ...checkedJson(checked), samplesToClear, lnThreshold, criteria, beside };
}

export function describeChecked({ judgement, shares, beside }: CheckedScores): string[] {
  const { verdict, samples, criteria, lnThreshold, firstClear, firstFail } = judgement;
  const at = verdict === 'failed' ? firstFail : firstClear;
  const share = `α = ${shares.alpha}${shares.slots === 1 ? '' : ` shared by ${shares.slots} slots`}`;
  return [
    `${verdict}${at === null ? '' : ` at call ${count(at)}`} of ${count(samples)}, ${share}`,
    ...criteria.flatMap((criterion) => [
      `  ${claimOf(criterion)}`,
      `    ${evidenceOf(criterion, lnThreshold)}`,
      `    ${boundsOf(criterion)}`,
    ]),
    ...(verdict === 'undecided' ? [`  ${etaOf(judgement)}`] : []),
    ...beside.map(({ what, unit, mean, interval }) => {
      const range = interval ? `, from ${figure(interval.lower)} to ${figure(interval.upper)} (for many calls)` : '';
      return `  ${what}: ${figure(mean)} ${unit} against the baseline${range}`;
    }),
  ];
}

function etaOf({ samplesToClear, samples }: Judgement): string {
  if (samplesToClear === null) return 'as the scores are, more of them would not clear it';
  const more = Math.max(0, samplesToClear - samples);
  return `as the scores are, about ${count(samplesToClear)} calls would clear it: ${count(more)} more`;
}

/** Quality over the calls, of each criterion's own scores; the floor is the bar in the drawing. */
export function describeChart(
  lines: readonly ScoreLine[],
  { judgement, shares }: CheckedScores,
  points = 16,
): string[] {
  return judgement.criteria.flatMap((criterion) => {
    const chart = chartOf(
      lines.map((line) => transformed(criterion.kind, line)),
      shares.alpha,
      points,
    );
    const own = (x: number) => (criterion.kind === 'non_inferior' ? 2 * x - 1 : x);
    const scale = { from: Math.min(...chart.map(({ lower }) => lower)), to: 1 };
    const rows = chart.map(({ count: calls, mean, lower, upper, averageLower, averageUpper }) => [
      count(calls),
      figure(own(mean)),
      `${figure(own(lower))} to ${figure(own(upper))}`,
      `${figure(own(averageLower))} to ${figure(own(averageUpper))}`,
      band(scale, { lower, upper, mean, floor: criterion.nullMean }),
    ]);
    const heading = ['calls', 'mean', 'if it stays', 'average, if it drifts', 'band, and the floor │'];
    return ['', claimOf(criterion), ...columns([heading, ...rows]).map((line) => `  ${line}`)];
  });
}
