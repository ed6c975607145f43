/** What people said, put beside what the judge said. A pair is shown in both orders: only what holds in both is a word on it. */
import type { JudgedLabel } from './admit-judge.js';

/** Of one showing, about what was shown first and second; `good` and `bad` where one answer was shown. */
export type Said = 'first' | 'second' | 'tie' | 'good' | 'bad';

export interface LabelledPair {
  pairwise: boolean;
  /** In the first showing the baseline's answer stood first. */
  flipped: boolean;
  /** The judge's score of the candidate; null where it gave none. */
  score: number | null;
  swapConsistent: boolean | null;
  /** By showing; null where nobody has said anything yet. */
  says: [Said | null, Said | null];
}

/** Null while it is not labelled whole. `goodFrom`: the judge's score from which it called a single answer good. */
export function labelOf(pair: LabelledPair, goodFrom: number): JudgedLabel | null {
  const { pairwise, score, swapConsistent, says } = pair;
  if (!pairwise) {
    if (says[0] === null) return null;
    return { human: says[0] === 'good', judge: score === null ? null : score >= goodFrom, swapConsistent };
  }
  const [here, there] = says;
  if (here === null || there === null) return null;
  const candidateFirst = pair.flipped ? 'second' : 'first';
  const candidateSecond = pair.flipped ? 'first' : 'second';
  const human =
    here === candidateFirst && there === candidateSecond
      ? true
      : here === candidateSecond && there === candidateFirst
        ? false
        : null;
  return { human, judge: score === null || score === 0.5 ? null : score > 0.5, swapConsistent };
}
