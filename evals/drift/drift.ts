/**
 * Prints how many canaries it takes to notice that an enforced route became worse, and how often a healthy one is accused.
 * Fails where the delays are not those the product tells its users, or where false alarms come too often.
 */
import { demoteAt, warnAt } from '#domain/gate/statistics/change-detection.js';
import { clopperPearson } from '#domain/gate/statistics/binomial-interval.js';
import type { Experiment } from '../experiment.js';
import { dropInTheSimulator } from './drop-in-the-simulator.js';
import { seededDraws } from '../gate-false-clear/false-clear.js';
import { canariesToAlarm, canariesToPage, medianOf, type Watched } from './watch-route.js';

export const drift: Experiment = {
  name: 'drift',
  about:
    'how many canaries it takes to notice that an enforced route became worse, and how often a healthy one is accused',
  run: async (place) => {
    const outcomes = [measureDelays(), measureFalseAlarms(), measureRunLength(), await dropInTheSimulator(place)];
    return outcomes.every((holds) => holds) ? 0 : 1;
  },
};

const route = { floor: 0.95, healthy: 0.97, before: 500, canariesMax: 6_000 };
const thresholds = [warnAt, demoteAt];
/** Median canaries to the warning and to the demotion, as told to users. */
const told = [
  { broken: 0.93, expected: [304, 669] },
  { broken: 0.9, expected: [108, 199] },
  { broken: 0.85, expected: [47, 68] },
  { broken: 0.75, expected: [19, 24] },
];
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** Within a tenth, or within three canaries where there are only a few. */
const asTold = (median: number, expected: number) => Math.abs(median - expected) <= Math.max(3, 0.1 * expected);

function measureDelays(): boolean {
  const runs = 1_000;
  console.log(
    `floor ${route.floor}, healthy at ${route.healthy} for ${route.before} canaries, then a drop; ${runs} runs`,
  );
  console.log('median canaries to notice:\n');
  console.log('drop to   warned (told)   demoted (told)   e-CUSUM demotes   Page, a second opinion');
  let holds = true;
  for (const [place, { broken, expected }] of told.entries()) {
    const watched: Watched = { ...route, broken };
    const draw = seededDraws(10 + place);
    const medians = mediansOf(runs, () => canariesToAlarm(watched, thresholds, draw));
    const [slower] = mediansOf(200, () => canariesToAlarm(watched, [demoteAt], draw, 'e-CUSUM'));
    const page = medianOf(Array.from({ length: 200 }, () => canariesToPage(watched, 0.88, Math.log(demoteAt), draw)));
    holds &&= medians.every((median, at) => asTold(median, expected[at]!));
    const cell = (at: number) => `${medians[at]} (${expected[at]})`;
    console.log(
      `${String(broken).padEnd(9)} ${cell(0).padEnd(15)} ${cell(1).padEnd(16)} ${String(slower).padEnd(17)} ${page}`,
    );
  }
  console.log(holds ? '\nAs told.\n' : '\nNot as told.\n');
  return holds;
}

function mediansOf(runs: number, run: () => number[]): number[] {
  const delays = Array.from({ length: runs }, run);
  return delays[0]!.map((_, at) => medianOf(delays.map((delay) => delay[at]!)));
}

/** Told: a tenth of healthy routes are demoted within 20,000 canaries. */
function measureFalseAlarms(): boolean {
  const [runs, canariesMax, most] = [400, 20_000, 0.1];
  const draw = seededDraws(50);
  const watched: Watched = { ...route, before: 0, broken: route.healthy, canariesMax };
  const accused = Array.from({ length: runs }, () => canariesToAlarm(watched, [demoteAt], draw)[0]!);
  const count = accused.filter((delay) => delay !== Infinity).length;
  const { lower, upper } = clopperPearson(count, runs, 0.95);
  const holds = lower <= most;
  console.log(`healthy at ${route.healthy}: ${percent(count / runs)} demoted within ${canariesMax} canaries`);
  console.log(`  (${percent(lower)} to ${percent(upper)}; told: ${percent(most)})\n`);
  return holds;
}

/** The theorem: exactly at the floor, the average run to a false alarm is at least its threshold. */
function measureRunLength(): boolean {
  const runs = 1_000;
  const draw = seededDraws(60);
  const watched: Watched = { ...route, before: 0, broken: route.floor, canariesMax: 50_000 };
  const lengths = Array.from({ length: runs }, () =>
    Math.min(watched.canariesMax, canariesToAlarm(watched, [warnAt], draw)[0]!),
  );
  const mean = lengths.reduce((sum, length) => sum + length, 0) / runs;
  const error = Math.sqrt(lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0)) / runs;
  const holds = mean + 1.96 * error >= warnAt;
  console.log(
    `exactly at the floor: ${Math.round(mean)} ± ${Math.round(1.96 * error)} canaries to a false warning on average`,
  );
  console.log(`  (promised: at least ${warnAt})`);
  return holds;
}
