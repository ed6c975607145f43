/** What a report says of the judge after one run: how it agrees with people, and what share of right answers is behind its own. */
import { cohenKappa } from '#domain/gate/statistics/agreement.js';
import { clopperPearsonLower } from '#domain/gate/statistics/binomial-interval.js';
import { correctedInterval, correctedShare } from '#domain/gate/statistics/judge-correction.js';
import type { LabelledPair } from './rules.js';

type Side = 'candidate' | 'baseline';

/** [people said wrong, right][the judge said wrong, right] over the labelled calls. */
function tableOf(calls: readonly LabelledPair[], side: Side): [[number, number], [number, number]] {
  const count = (people: number, judge: number) =>
    calls.filter(({ labelled, truth, judged }) => labelled && truth[side] === people && judged[side] === judge).length;
  return [
    [count(0, 0), count(0, 1)],
    [count(1, 0), count(1, 1)],
  ];
}

export interface JudgeReport {
  kappa: number | null;
  /** Lower bound of the mean of sensitivity and specificity, each at half the error: what admission asks of a judge. */
  balancedAccuracyLower: number;
  /** The candidate's share of right answers: as judged, corrected by errors on one side's labels, with a 95 % interval. */
  judged: number;
  corrected: number;
  interval: { lower: number; upper: number };
}

/** `ratesFrom`: whose labels say how often the judge errs. The judge may err differently on each side. */
export function reportJudge(calls: readonly LabelledPair[], ratesFrom: Side): JudgeReport {
  const table = tableOf(calls, ratesFrom);
  const [[rejected, flattered], [missed, found]] = table;
  const [wrong, right] = [rejected + flattered, missed + found];
  const judged = calls.filter((call) => call.judged.candidate === 1).length / calls.length;
  const rates = {
    ...{ share: judged, count: calls.length },
    ...{ specificity: rejected / wrong, wrongLabels: wrong, sensitivity: found / right, rightLabels: right },
  };
  return {
    kappa: cohenKappa(table),
    balancedAccuracyLower: (clopperPearsonLower(rejected, wrong, 0.975) + clopperPearsonLower(found, right, 0.975)) / 2,
    judged,
    corrected: correctedShare(rates),
    interval: correctedInterval(rates, 0.05),
  };
}
