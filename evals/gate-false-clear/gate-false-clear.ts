/**
 * Prints how often each rule clears a candidate that is exactly at the floor. Fails when the gate's own rule does so
 * more often than α by more than the interval of the simulation.
 */
import type { Experiment } from '../experiment.js';
import { falseClears, gateRule, halfWidth, type Rule, seededDraws } from './false-clear.js';

export const gateFalseClear: Experiment = {
  name: 'gate-false-clear',
  about: 'how often a candidate exactly at the floor is cleared, by the gate and by the usual rules',
  run: simulate,
};

const terms = { floor: 0.9, alpha: 0.05, calls: 2000, runs: 4000 };
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function simulate(): number {
  const trial = { ...terms, draw: seededDraws(1) };
  console.log(
    `true quality = floor = ${trial.floor}, α = ${trial.alpha}, ${trial.runs} runs of ${trial.calls} scored calls\n`,
  );
  const cleared = falseClears(trial);
  for (const [rule, count] of Object.entries(cleared) as [Rule, number][]) {
    const share = count / trial.runs;
    console.log(`${percent(share).padStart(7)} ± ${percent(halfWidth(share, trial.runs)).padStart(5)}  ${rule}`);
  }
  const share = cleared[gateRule] / trial.runs;
  const broken = share > trial.alpha + halfWidth(trial.alpha, trial.runs);
  console.log(
    broken
      ? `\nThe gate clears falsely more often than α = ${trial.alpha}.`
      : `\nThe gate keeps its promise of at most ${percent(trial.alpha)}.`,
  );
  return broken ? 1 : 0;
}
