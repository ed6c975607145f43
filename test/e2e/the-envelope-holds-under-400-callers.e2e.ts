/** 400 callers at once on an envelope worth 100 calls: 100 are served, 300 refused, and not a nano-dollar over. What comes before refusing: the ladder. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { snapshotOf, useCaseRow } from '../support/venue-world.js';

let proxy: ProxyUnderTest;
beforeAll(async () => {
  proxy = await startProxyUnderTest();
});
afterAll(() => proxy.stop());

/** Input bound and output limit of this call, at big's prices, exactly. */
async function ceilingNano(secret: string): Promise<bigint> {
  await proxy.post(secret, call);
  const [record] = await proxy.records(1);
  return record!.heldNanoUsd;
}
const call = { model: 'big', max_tokens: 50, messages: [{ role: 'user', content: 'hello' }] };

test('exactly 100 are admitted while none has ended', async () => {
  await proxy.envelope('org', 1_000_000_000n);
  await proxy.publish({ envelopes: [{ id: 'org', scope: { kind: 'organisation' }, purpose: 'live' }] });
  const secret = await proxy.issue();
  const ceiling = await ceilingNano(secret);
  await proxy.envelope('worth-100', ceiling * 100n);
  await proxy.publish({ envelopes: [{ id: 'worth-100', scope: { kind: 'organisation' }, purpose: 'live' }] });
  proxy.simulator.order({ venue: 'alpha', kind: 'hang' });
  const answers = Array.from({ length: 400 }, () => proxy.post(secret, call));
  const codes = await Promise.all(
    answers.map(async (answer) => ((await (await answer).json()) as { error: { code: string } }).error.code),
  );
  const count = (...these: string[]) => codes.filter((one) => these.includes(one)).length;
  // On a slow machine the last callers ask when the first have timed out: then it is spent, no longer in flight.
  const refused = count('envelope_in_flight', 'envelope_spent');
  expect({ held: count('venue_timeout'), refused }).toEqual({ held: 100, refused: 300 });
  expect(count('envelope_in_flight')).toBeGreaterThan(0);
  await until(async () => (await proxy.desk.balances(['worth-100']))[0]?.heldNanoUsd === 0n);
  const [balance] = await proxy.desk.balances(['worth-100']);
  expect(balance?.settledNanoUsd).toBe(ceiling * 100n); // each was sent and never answered: booked at its ceiling
  proxy.simulator.clearFaults();
  const spent = await proxy.post(secret, call);
  expect(await spent.json()).toMatchObject({ error: { code: 'envelope_spent' } });
});

/** An organisation's envelope with every step, over a use case in enforce: small has proved itself at two tiers. */
async function openLadder(
  id: string,
  limitNanoUsd: bigint,
  shortenTo?: { shrink: number; cap: number },
): Promise<void> {
  const world = snapshotOf(proxy.simulator.url);
  const small = world.routes.find((route) => route.id === 'gamma/small')!;
  const flexPrices = world.prices.rows.filter((row) => row.venue === 'gamma' && row.model === 'small');
  await proxy.desk.putEnvelopes([
    {
      id,
      limitNanoUsd,
      steerAtPercent: 20,
      ladder: { flex: 40, shrink: 60, cap: 80 },
      windows: [{ id: 'total', startsAtMs: 0, endsAtMs: null }],
    },
  ]);
  await proxy.publish({
    routes: [...world.routes, { ...small, id: 'gamma/small:flex', tier: 'flex' }],
    prices: {
      ...world.prices,
      rows: [...world.prices.rows, ...flexPrices.map((row) => ({ ...row, tier: 'flex' as const }))],
    },
    useCases: [
      useCaseRow({
        slug: 'ladder',
        mode: 'enforce',
        candidates: ['beta/small', 'gamma/small:flex'],
        rampShare: 0,
        deferrable: { deadlineSeconds: null },
        samplingShare: 0,
        canary: { scoredShare: 0, perDayMin: 0, pairedShare: 0 },
        ...(shortenTo && { shortenTo }),
      }),
    ],
    clearances: ['beta/small', 'gamma/small:flex'].map((candidate) => ({
      useCase: 'ladder',
      baseline: 'alpha/big',
      candidate,
      revision: '1',
      verdict: '00000000-0000-7000-8000-000000000001',
      expiresAt: '2099-01-01T00:00:00.000Z',
    })),
    envelopes: [{ id, scope: { kind: 'organisation' }, purpose: 'live', ladder: ['steer', 'flex', 'shrink', 'cap'] }],
  });
}

