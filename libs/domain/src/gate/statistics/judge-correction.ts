/**
 * The share of right answers behind a yes-or-no judge that errs at known rates, for reports. The rates come from labels, so
 * their uncertainty is in the interval too. Rogan & Gladen 1978; interval of Lee et al. (arXiv 2511.21140).
 */
import { normalQuantile } from './special-functions.js';

export interface JudgedShare {
  /** Share of `count` answers the judge called right. */
  share: number;
  count: number;
  /** Share of wrong answers called wrong, among `wrongLabels` labelled wrong. */
  specificity: number;
  wrongLabels: number;
  /** Share of right answers called right, among `rightLabels` labelled right. */
  sensitivity: number;
  rightLabels: number;
}

/** (p + specificity − 1)/(sensitivity + specificity − 1), in [0,1]. Throws RangeError where the judge is no better than a coin. */
export function correctedShare({ share, specificity, sensitivity }: JudgedShare): number {
  return within(raw(share, specificity, sensitivity));
}

/** Two-sided at alpha, in [0,1]. */
export function correctedInterval(judged: JudgedShare, alpha: number): { lower: number; upper: number } {
  const z = normalQuantile(1 - alpha / 2);
  const { count, wrongLabels, rightLabels } = judged;
  const share = (count * judged.share + (z * z) / 2) / (count + z * z);
  const specificity = (wrongLabels * judged.specificity + 1) / (wrongLabels + 2);
  const sensitivity = (rightLabels * judged.sensitivity + 1) / (rightLabels + 2);
  const theta = raw(share, specificity, sensitivity);
  const ofWrong = (specificity * (1 - specificity)) / (wrongLabels + 2);
  const ofRight = (sensitivity * (1 - sensitivity)) / (rightLabels + 2);
  const shift = 2 * z * z * (theta * ofRight - (1 - theta) * ofWrong);
  const variance = (share * (1 - share)) / (count + z * z) + (1 - theta) ** 2 * ofWrong + theta ** 2 * ofRight;
  const half = (z * Math.sqrt(variance)) / (specificity + sensitivity - 1);
  return { lower: within(theta + shift - half), upper: within(theta + shift + half) };
}

function raw(share: number, specificity: number, sensitivity: number): number {
  const skill = specificity + sensitivity - 1;
  if (!(skill > 0)) throw new RangeError('a judge no better than a coin cannot be corrected');
  return (share + specificity - 1) / skill;
}

const within = (share: number): number => Math.min(1, Math.max(0, share));
