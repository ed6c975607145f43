/**
 * The gate's e-process where a judge scores every call and people label some, drawn at random before anyone saw the
 * judge's score. What it claims is about the labels: the judge only saves some of them. Averaged with an e-process of the
 * labels alone, it costs a bad judge ln 2 and no error. Prediction-powered e-values: Csillag, Struchiner & Goedert (ICML
 * 2025); with labelling probabilities, Xu, Karampatziakis & Mineiro (Active RCPS, arXiv 2406.10490).
 */
import { addScore, freshWealth, gridFractions, lnEvidence, type Wealth } from '../grid-e-process.js';

export interface LabelledCall {
  /** What is expected of the call from the judge and from earlier labels: never from this one. In [0,1]. */
  predicted: number;
  /** The human score in [0,1]; null where none was drawn. */
  label: number | null;
  /** With which probability a label was drawn. It may depend on the past, never on the call. In (0,1]. */
  probability: number;
}

export interface LabelEvidence {
  predictionPowered: Wealth;
  labelsOnly: Wealth;
}

export const freshLabelEvidence = (): LabelEvidence => ({
  predictionPowered: freshWealth(),
  labelsOnly: freshWealth(),
});

/** Evidence that the mean label is above m, after one more call, as a new value. Throws RangeError outside the ranges above. */
export function foldLabelledCall(evidence: LabelEvidence, call: LabelledCall, m: number): LabelEvidence {
  const { predicted, label, probability } = call;
  if (!(probability > 0 && probability <= 1))
    throw new RangeError(`a label is drawn with a probability, not ${probability}`);
  for (const score of [predicted, label ?? predicted])
    if (!(score >= 0 && score <= 1)) throw new RangeError(`a score must lie in [0,1], not ${score}`);
  // Its mean is that of the label, whatever was predicted; it is never below 1 − 1/π, so no bet can lose everything.
  const corrected = predicted + (label === null ? 0 : (label - predicted) / probability);
  const reach = m - 1 + 1 / probability;
  return {
    predictionPowered: evidence.predictionPowered.map(
      (lnWealth, k) => lnWealth + Math.log1p((gridFractions[k]! * (corrected - m)) / reach),
    ),
    labelsOnly: label === null ? evidence.labelsOnly : addScore(evidence.labelsOnly, label, m),
  };
}

/** ln of the average of the two: an e-process again, because averages are. */
export function lnLabelEvidence({ predictionPowered, labelsOnly }: LabelEvidence): number {
  const [a, b] = [lnEvidence(predictionPowered), lnEvidence(labelsOnly)];
  const greater = Math.max(a, b);
  return greater + Math.log((Math.exp(a - greater) + Math.exp(b - greater)) / 2);
}