/** As if so much of the envelope had been spent by others. */
const spend = (id: string, costNanoUsd: bigint) =>
  proxy.desk.settle([
    { holdId: `${id} ${costNanoUsd}`, costNanoUsd, envelopes: [{ envelope: id, window: 'total' }], record: '{}' },
  ]);

async function step(secret: string, also: Record<string, unknown> = {}) {
  const answer = await proxy.post(secret, { ...call, max_tokens: 2_000, ...also });
  const text = (name: string) => answer.headers.get(`x-o10-${name}`);
  const sent = proxy.simulator.requests(text('venue') ?? 'alpha', 1)[0]?.body ?? '{}';
  const asked = JSON.parse(sent) as { max_tokens?: number; service_tier?: string };
  return {
    status: answer.status,
    step: text('envelope-step'),
    route: `${text('venue')} ${text('reason')}`,
    tier: asked.service_tier ?? 'standard',
    maxTokens: asked.max_tokens,
  };
}

test('as it fills, an envelope steers, prefers flex, lowers the output limit, cuts it to what is left, and blocks', async () => {
  const limit = 100_000_000_000n;
  await openLadder('ladder', limit, { shrink: 100, cap: 10 });
  const secret = await proxy.issue({ useCase: 'ladder' });
  const plain = { status: 200, tier: 'standard', maxTokens: 2_000 };
  expect(await step(secret)).toEqual({ ...plain, step: null, route: 'alpha not_ramped' });
  await spend('ladder', (limit * 20n) / 100n);
  expect(await step(secret)).toEqual({ ...plain, step: 'steer', route: 'beta steered' });
  await spend('ladder', (limit * 21n) / 100n);
  const flex = { ...plain, tier: 'flex', route: 'gamma steered' };
  expect(await step(secret)).toEqual({ ...flex, step: 'flex' });
  await spend('ladder', (limit * 22n) / 100n);
  expect(await step(secret)).toEqual({ ...flex, step: 'shrink', maxTokens: 100 });
  await spend('ladder', (limit * 23n) / 100n);
  expect(await step(secret)).toEqual({ ...flex, step: 'cap', maxTokens: 10 });
  await until(async () => (await proxy.records(1)).at(-1)?.ladder?.maxOutputTokens === 10);
  await spend('ladder', (limit * 14n) / 100n);
  expect((await step(secret)).status).toBe(402);
});

test('before it refuses, an envelope steers: what does not fit on the baseline may fit on the cheapest', async () => {
  await openLadder('narrow', 1_500_000n);
  const secret = await proxy.issue({ useCase: 'ladder' });
  expect(await step(secret)).toMatchObject({ status: 200, tier: 'flex', route: 'gamma steered', maxTokens: 2_000 });
});

test('what fits nowhere whole is cut to what is left, to the least its use case allows and no further', async () => {
  await openLadder('tight', 700_000n, { shrink: 500, cap: 20 });
  const secret = await proxy.issue({ useCase: 'ladder' });
  const cut = await step(secret);
  expect(cut).toMatchObject({ status: 200, route: 'gamma steered' });
  // At 0.6 nano-USD a token, less what the words of the question may cost.
  expect(cut.maxTokens).toBeGreaterThan(900);
  expect(cut.maxTokens).toBeLessThan(1_167);
  await spend('tight', 680_000n);
  expect((await step(secret)).status).toBe(402);
});

test('a use case that allows no shorter answer is refused instead', async () => {
  await openLadder('whole', 700_000n);
  const secret = await proxy.issue({ useCase: 'ladder' });
  expect((await step(secret)).status).toBe(402);
});
