/**
 * What a judge's score is worth, learned from the labels so far: the mean label among answers it scored alike. Small and
 * additive. Predict first and learn afterwards, or a label would predict itself.
 */

/** Per tenth of the judge's scale: how many labels, and their sum. */
export interface JudgeCalibration {
  counts: readonly number[];
  sums: readonly number[];
}

const places = 11;
/** How many labels the judge's own score weighs as, until there are more. */
const trust = 2;

export const freshCalibration = (): JudgeCalibration => ({
  counts: Array(places).fill(0),
  sums: Array(places).fill(0),
});

const placeOf = (judged: number): number => Math.round(judged * (places - 1));

/** The expected label, in [0,1]. Requires a judged score in [0,1]. */
export function predictLabel({ counts, sums }: JudgeCalibration, judged: number): number {
  const place = placeOf(judged);
  return (sums[place]! + trust * judged) / (counts[place]! + trust);
}

export function learnLabel({ counts, sums }: JudgeCalibration, judged: number, label: number): JudgeCalibration {
  const learn = (values: readonly number[], by: number) => values.map((v, at) => (at === placeOf(judged) ? v + by : v));
  return { counts: learn(counts, 1), sums: learn(sums, label) };
}
