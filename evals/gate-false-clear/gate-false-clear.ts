/**
 * Prints how often each rule clears a candidate that is exactly at the floor, and how many calls the gate takes for one
 * that is above it. Fails when the gate errs more often than α, or needs other numbers of calls than the product plans with.
 */
import { clopperPearson } from '#domain/gate/statistics/binomial-interval.js';
import type { Experiment } from '../experiment.js';
import { falseClears, gateRule, type Rule, seededDraws } from './false-clear.js';
import { measurePower, powerCases } from './power.js';

export const gateFalseClear: Experiment = {
  name: 'gate-false-clear',
  about:
    'how often a candidate exactly at the floor is cleared, by the gate and by the usual rules; calls to clear a good one',
  run: () => (simulateFalseClears() && simulatePower() ? 0 : 1),
};

const terms = { floor: 0.9, alpha: 0.05, calls: 2000, runs: 4000 };
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function simulateFalseClears(): boolean {
  const { floor, alpha, calls, runs } = terms;
  console.log(`true quality = floor = ${floor}, α = ${alpha}, ${runs} runs of ${calls} scored calls\n`);
  const cleared = falseClears({ ...terms, draw: seededDraws(1) });
  for (const [rule, count] of Object.entries(cleared) as [Rule, number][]) {
    const { lower, upper } = clopperPearson(count, runs, 0.95);
    const range = `${percent(lower)} to ${percent(upper)}`;
    console.log(`${percent(count / runs).padStart(7)}  (${range})`.padEnd(28), rule);
  }
  const holds = clopperPearson(cleared[gateRule], runs, 0.95).lower <= alpha;
  const promise = holds ? 'keeps its promise of at most' : 'clears falsely more often than';
  console.log(`\nThe gate ${promise} ${percent(alpha)}.\n`);
  return holds;
}

/** How far a median may lie from the figure planned with. */
const tolerance = 0.1;

function simulatePower(): boolean {
  const [runs, callsMax] = [2000, 10_000];
  console.log(`calls to clear a candidate above the floor, α = ${terms.alpha}, ${runs} runs\n`);
  console.log('median   9 in 10   planned   off by');
  let holds = true;
  for (const [place, power] of powerCases.entries()) {
    const { median, ninth } = measurePower(power, {
      alpha: terms.alpha,
      runs,
      callsMax,
      draw: seededDraws(100 + place),
    });
    const off = median / power.expected - 1;
    holds &&= Math.abs(off) <= tolerance;
    const figures = [String(median).padStart(6), String(ninth).padStart(9), String(power.expected).padStart(9)];
    console.log(`${figures.join(' ')} ${percent(off).padStart(8)}   ${power.name}`);
  }
  console.log(holds ? '\nEvery median is within a tenth.' : '\nA median is off by more than a tenth.');
  return holds;
}
