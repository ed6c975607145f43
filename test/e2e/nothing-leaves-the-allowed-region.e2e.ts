/** Residency, retention and approval against every way a route can be dialled: 0 dials outside, 403 with its code, a line. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PublishedUseCase } from '#contracts/snapshot.js';
import { Policy } from '#contracts/use-case.js';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { useCaseRow, venueRows } from '../support/venue-world.js';

let proxy: ProxyUnderTest;
let secret: string;
let pinning: string;
beforeAll(async () => {
  proxy = await startProxyUnderTest();
  await proxy.publish();
  secret = await proxy.issue();
  pinning = await proxy.issue({ scopes: ['call', 'pin'] });
});
afterAll(() => proxy.stop());

/** alpha is in the us and keeps metadata; beta and gamma are in the eu and keep nothing. */
const venues = () =>
  venueRows(proxy.simulator.url).map((venue) =>
    venue.id === 'alpha' ? { ...venue, retention: 'metadata_only' as const } : venue,
  );
const policies: [string, string, Partial<PublishedUseCase['policy']>][] = [
  ['residency', 'residency_denied', { residency: ['eu'] }],
  ['retention', 'retention_denied', { retentionAtMost: 'zero' }],
  ['approval', 'model_not_approved', { approvedModels: ['small'] }],
];
const clear = (candidate: string) => ({
  useCase: 'governed',
  baseline: 'alpha/big',
  candidate,
  revision: '1',
  verdict: '00000000-0000-7000-8000-000000000001',
  expiresAt: '2099-01-01T00:00:00.000Z',
});

async function under(
  policy: Partial<PublishedUseCase['policy']>,
  change: Partial<PublishedUseCase>,
  clearances: ReturnType<typeof clear>[] = [],
) {
  const useCase = useCaseRow({ slug: 'governed', policy: Policy.parse(policy), rampShare: 1, ...change });
  await proxy.publish({ venues: venues(), useCases: [useCase], clearances });
}
const call = (key: string, model = 'big') =>
  proxy.post(key, { model, messages: [{ role: 'user', content: 'hello' }] }, { 'x-o10-use-case': 'governed' });
const outside = () => proxy.simulator.dials()['alpha']?.received ?? 0;

describe.each(policies)('%s', (_name, code, policy) => {
  test.each(['off', 'shadow', 'enforce'] as const)('%s: the requested route outside is refused', async (mode) => {
    await under(policy, { mode });
    const before = outside();
    const answer = await call(secret);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: { code } });
    const id = answer.headers.get('x-flux-request-id');
    await until(async () => (await proxy.records(1)).some((record) => record.callId === id && record.refusal === code));
    expect(outside()).toBe(before);
  });

  test('a pin does not get out', async () => {
    await under(policy, { mode: 'enforce', baseline: 'beta/small', candidates: [] });
    const before = outside();
    expect((await call(pinning, 'alpha/big')).status).toBe(403);
    expect(outside()).toBe(before);
  });

  test('a fallback outside is not tried', async () => {
    await under(policy, { mode: 'shadow', baseline: 'beta/small', candidates: [], fallbacks: ['alpha/big'] });
    proxy.simulator.order({ venue: 'beta', kind: 'status', status: 503, times: 1 });
    const before = outside();
    expect((await call(secret, 'usecase/governed')).status).toBe(503);
    expect(outside()).toBe(before);
  });

  test('enforce goes to a cleared route inside', async () => {
    await under(policy, { mode: 'enforce' }, [clear('beta/small')]);
    const before = outside();
    const answer = await call(secret);
    expect(answer.headers.get('x-o10-venue')).toBe('beta');
    expect(outside()).toBe(before);
  });
});
