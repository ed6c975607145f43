/** Ways to let a candidate pass as "not worse than the baseline by the margin", from the same calls. */
import { transformed } from '#domain/gate/fold-score.js';
import { addScore, freshWealth, lnEvidence } from '#domain/gate/grid-e-process.js';
import { freshCalibration, learnLabel, predictLabel } from '#domain/gate/statistics/judge-calibration.js';
import { foldLabelledCall, freshLabelEvidence, lnLabelEvidence } from '#domain/gate/statistics/label-e-process.js';
import { normalLower, predictionPoweredMean } from '#domain/gate/statistics/prediction-powered.js';

interface Pair {
  candidate: number;
  baseline: number;
}

export interface PairedTruth {
  /** What people would say. The rules see it only where a label was drawn. */
  truth: Pair;
  judged: Pair;
}

export interface LabelledPair extends PairedTruth {
  /** Drawn before anyone saw the judge's score. */
  labelled: boolean;
}

export interface Rule {
  name: string;
  clears: (calls: readonly LabelledPair[], terms: { margin: number; alpha: number; probability: number }) => boolean;
}

const scaled = (pair: Pair): number => transformed('non_inferior', pair);

/** The raw judge, looked at once at the end: its difference less its error is above the margin. */
export const rawJudge: Rule = {
  name: "the judge's mean difference, 95 % interval, looked at once",
  clears: (calls, { margin, alpha }) => {
    const judged = calls.map(({ judged: pair }) => scaled(pair));
    // With λ = 0 the "labels" alone count: the textbook interval of whatever they are.
    const mean = predictionPoweredMean({ labels: judged, judged, unlabelled: judged }, 0);
    return normalLower(mean, alpha) > (1 - margin) / 2;
  },
};

/** The gate's statistic on the judge's scores: never wrong about the judge, and blind to what the judge is wrong about. */
export const gateOnJudge: Rule = {
  name: "the e-process on the judge's scores",
  clears: (calls, { margin, alpha }) => {
    let wealth = freshWealth();
    return calls.some(({ judged }) => {
      wealth = addScore(wealth, scaled(judged), (1 - margin) / 2);
      return lnEvidence(wealth) >= -Math.log(alpha);
    });
  },
};

/** PPI++ with the labels there are, looked at once at the end. */
export const predictionPowered: Rule = {
  name: 'PPI++ with the labels drawn, looked at once',
  clears: (calls, { margin, alpha }) => {
    const labelled = calls.filter((call) => call.labelled);
    const unlabelled = calls.filter((call) => !call.labelled);
    if (labelled.length < 2) return false;
    const mean = predictionPoweredMean({
      labels: labelled.map(({ truth }) => scaled(truth)),
      judged: labelled.map(({ judged }) => scaled(judged)),
      unlabelled: unlabelled.map(({ judged }) => scaled(judged)),
    });
    return normalLower(mean, alpha) > (1 - margin) / 2;
  },
};

/** The product's: labels and judge together, looked at after every call. */
export const gateWithLabels: Rule = {
  name: 'the gate with labels, looked at after every call',
  clears: (calls, terms) => callsToClear(calls, terms) !== null,
};

/** The place of the call with which the gate with labels clears, from 1; null when it does not. */
export function callsToClear(
  calls: readonly LabelledPair[],
  { margin, alpha, probability }: { margin: number; alpha: number; probability: number },
): number | null {
  let [evidence, calibration] = [freshLabelEvidence(), freshCalibration()];
  for (const [place, { truth, judged, labelled }] of calls.entries()) {
    const [seen, label] = [scaled(judged), labelled ? scaled(truth) : null];
    const predicted = predictLabel(calibration, seen);
    evidence = foldLabelledCall(evidence, { predicted, label, probability }, (1 - margin) / 2);
    if (label !== null) calibration = learnLabel(calibration, seen, label);
    if (lnLabelEvidence(evidence) >= -Math.log(alpha)) return place + 1;
  }
  return null;
}
