import { expect, test } from 'vitest';
import { clopperPearson } from '#domain/gate/statistics/binomial-interval.js';
import { falseClears, gateRule, seededDraws } from './false-clear.js';
import { measurePower, powerCases } from './power.js';

const trial = { floor: 0.9, alpha: 0.05, calls: 500, runs: 300 };

test('looking often breaks the ordinary rules and not the gate', () => {
  const cleared = falseClears({ ...trial, draw: seededDraws(7) });
  expect(clopperPearson(cleared[gateRule], trial.runs, 0.95).lower).toBeLessThanOrEqual(trial.alpha);
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

test('the gate needs as many calls as planned; a worse candidate needs more', () => {
  const good = powerCases.find(({ name }) => name === 'floor 0.9, true 0.95')!;
  const of = (power: typeof good) =>
    measurePower(power, { alpha: 0.05, runs: 400, callsMax: 3_000, draw: seededDraws(9) }).median;
  expect(Math.abs(of(good) / good.expected - 1)).toBeLessThan(0.15);
  expect(of({ ...good, score: (draw) => (draw() < 0.93 ? 1 : 0) })).toBeGreaterThan(2 * good.expected);
});
