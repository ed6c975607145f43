/** A small version of the experiment, for every run of the pure tests; and the mutants still fit the source they change. */
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runSeeds } from './envelope-simulation.js';
import { runSeed } from './run-seed.js';

test('40 seeds, and no promise is broken', { timeout: 60_000 }, async () => {
  const { broken, attempts } = await runSeeds({ from: 1, seeds: 40 });
  expect(broken).toEqual([]);
  expect(attempts).toBeGreaterThan(200);
});

test('a seed is a run: again, it is the same', { timeout: 20_000 }, async () => {
  const [first, again] = [await runSeed(7), await runSeed(7)];
  expect(again).toEqual(first);
});

test('every mutant is a patch that fits', () => {
  const patches = globSync('evals/envelope-simulation/mutants/*.patch');
  expect(patches.length).toBeGreaterThanOrEqual(8);
  for (const patch of patches) execFileSync('git', ['apply', '--check', patch], { stdio: 'pipe' });
});
