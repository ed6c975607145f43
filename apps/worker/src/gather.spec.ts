import { expect, test } from 'vitest';
import { gather } from './gather.js';

test('what is asked within the delay travels together, a full batch at once, each with its own answer', async () => {
  const batches: number[][] = [];
  const double = gather<number, number>(
    async (items) => {
      batches.push(items);
      return items.map((item) => item * 2);
    },
    { delayMs: 1, batchMax: 3 },
  );
  expect(await Promise.all([1, 2, 3, 4].map(double))).toEqual([2, 4, 6, 8]);
  expect(batches).toEqual([[1, 2, 3], [4]]);
});

test('a failed batch fails each of its items, and only those', async () => {
  const flaky = gather<number, number>(
    async (items) => {
      if (items.includes(1)) throw new Error('down');
      return items;
    },
    { delayMs: 1, batchMax: 2 },
  );
  const outcomes = await Promise.allSettled([1, 2, 3].map(flaky));
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});
