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

test('an envelope of a model counts what serves, one of a tag what carries it, and one in shadow refuses nobody', async () => {
  await Promise.all(
    ['of-big', 'of-small', 'tagged', 'tried'].map((id) => proxy.envelope(id, id === 'tried' ? 1n : 10n ** 12n)),
  );
  const cover = { scope: { kind: 'organisation' as const }, purpose: 'live' as const };
  await proxy.publish({
    envelopes: [
      { ...cover, id: 'of-big', model: 'big' },
      { ...cover, id: 'of-small', model: 'small' },
      { ...cover, id: 'tagged', tag: 'nightly' },
      { ...cover, id: 'tried', mode: 'shadow' },
    ],
  });
  const secret = await proxy.issue();
  const ask = async (model: string, headers: Record<string, string> = {}) => {
    const answer = await proxy.post(secret, { ...call, model }, headers);
    const id = answer.headers.get('x-flux-request-id');
    const found = async () => (await proxy.records(1)).find(({ callId }) => callId === id);
    await until(async () => (await found()) !== undefined);
    const { envelopes, wouldRefuse, tag, refusal } = (await found())!;
    return {
      on: envelopes.map(({ envelope }) => envelope).sort((a, b) => (a < b ? -1 : 1)),
      wouldRefuse,
      tag,
      refusal,
    };
  };
  const tried = { wouldRefuse: ['tried'], refusal: null };
  expect(await ask('big')).toEqual({ ...tried, on: ['of-big', 'tried'], tag: undefined });
  expect(await ask('small', { 'x-o10-tag': 'nightly' })).toEqual({
    ...tried,
    on: ['of-small', 'tagged', 'tried'],
    tag: 'nightly',
  });
  expect(await ask('small', { 'x-o10-tag': 'No such' })).toMatchObject({
    on: [],
    refusal: 'invalid_request',
    tag: undefined,
  });
});

test('the three refusals: in flight says when to come back, spent when it resets, what never fits says neither', async () => {
  const endsAtMs = Date.now() + 3_600_000;
  const limitNanoUsd = 2_000_000n;
  const windows = [{ id: 'hour', startsAtMs: 0, endsAtMs }];
  await proxy.desk.putEnvelopes([{ id: 'hourly', limitNanoUsd, steerAtPercent: null, windows }]);
  await proxy.publish({ envelopes: [{ id: 'hourly', scope: { kind: 'organisation' }, purpose: 'live' }] });
  const secret = await proxy.issue();
  const refused = async (max_tokens: number) => {
    const answer = await proxy.post(secret, { ...call, max_tokens });
    const { error } = (await answer.json()) as { error: { code: string; envelope: Record<string, unknown> } };
    const retryAfter = answer.headers.get('retry-after');
    return {
      code: error.code,
      retryAfter: retryAfter === null ? null : Number(retryAfter),
      again: answer.headers.get('x-should-retry'),
      envelope: error.envelope,
    };
  };
  const resetsAt = new Date(endsAtMs).toISOString();
  expect(await refused(4_000)).toMatchObject({ code: 'envelope_never_fits', retryAfter: null, again: 'false' });
  const places = [{ id: 'hourly', refuses: true }];
  const held = { holdId: 'other', callId: 'other', amountNanoUsd: 1_900_000n, envelopes: places, expiresInMs: 60_000 };
  expect(await proxy.desk.hold([held])).toMatchObject([{ outcome: 'held' }]);
  expect(await refused(50)).toMatchObject({ code: 'envelope_in_flight', retryAfter: 1, again: 'true' });
  await proxy.desk.settle([{ holdId: 'other', costNanoUsd: 1_900_000n, envelopes: [], record: '{}' }]);
  const spent = await refused(50);
  expect(spent).toMatchObject({
    code: 'envelope_spent',
    again: 'false',
    envelope: { id: 'hourly', limit_usd: '0.002', settled_usd: '0.0019', held_usd: '0', resets_at: resetsAt },
  });
});
