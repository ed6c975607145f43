/**
 * Runs the request path, the desk and the ledger through thousands of accidents, each told by a seed, and then puts bugs
 * that others have had into copies of our own source to see whether the same runs notice.
 */
import { parseArgs } from 'node:util';
import type { Experiment, ExperimentPlace } from '../experiment.js';
import { catchMutants, type Caught } from './catch-mutants.js';
import { runSeed, type SeedOutcome } from './run-seed.js';
import { rules, type Rule } from './watch-money.js';

export const envelopeSimulation: Experiment = {
  name: 'envelope-simulation',
  about: 'accidents by the thousand, and the bugs others had [--seeds <n>] [--from <seed>] [--no-mutants] [--json]',
  run: simulate,
};

export interface SimulationReport {
  from: number;
  seeds: number;
  calls: number;
  attempts: number;
  refused: number;
  excused: number;
  faults: Record<string, number>;
  /** The first few seeds in which a promise was broken. */
  broken: Pick<SeedOutcome, 'seed' | 'violations'>[];
  violations: number;
  seconds: number;
}

const brokenMax = 5;
const toldEveryMs = 500;

async function simulate({ projectDir, args }: ExperimentPlace): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string', default: '10000' },
      from: { type: 'string', default: '1' },
      first: { type: 'boolean', default: false },
      'no-mutants': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [from, seeds] = [Number(values.from), Number(values.seeds)];
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(seeds) || seeds < 1) return 2;
  const report = await runSeeds({ from, seeds, stopAtFirst: values.first });
  const mutants = values['no-mutants'] || report.violations > 0 ? [] : await catchMutants(projectDir);
  if (values.json) console.log(JSON.stringify({ ...report, mutants }));
  else print(report, mutants);
  return report.violations === 0 && mutants.every(({ seed }) => seed !== null) ? 0 : 1;
}

export async function runSeeds(asked: {
  from: number;
  seeds: number;
  stopAtFirst?: boolean;
}): Promise<SimulationReport> {
  const begun = performance.now();
  const report: SimulationReport = {
    ...{ from: asked.from, seeds: 0, calls: 0, attempts: 0, refused: 0, excused: 0 },
    ...{ faults: {}, broken: [], violations: 0, seconds: 0 },
  };
  let toldMs = begun;
  for (let seed = asked.from; seed < asked.from + asked.seeds; seed += 1) {
    add(report, await runSeed(seed));
    if (asked.stopAtFirst && report.violations > 0) break;
    if (performance.now() - toldMs < toldEveryMs || !process.stderr.isTTY) continue;
    toldMs = performance.now();
    process.stderr.write(`\r${report.seeds} of ${asked.seeds} seeds, ${report.violations} promises broken `);
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  report.seconds = Math.round((performance.now() - begun) / 100) / 10;
  return report;
}

function add(report: SimulationReport, outcome: SeedOutcome): void {
  report.seeds += 1;
  for (const sum of ['calls', 'attempts', 'refused', 'excused'] as const) report[sum] += outcome[sum];
  for (const [fault, count] of Object.entries(outcome.faults))
    report.faults[fault] = (report.faults[fault] ?? 0) + count;
  report.violations += outcome.violations.length;
  if (outcome.violations.length > 0 && report.broken.length < brokenMax)
    report.broken.push({ seed: outcome.seed, violations: outcome.violations });
}

function print(report: SimulationReport, mutants: Caught[]): void {
  const figure = (count: number) => count.toLocaleString('en').padStart(10);
  const { seeds, calls, attempts, refused, seconds, excused } = report;
  console.log(`${figure(seeds)}  seeds from ${report.from}, in ${seconds} s`);
  console.log(`${figure(calls)}  calls, ${refused.toLocaleString('en')} of them refused`);
  console.log(`${figure(attempts)}  attempts that venues saw`);
  for (const [fault, count] of Object.entries(report.faults)) console.log(`${figure(count)}  × ${fault}`);
  console.log(
    `${figure(excused)}  windows and places in which two faults met: the desk lost, and who knew of them down or cut off\n`,
  );
  const brokenBy = new Map<Rule, number>();
  for (const { rule } of report.broken.flatMap(({ violations }) => violations))
    brokenBy.set(rule, (brokenBy.get(rule) ?? 0) + 1);
  for (const [rule, promise] of Object.entries(rules))
    console.log(`${brokenBy.has(rule as Rule) ? 'BROKEN' : 'kept  '}  ${rule.padEnd(10)}  ${promise}`);
  for (const { seed, violations } of report.broken)
    for (const { rule, what } of violations.slice(0, 5)) console.log(`\nseed ${seed}  ${rule}: ${what}`);
  if (mutants.length === 0) return;
  console.log('\nmutant                         caught by    at seed   its words');
  for (const { name, rule, seed, what } of mutants)
    console.log(
      `${name.padEnd(30)} ${(rule ?? 'NOT CAUGHT').padEnd(12)} ${String(seed ?? '–').padStart(7)}   ${what ?? ''}`,
    );
}
