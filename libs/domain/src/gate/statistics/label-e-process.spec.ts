import { expect, test } from 'vitest';
import { freshLabelEvidence, foldLabelledCall, lnLabelEvidence } from './label-e-process.js';
import { freshCalibration, learnLabel, predictLabel } from './judge-calibration.js';
import { lnEvidence } from '../grid-e-process.js';

/** Numerical Recipes' generator: the same draws on every run. */
function draws(seed: number) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 2 ** 32;
}

/** One stream of calls: labels needed until the evidence reaches 20, or null when it has not after `calls`. */
function labelsNeeded(draw: () => number, truth: number, judge: { sees: number; errs: number }, calls: number) {
  let [evidence, calibration, labels] = [freshLabelEvidence(), freshCalibration(), 0];
  for (let call = 0; call < calls; call += 1) {
    const y = draw() < truth ? 1 : 0;
    const judged = draw() < (y === 1 ? judge.sees : judge.errs) ? 1 : 0;
    const drawn = draw() < 0.1;
    const predicted = predictLabel(calibration, judged);
    evidence = foldLabelledCall(evidence, { predicted, label: drawn ? y : null, probability: 0.1 }, 0.9);
    if (drawn) {
      calibration = learnLabel(calibration, judged, y);
      labels += 1;
    }
    if (lnLabelEvidence(evidence) >= Math.log(20)) return labels;
  }
  return null;
}

test.each([
  ['sees well', { sees: 0.99, errs: 0.05 }],
  ['calls everything right', { sees: 1, errs: 1 }],
  ['has it backwards', { sees: 0.1, errs: 0.9 }],
])('at the floor, a judge who %s clears in at most 1 run in 20', (_, judge) => {
  const [runs, draw] = [400, draws(11)];
  let cleared = 0;
  for (let run = 0; run < runs; run += 1) if (labelsNeeded(draw, 0.9, judge, 1_500) !== null) cleared += 1;
  expect(cleared / runs).toBeLessThan(0.05 + 1.96 * Math.sqrt((0.05 * 0.95) / runs));
});

test('above the floor, a good judge saves labels and a bad one costs few', () => {
  const median = (judge: { sees: number; errs: number }) => {
    const draw = draws(5);
    const needed = Array.from({ length: 60 }, () => labelsNeeded(draw, 0.95, judge, 8_000) ?? Infinity);
    return needed.sort((a, b) => a - b)[30]!;
  };
  const [good, useless] = [median({ sees: 0.99, errs: 0.05 }), median({ sees: 1, errs: 1 })];
  expect(good).toBeLessThan(useless);
  expect(useless).toBeLessThan(320);
});

test('without predictions worth anything and with every label drawn, both halves are the gate itself', () => {
  const scores = [1, 0, 1, 1, 0.5];
  const evidence = scores.reduce(
    (state, label) => foldLabelledCall(state, { predicted: 0.3, label, probability: 1 }, 0.8),
    freshLabelEvidence(),
  );
  expect(lnEvidence(evidence.predictionPowered)).toBeCloseTo(lnEvidence(evidence.labelsOnly), 10);
});

test('impossible draws and scores are refused', () => {
  const fold = (call: object) =>
    foldLabelledCall(freshLabelEvidence(), { predicted: 0.5, label: null, probability: 0.1, ...call }, 0.9);
  for (const wrong of [
    { probability: 0 },
    { probability: 1.1 },
    { predicted: -0.1 },
    { label: 2 },
    { label: Number.NaN },
  ])
    expect(() => fold(wrong)).toThrow(RangeError);
});
