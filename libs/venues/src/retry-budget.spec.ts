import { expect, test } from 'vitest';
import { RetryBudget } from './retry-budget.js';

const retriesOf = (budget: RetryBudget, calls: number): number => {
  let retries = 0;
  for (let call = 0; call < calls; call++) {
    budget.called();
    while (budget.take()) retries += 1;
  }
  return retries;
};

test('when everything fails, a fifth of the calls is tried again, and the reserve once', () => {
  expect(retriesOf(new RetryBudget({ share: 0.25, reserve: 10 }), 1_000)).toBe(10 + 250 - 1);
});

test('a quiet day does not pay for a storm', () => {
  const budget = new RetryBudget({ share: 0.25, reserve: 4 });
  for (let call = 0; call < 10_000; call++) budget.called();
  expect([budget.take(), budget.take(), budget.take(), budget.take(), budget.take()]).toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
});
