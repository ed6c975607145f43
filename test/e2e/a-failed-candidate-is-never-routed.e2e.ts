/** Enforce: only the baseline, a cleared route, or a pin the key may make. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProxyUnderTest, startProxyUnderTest } from '../support/proxy-under-test.js';
import { useCaseRow } from '../support/venue-world.js';

let proxy: ProxyUnderTest;
let secret: string;
const clearance = (change: object = {}) => ({
  useCase: 'support',
  baseline: 'alpha/big',
  candidate: 'beta/small',
  revision: '1',
  verdict: '00000000-0000-7000-8000-000000000001',
  expiresAt: '2099-01-01T00:00:00.000Z',
  ...change,
});
const enforced = useCaseRow({ slug: 'support', mode: 'enforce', rampShare: 1 });
const call = (model = 'big', key = secret) =>
  proxy.post(key, { model, messages: [{ role: 'user', content: 'hello' }] }, { 'x-o10-use-case': 'support' });
const route = async (model?: string, key?: string) => {
  const answer = await call(model, key);
  const code = answer.ok ? '' : ((await answer.json()) as { error: { code: string } }).error.code;
  return answer.ok
    ? `${answer.headers.get('x-o10-venue')} ${answer.headers.get('x-o10-reason')}`
    : `${answer.status} ${code}`;
};

beforeAll(async () => {
  proxy = await startProxyUnderTest();
  await proxy.publish();
  secret = await proxy.issue();
});
afterAll(() => proxy.stop());

test('nothing cleared: the baseline, flagged', async () => {
  await proxy.publish({ useCases: [enforced] });
  expect(await route()).toBe('alpha nothing_cleared');
});

test('the cleared one is served, the other candidate never, and the headers say what happened', async () => {
  await proxy.publish({ useCases: [enforced], clearances: [clearance()] });
  const before = proxy.simulator.dials()['gamma']?.received ?? 0;
  const answers = await Promise.all(Array.from({ length: 30 }, () => call()));
  for (const answer of answers) {
    expect(answer.headers.get('x-o10-venue')).toBe('beta');
    expect(answer.headers.get('x-flux-model')).toBe('small');
    expect(answer.headers.get('x-flux-original-model')).toBe('big');
    expect(answer.headers.get('x-flux-routed')).toBe('true');
  }
  expect(proxy.simulator.dials()['gamma']?.received ?? 0).toBe(before);
});

test.each([
  ['expired', { expiresAt: '2026-01-01T00:00:00.000Z' }],
  ['of another revision', { revision: '0' }],
  ['against another baseline', { baseline: 'gamma/big' }],
  ['of another use case', { useCase: 'other' }],
])('proof %s is no proof', async (_name, change) => {
  await proxy.publish({ useCases: [enforced], clearances: [clearance(change)] });
  expect(await route()).toBe('alpha nothing_cleared');
});

test('an uncleared pin is refused, and allowed to a key with the scope', async () => {
  await proxy.publish({ useCases: [enforced], clearances: [clearance()] });
  expect(await route('gamma/small')).toBe('422 floor_not_cleared');
  expect(await route('beta/small')).toBe('beta pinned');
  expect(await route('gamma/small', await proxy.issue({ scopes: ['call', 'pin'] }))).toBe('gamma pinned');
});

test('a call with side effects stays on the baseline', async () => {
  await proxy.publish({ useCases: [enforced], clearances: [clearance()] });
  const answer = await proxy.post(
    secret,
    { model: 'big', store: true, messages: [{ role: 'user', content: 'x' }] },
    { 'x-o10-use-case': 'support' },
  );
  expect(answer.headers.get('x-o10-reason')).toBe('not_comparable');
});

test('the venue of the cleared route fails: the baseline answers before the first byte', async () => {
  await proxy.publish({ useCases: [enforced], clearances: [clearance()] });
  proxy.simulator.order({ venue: 'beta', kind: 'status', status: 503, times: 1 });
  expect(await route()).toBe('alpha fallback');
});

test('a bad snapshot is refused, and the last good one goes on', async () => {
  await proxy.publish({ useCases: [enforced], clearances: [clearance()] });
  const version = (await call()).headers.get('x-o10-snapshot');
  await proxy.publishRaw('{"contract":1,"version":99}');
  await new Promise((resolve) => setTimeout(resolve, 1_200)); // longer than the feed's own poll
  const answer = await call();
  expect([answer.status, answer.headers.get('x-o10-snapshot')]).toEqual([200, version]);
  expect(await (await fetch(`${proxy.url}/metrics`)).text()).toMatch(/o10_snapshot_refused_total 1/);
});
