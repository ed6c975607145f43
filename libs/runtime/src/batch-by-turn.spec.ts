import { expect, test } from 'vitest';
import { batchByTurn } from '#runtime/batch-by-turn.js';

test('what is asked in one turn travels together, split at the limit, each with its own answer', async () => {
  const batches: number[][] = [];
  const double = batchByTurn<number, number>(async (items) => {
    batches.push(items);
    return items.map((item) => item * 2);
  }, 4);
  expect(await Promise.all([1, 2, 3, 4, 5].map(double))).toEqual([2, 4, 6, 8, 10]);
  expect(await double(6)).toBe(12);
  expect(batches).toEqual([[1, 2, 3, 4], [5], [6]]);
});

test('a failed batch fails each of its items, and only those', async () => {
  let calls = 0;
  const flaky = batchByTurn<number, number>(async (items) => {
    calls += 1;
    if (calls === 1) throw new Error('down');
    return items;
  }, 10);
  const outcomes = await Promise.allSettled([flaky(1), flaky(2)]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
  expect(await flaky(3)).toBe(3);
});
