/**
 * A judge that flatters one candidate: the raw judge clears a worse route, the gate with a tenth of the calls labelled does
 * not. And the other way round, since a gate that never clears is no gate: a candidate that deserves it is cleared.
 */
import { clopperPearson } from '#domain/gate/statistics/binomial-interval.js';
import type { Experiment } from '../experiment.js';
import { seededDraws } from '../gate-false-clear/false-clear.js';
import { deserving, flattered, judgedCall, type JudgedWorld, trueDifferences } from './judged-calls.js';
import { type JudgeReport, reportJudge } from './judge-report.js';
import { callsToClear, gateOnJudge, gateWithLabels, type LabelledPair, predictionPowered, rawJudge } from './rules.js';

export const judgeBias: Experiment = {
  name: 'judge-bias',
  about: 'a judge that flatters one candidate: the raw judge clears a worse route, the gate with 80 labels does not',
  run: () => {
    const outcomes = [flatteredCandidate(), deservingCandidate()];
    return outcomes.every((holds) => holds) ? 0 : 1;
  },
};

/** 800 calls and a label on a tenth of them: 80 labels, give or take. */
export const terms = { calls: 800, runs: 1_000, margin: 0.05, alpha: 0.05, probability: 0.1 };
const points = (share: number) => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)}`;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

export function labelledCalls(world: JudgedWorld, count: number, draw: () => number): LabelledPair[] {
  return Array.from({ length: count }, () => ({ labelled: draw() < terms.probability, ...judgedCall(world, draw) }));
}

function flatteredCandidate(): boolean {
  const { people, judge } = trueDifferences(flattered);
  console.log(
    `candidate against baseline: people ${points(people)} points, the judge ${points(judge)}; ${terms.runs} runs of`,
  );
  console.log(
    `${terms.calls} calls, a tenth of them labelled; may it be ${100 * terms.margin} points worse at most?\n`,
  );
  const rules = [rawJudge, gateOnJudge, predictionPowered, gateWithLabels];
  const cleared = new Map(rules.map(({ name }) => [name, 0]));
  const draw = seededDraws(21);
  const reported: LabelledPair[][] = [];
  for (let run = 0; run < terms.runs; run += 1) {
    const calls = labelledCalls(flattered, terms.calls, draw);
    for (const { name, clears } of rules) if (clears(calls, terms)) cleared.set(name, cleared.get(name)! + 1);
    if (run < reportedRuns) reported.push(calls);
  }
  for (const [name, count] of cleared) {
    const { lower, upper } = clopperPearson(count, terms.runs, 0.95);
    console.log(
      `${percent(count / terms.runs).padStart(7)}  (${percent(lower)} to ${percent(upper)})`.padEnd(28),
      name,
    );
  }
  const most = clopperPearson(cleared.get(gateWithLabels.name)!, terms.runs, 0.95).lower;
  const [raw, fed] = [cleared.get(rawJudge.name)! / terms.runs, cleared.get(gateOnJudge.name)! / terms.runs];
  const holds = most <= terms.alpha && raw > 0.5 && fed > 0.5;
  console.log(holds ? '\nThe raw judge clears a worse route, the gate with labels does not.' : '\nNot as claimed.');
  describeReports(reported);
  return holds;
}

const reportedRuns = 100;

/** What a report would say of the candidate: the judge's errors on the baseline's answers do not say how it errs here. */
function describeReports(runs: readonly LabelledPair[][]): void {
  const mean = (of: (calls: LabelledPair[]) => number) => runs.reduce((sum, calls) => sum + of(calls), 0) / runs.length;
  const truth = mean((calls) => calls.filter(({ truth: { candidate } }) => candidate === 1).length / calls.length);
  console.log(`\nthe candidate's right answers in ${runs.length} reports on average: people ${percent(truth)},`);
  console.log(`the judge ${percent(mean((calls) => reportJudge(calls, 'candidate').judged))}`);
  for (const side of ['baseline', 'candidate'] as const) {
    const of = (figure: (report: JudgeReport) => number) => percent(mean((calls) => figure(reportJudge(calls, side))));
    console.log(
      `  corrected by its errors on the ${side}'s answers: ${of(({ corrected }) => corrected)}`,
      `(${of(({ interval }) => interval.lower)} to ${of(({ interval }) => interval.upper)}),`,
      `kappa ${of(({ kappa }) => kappa ?? 0)}, balanced accuracy at least ${of((report) => report.balancedAccuracyLower)}`,
    );
  }
}

function deservingCandidate(): boolean {
  const [runs, calls] = [300, 8_000];
  const draw = seededDraws(22);
  const labels = Array.from({ length: runs }, () => {
    const seen = labelledCalls(deserving, calls, draw);
    const place = callsToClear(seen, terms);
    return place === null ? Infinity : seen.slice(0, place).filter(({ labelled }) => labelled).length;
  }).sort((a, b) => a - b);
  const cleared = labels.filter((count) => count !== Infinity).length / runs;
  console.log(
    `\na candidate as good as the baseline is cleared in ${percent(cleared)} of ${runs} runs of ${calls} calls,`,
  );
  console.log(`with ${labels[Math.floor(runs / 2)]} labels at the median`);
  return cleared > 0.9;
}
