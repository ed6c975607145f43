/**
 * How often a rule clears a candidate whose true quality lies exactly at the floor, when someone looks after every call.
 * At the floor every clear is a false one; a rule with error probability α may do it in a share α of the runs, no more.
 */
import { addScore, freshWealth, lnEvidence } from '#domain/gate/grid-e-process.js';
import { wilsonAt } from '#domain/gate/statistics/binomial-interval.js';
import { normalQuantile } from '#domain/gate/statistics/special-functions.js';

export interface Trial {
  floor: number;
  alpha: number;
  /** Scored calls per run, and runs. */
  calls: number;
  runs: number;
  /** From [0,1); a fixed seed makes every figure repeatable. */
  draw: () => number;
}

/** Says after each score whether its rule would clear now. */
type Watcher = (x: number, n: number, right: number) => boolean;

/** Each run gets fresh watchers, and all of them see the same scores. */
const rules = {
  'mean ≥ floor, looked at from 30 calls on':
    ({ floor }: Trial): Watcher =>
    (_, n, right) =>
      n >= 30 && right / n >= floor,
  'mean ≥ floor, looked at once after 100 calls':
    ({ floor }: Trial): Watcher =>
    (_, n, right) =>
      n === 100 && right / n >= floor,
  'Wilson 95 % lower bound > floor, looked at after every call':
    ({ floor }: Trial): Watcher =>
    (_, n, right) =>
      n >= 30 && wilsonLower(right, n) > floor,
  'Wilson 95 % lower bound > floor, looked at once at the end':
    ({ floor, calls }: Trial): Watcher =>
    (_, n, right) =>
      n === calls && wilsonLower(right, n) > floor,
  'e-process, looked at after every call': ({ floor, alpha }: Trial): Watcher => {
    let wealth = freshWealth();
    return (x) => {
      wealth = addScore(wealth, x, floor);
      return lnEvidence(wealth) >= -Math.log(alpha);
    };
  },
};
export type Rule = keyof typeof rules;

/** The rule this product uses; the others are here to be compared with. */
export const gateRule: Rule = 'e-process, looked at after every call';

/** Of each rule, in how many runs it cleared at least once. */
export function falseClears(trial: Trial): Record<Rule, number> {
  const names = Object.keys(rules) as Rule[];
  const cleared = Object.fromEntries(names.map((name) => [name, 0])) as Record<Rule, number>;
  for (let run = 0; run < trial.runs; run += 1) {
    for (const name of clearedInOneRun(trial, names)) cleared[name] += 1;
  }
  return cleared;
}

function clearedInOneRun(trial: Trial, names: Rule[]): Set<Rule> {
  const watchers = names.map((name) => ({ name, clears: rules[name](trial) }));
  const cleared = new Set<Rule>();
  let right = 0;
  for (let n = 1; n <= trial.calls; n += 1) {
    const x = trial.draw() < trial.floor ? 1 : 0;
    right += x;
    for (const { name, clears } of watchers) if (!cleared.has(name) && clears(x, n, right)) cleared.add(name);
  }
  return cleared;
}

/** One-sided 95 % lower bound: it errs in 1 of 20 runs when looked at once. */
const wilsonLower = (right: number, n: number): number => wilsonAt(right, n, oneInTwenty).lower;
const oneInTwenty = normalQuantile(0.95);

/** mulberry32: 32 bits of state are enough for draws that only need to be repeatable and uniform. */
export function seededDraws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
