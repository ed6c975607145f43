import { expect, test } from 'vitest';
import { falseClears, gateRule, halfWidth, seededDraws } from './false-clear.js';

const trial = { floor: 0.9, alpha: 0.05, calls: 500, runs: 300 };

test('looking often breaks the ordinary rules and not the gate', () => {
  const cleared = falseClears({ ...trial, draw: seededDraws(7) });
  expect(cleared[gateRule] / trial.runs).toBeLessThan(trial.alpha + halfWidth(trial.alpha, trial.runs));
  expect(cleared['mean ≥ floor, looked at from 30 calls on'] / trial.runs).toBeGreaterThan(0.8);
  expect(cleared['Wilson 95 % lower bound > floor, looked at after every call'] / trial.runs).toBeGreaterThan(0.15);
});

test('the experiment can fail: a candidate above the floor it is tested at is cleared far more often', () => {
  const draw = seededDraws(7);
  const cleared = falseClears({ ...trial, draw: () => draw() * 0.9 });
  expect(cleared[gateRule] / trial.runs).toBeGreaterThan(0.9);
});

test('the same seed gives the same figures', () => {
  const once = () => falseClears({ ...trial, runs: 40, draw: seededDraws(3) });
  expect(once()).toEqual(once());
});
