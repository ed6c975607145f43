/**
 * Prints how often each rule clears a candidate that is exactly at the floor. Exits 1 when the gate's own rule does so
 * more often than α by more than the interval of the simulation. Run: node dist/evals/gate-false-clear/run.js
 */
import { falseClears, gateRule, halfWidth, type Rule, seededDraws } from './false-clear.js';

const trial = { floor: 0.9, alpha: 0.05, calls: 2000, runs: 4000, draw: seededDraws(1) };
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

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
process.exitCode = broken ? 1 : 0;
