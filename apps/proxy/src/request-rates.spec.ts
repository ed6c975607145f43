import { expect, test } from 'vitest';
import { Plan, Subscription } from '#contracts/plan.js';
import type { RateAnswer, RateRequest } from '#contracts/rate-counter.js';
import { RequestRates } from './request-rates.js';

const account = (requestsPerSecond: number | null) => ({
  plan: Plan.parse({ id: 'any', name: 'Any', spendCeiling: [{ limit: '1' }], requestsPerSecond }),
  subscription: Subscription.parse({ team: 'care', plan: 'any', since: '2026-01-01T00:00:00.000Z' }),
});

function rates(answer: () => Promise<RateAnswer>) {
  const asked: RateRequest[] = [];
  const counted = new RequestRates((request) => {
    asked.push(request);
    return answer();
  });
  return { asked, at: (nowMs: number, perSecond: number | null = 1) => counted.against(account(perSecond), nowMs) };
}

test('a plan without a rate asks nobody', async () => {
  const { asked, at } = rates(async () => 500);
  expect([await at(0, null), asked]).toEqual([null, []]);
});

test('what others have used up is refused, with the wait that is left', async () => {
  const { asked, at } = rates(async () => 250.4);
  expect(await at(0)).toMatchObject({ code: 'rate_limited', scope: 'team:care', retryAfterMs: 251 });
  expect(asked).toEqual([{ subject: 'team:care', perSecond: 1 }]);
});

test('what is too fast for this proxy alone asks nobody', async () => {
  const { asked, at } = rates(async () => null);
  expect([await at(0), await at(100), await at(999), await at(1_000)]).toMatchObject([
    null,
    { retryAfterMs: 900 },
    { retryAfterMs: 1 },
    null,
  ]);
  expect(asked).toHaveLength(2);
});

test('while the store is down this proxy counts alone', async () => {
  const { at } = rates(() => Promise.reject(new Error('down')));
  expect([await at(0), await at(1), await at(1_000)]).toMatchObject([null, { code: 'rate_limited' }, null]);
});
