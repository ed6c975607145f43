/** Lanes, pins, flex and lists of models, through an unmodified OpenAI client. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import type { Snapshot } from '#contracts/snapshot.js';
import type { LaneTable } from '#contracts/lane.js';
import { makeLog } from '#runtime/log.js';
import { startProxy } from '../../apps/proxy/src/proxy.module.js';
import { type ProxyUnderTest, ready, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { shippedSnapshot } from '../support/shipped-configuration.js';
import { Plan, Subscription } from '#contracts/plan.js';
import { flexOf, snapshotOf, useCaseRow, venueRows } from '../support/venue-world.js';

const million = 1_000_000_000_000n;
const lanes: LaneTable = {
  rules: [
    { lane: 'reasoning', when: { reasoningEffortFrom: 'high' } },
    { lane: 'standard', when: { code: true } },
    { lane: 'fast', when: {} },
  ],
  lanes: {
    fast: { name: 'Express Lane', routes: ['beta/small'], floor: { input: million, output: 4n * million } },
    standard: { name: 'Daily Driver', routes: ['alpha/small'], floor: { input: 2n * million, output: 8n * million } },
    reasoning: { name: 'Deep Thought', routes: ['alpha/big'], floor: { input: 4n * million, output: 16n * million } },
  },
};
const pins = {
  big: 'alpha/big',
  small: 'alpha/small',
  'flux-pinned-big': 'gamma/big',
  'flux-pinned-small': 'gamma/small',
};

let proxy: ProxyUnderTest;
let secret: string;
const clientOf = (key: string) => new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: key, maxRetries: 0 });

beforeAll(async () => {
  proxy = await startProxyUnderTest();
  await proxy.publish({ lanes, models: pins });
  secret = await proxy.issue();
});
afterAll(() => proxy.stop());

interface Asked extends Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> {
  useCase?: string;
}
async function ask(model: string, { useCase, ...change }: Asked = {}) {
  const { data, response } = await clientOf(secret)
    .chat.completions.create(
      { model, messages: [{ role: 'user', content: 'one two three four' }], ...change },
      { headers: useCase ? { 'x-o10-use-case': useCase } : {} },
    )
    .withResponse();
  const header = (name: string) => response.headers.get(name);
  return { data, header, by: `${header('x-o10-venue')}/${header('x-flux-model')} ${header('x-o10-lane')}` };
}
async function recordOf({ header }: { header: (name: string) => string | null }): Promise<CallRecord | undefined> {
  const ofCall = async () => (await proxy.records(1)).filter(({ callId }) => callId === header('x-flux-request-id'));
  await until(async () => (await ofCall()).some(({ final }) => final));
  return (await ofCall()).find(({ final }) => final);
}
const refusedAs = async (call: Promise<unknown>) =>
  call.then(
    () => 'served',
    (error: unknown) => (error instanceof OpenAI.APIError ? `${error.status} ${error.code}` : String(error)),
  );

test('who asks for the fastest venue gets one whose speed was seen; what nobody has seen comes last', async () => {
  const fastest = { provider: { sort: 'throughput' } } as Asked;
  expect((await ask('small', fastest)).by).toBe('alpha/small null');
  // From now on alpha's is known, so that it is not asked for here.
  await ask('gamma/big');
  expect((await ask('big', fastest)).by).toBe('gamma/big null');
});

test('flux-auto goes by the kind of work, and by nothing else', async () => {
  expect((await ask('flux-auto')).by).toBe('beta/small fast');
  expect((await ask('flux-auto', { reasoning_effort: 'high' })).by).toBe('alpha/big reasoning');
  const code = { messages: [{ role: 'user' as const, content: 'Why?\n```js\nlet a\n```' }] };
  expect((await ask('flux-auto', code)).by).toBe('alpha/small standard');
  for (const model of ['flux-auto', 'flux-auto', 'flux-fast']) expect((await ask(model)).by).toBe('beta/small fast');
});

test('a lane is charged at its floor or at cost, whichever is more; the ledger keeps both', async () => {
  const fast = await ask('flux-fast');
  const pinned = await ask('flux-pinned-small');
  const [charged, atCost] = [await recordOf(fast), await recordOf(pinned)];
  const { prompt_tokens: input = 0, completion_tokens: output = 0 } = fast.data.usage ?? {};
  expect(charged).toMatchObject({ lane: 'fast', pinned: false, route: 'beta/small' });
  expect(charged?.costPicoUsd).toBe(BigInt(input) * 150_000n + BigInt(output) * 600_000n);
  expect(charged?.chargePicoUsd).toBe(BigInt(input) * 1_000_000n + BigInt(output) * 4_000_000n);
  expect(Number(fast.header('x-flux-cost-usd'))).toBe(Number(charged?.chargePicoUsd) / 1e12);
  expect(atCost).toMatchObject({ lane: null, pinned: true, route: 'gamma/small' });
  expect(atCost?.chargePicoUsd).toBe(atCost?.costPicoUsd);
  expect(pinned.header('x-flux-routed')).toBe('false');
});

test('the headers are on every answer: streams, and refusals too', async () => {
  const { response } = await clientOf(secret)
    .chat.completions.create({ model: 'flux-fast', stream: true, messages: [{ role: 'user', content: 'hi' }] })
    .withResponse();
  expect(response.headers.get('x-flux-model')).toBe('small');
  expect(response.headers.get('x-flux-original-model')).toBe('flux-fast');
  const refused = await proxy.post(secret, { model: 'flux-none', messages: [{ role: 'user', content: 'hi' }] });
  expect(refused.status).toBe(404);
  expect(refused.headers.get('x-flux-original-model')).toBe('flux-none');
  expect(refused.headers.get('x-flux-routed')).toBe('false');
  expect(refused.headers.get('x-flux-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('in enforce a lane leaves the choice to the floor; a pin is kept, or refused, never served uncleared', async () => {
  const clearance = { useCase: 'support', baseline: 'alpha/big', candidate: 'beta/small', revision: '1' };
  const proof = { verdict: '00000000-0000-7000-8000-000000000001', expiresAt: '2099-01-01T00:00:00.000Z' };
  await proxy.publish({
    lanes,
    models: { ...pins, 'flux-pinned-big': 'alpha/big' },
    useCases: [
      useCaseRow({ slug: 'support', mode: 'enforce', rampShare: 1 }),
      useCaseRow({
        slug: 'at-home',
        mode: 'enforce',
        policy: { residency: ['us'], retentionAtMost: null, approvedModels: null, appliesIn: 'always' },
      }),
    ],
    clearances: [{ ...clearance, ...proof }],
  });
  const inUse = async (model: string) => (await ask(model, { useCase: 'support' })).header('x-o10-reason');
  expect(await inUse('big')).toBe('cheapest_cleared');
  expect(await inUse('flux-reasoning')).toBe('cheapest_cleared');
  expect(await inUse('flux-pinned-big')).toBe('pinned');
  expect(await refusedAs(ask('flux-pinned-small', { useCase: 'support' }))).toBe('422 floor_not_cleared');
  secret = await proxy.issue({ scopes: ['call', 'pin'] });
  expect(await inUse('flux-pinned-small')).toBe('pinned');
  expect(await refusedAs(ask('flux-pinned-small', { useCase: 'at-home' }))).toBe('403 residency_denied');
  expect(await (await fetch(`${proxy.url}/metrics`)).text()).toMatch(/o10_pinned_calls_total\{use_case="support"\} 2/);
});

/** Tiers of the last requests the venue got, oldest first. */
const tiersAsked = (count: number) =>
  proxy.simulator
    .requests('alpha', count)
    .map(({ body }) => (JSON.parse(body) as { service_tier?: string }).service_tier ?? 'standard');
const flexTerms = { optIn: 'service_tier' as const, refusals: [429, 498], timeoutMs: 1_000 };
const flexWorld = (change: Partial<Snapshot> = {}) => {
  proxy.simulator.clearFaults();
  return proxy.publish({ ...flexOf('alpha'), venues: venueRows(proxy.simulator.url, { flex: flexTerms }), ...change });
};
const busy = (status = 429) => proxy.simulator.order({ venue: 'alpha', tier: 'flex', kind: 'status', status });

test('flex is asked for, served and booked as flex; a tier that is not sold is refused by name', async () => {
  await flexWorld();
  const flex = await ask('big:flex');
  expect([flex.by, flex.header('x-o10-tier'), ...tiersAsked(1)]).toEqual(['alpha/big null', 'flex', 'flex']);
  const { prompt_tokens: input = 0, completion_tokens: output = 0 } = flex.data.usage ?? {};
  const costPicoUsd = BigInt(input) * 1_250_000n + BigInt(output) * 5_000_000n;
  expect(await recordOf(flex)).toMatchObject({ tier: 'flex', costPicoUsd });
  await expect(ask('gamma/big:flex')).rejects.toMatchObject({
    status: 400,
    code: 'tier_not_offered',
    message: expect.stringContaining('Tiers it has: standard.') as string,
  });
});

test('a busy tier is asked again, then standard serves and is booked', async () => {
  await flexWorld();
  busy(498);
  const served = await ask('big:flex');
  expect([served.header('x-o10-tier'), served.header('x-o10-reason')]).toEqual(['standard', 'fallback']);
  expect(tiersAsked(4)).toEqual(['flex', 'flex', 'flex', 'standard']);
  expect(await recordOf(served)).toMatchObject({ tier: 'standard', route: 'alpha/big', attempt: 4 });
  const alone = ask('big:flex', { provider: { allow_fallbacks: false } } as Asked);
  expect(await refusedAs(alone)).toMatch(/^498/);
});

test('a venue that takes the tier by a header gets it there, and nothing in the body', async () => {
  await flexWorld({ venues: venueRows(proxy.simulator.url, { flex: { ...flexTerms, optIn: 'vertex_header' } }) });
  const flex = await ask('big:flex');
  const [request] = proxy.simulator.requests('alpha', 1);
  expect(request?.headers['x-vertex-ai-llm-shared-request-type']).toBe('flex');
  expect(tiersAsked(1)).toEqual(['standard']);
  // The simulator knows no such header and serves, and says, standard: booked at the tier served.
  expect(await recordOf(flex)).toMatchObject({ route: 'alpha/big:flex', tier: 'standard' });
});

test('standard behind flex is held anew: an envelope without room for it refuses', async () => {
  await flexWorld({ envelopes: [{ id: 'tight', scope: { kind: 'organisation' }, purpose: 'live' }] });
  const ceiling = async () => {
    const held = await proxy.records(1);
    return held.at(-1)?.heldNanoUsd ?? 0n;
  };
  await proxy.envelope('tight', 1_000_000_000n);
  const small = { max_tokens: 1, messages: [{ role: 'user' as const, content: 'x' }] };
  await recordOf(await ask('big:flex', small));
  const atFlex = await ceiling();
  const [balance] = await proxy.desk.balances(['tight']);
  await proxy.envelope('tight', (balance?.settledNanoUsd ?? 0n) + atFlex);
  busy();
  expect(await refusedAs(ask('big:flex', small))).toMatch(/^402 envelope_/);
  expect(tiersAsked(1)).toEqual(['flex']);
});

test('flex processed elsewhere is outside the residency of the use case; the standard tier is inside', async () => {
  const policy = { residency: ['us'], retentionAtMost: null, approvedModels: null, appliesIn: 'always' as const };
  const useCases = [useCaseRow({ slug: 'at-home', mode: 'off', policy })];
  await flexWorld({ ...flexOf('alpha', { jurisdiction: null }), useCases });
  expect(await refusedAs(ask('big:flex', { useCase: 'at-home' }))).toBe('403 residency_denied');
  expect((await ask('big', { useCase: 'at-home' })).header('x-o10-tier')).toBe('standard');
});

test('a use case that can wait gets flex until its deadline would be missed, then standard; a stream never', async () => {
  const { routes, prices } = flexOf('alpha');
  const nightly = (deadlineSeconds: number) =>
    flexWorld({
      routes: routes.map((route) => ({ ...route, latencyMsP50: 3_500 })),
      prices,
      useCases: [useCaseRow({ slug: 'nightly', mode: 'enforce', rampShare: 1, deferrable: { deadlineSeconds } })],
    });
  const tier = async (change: Asked = {}) => (await ask('big', { useCase: 'nightly', ...change })).header('x-o10-tier');
  await nightly(3_600);
  expect(await tier()).toBe('flex');
  const stream = { model: 'big', stream: true, messages: [{ role: 'user', content: 'hi' }] };
  const streamed = await proxy.post(secret, stream, { 'x-o10-use-case': 'nightly' });
  expect([streamed.headers.get('x-o10-tier'), await streamed.text()]).toEqual(['standard', expect.any(String)]);
  await nightly(12); // of which standard needs 10.5
  busy();
  expect(await tier()).toBe('standard');
  expect(tiersAsked(2)).toEqual(['flex', 'standard']);
});

test('the list of models is the shipped configuration, and what a key may use of it', async () => {
  const shipped = await shippedSnapshot();
  await proxy.publish({ ...shipped, prices: snapshotOf(proxy.simulator.url).prices });
  const list = async (key: string) => {
    const names: string[] = [];
    for await (const model of clientOf(key).models.list()) names.push(model.id);
    return names;
  };
  const pinned = (await list(secret)).filter((name) => name.startsWith('flux-pinned-') && !name.endsWith(':flex'));
  expect(pinned).toEqual(Object.keys(shipped.models).sort());
  expect(pinned.length).toBeGreaterThanOrEqual(37);
  const narrow = await proxy.issue({ modelAllowList: ['flux-auto', 'flux-pinned-gpt-5.4*'] });
  expect(await list(narrow)).toEqual([
    'flux-auto',
    'flux-pinned-gpt-5.4',
    'flux-pinned-gpt-5.4-mini',
    'flux-pinned-gpt-5.4-mini:flex',
    'flux-pinned-gpt-5.4-nano',
    'flux-pinned-gpt-5.4-nano:flex',
    'flux-pinned-gpt-5.4:flex',
  ]);
  expect(await refusedAs(clientOf(narrow).chat.completions.create({ model: 'gpt-5', messages: [] }))).not.toBe(
    'served',
  );
});

describe('a plan', () => {
  const terms = { name: 'Plan', hardStop: true, charged: 'cost' as const, includedCredit: '1' };
  const on = async (plan: object, account: object = {}, change: Partial<Snapshot> = {}) => {
    const subscription = { team: 'team-a', plan: 'any', since: '2026-01-01T00:00:00.000Z', ...account };
    const ids = ['plan.team-a.month', 'plan.team-a.hour'];
    await proxy.publish({
      lanes,
      models: pins,
      plans: [Plan.parse({ id: 'any', ...terms, ...plan })],
      subscriptions: [Subscription.parse(subscription)],
      envelopes: ids.map((id) => ({ id, scope: { kind: 'team', team: 'team-a' }, purpose: 'live' as const })),
      ...change,
    });
  };
  const limits = async (month: bigint, hour: bigint) => {
    await proxy.envelope('plan.team-a.month', month);
    await proxy.envelope('plan.team-a.hour', hour);
  };
  const plenty = 1_000_000_000_000n;
  /** As if others had spent all of it. */
  const spend = (limit: 'month' | 'hour') => {
    const envelopes = [{ envelope: `plan.team-a.${limit}`, window: 'total' }];
    return proxy.desk.settle([{ holdId: `all of the ${limit}`, costNanoUsd: plenty, envelopes, record: '{}' }]);
  };
  /** The error's body with its status, or the code `served`. */
  const refusal = async (model = 'big'): Promise<Record<string, unknown>> => {
    try {
      await ask(model);
      return { code: 'served' };
    } catch (error) {
      if (!(error instanceof OpenAI.APIError)) throw error;
      return { status: error.status as number, ...(error.error as object) };
    }
  };

  test('each meaning of no has its own code, and says whether, when and whom', async () => {
    await limits(plenty, plenty);
    await on({}, { onHold: true });
    expect(await refusal()).toMatchObject({
      status: 403,
      code: 'account_on_hold',
      retryable: false,
      scope: 'team:team-a',
    });
    await on({ models: ['small'] });
    expect(await refusal()).toMatchObject({ status: 403, code: 'model_not_in_plan', retryable: false });
    await on({ paidLanes: ['reasoning'] });
    expect(await refusal('flux-reasoning')).toMatchObject({ status: 402, code: 'payment_method_required' });
    expect((await refusal('flux-fast'))['code']).toBe('served');
    const spent = { status: 402, retryable: false, scope: 'team:team-a', limit: '1000', resets_at: null };
    await spend('month');
    await on({});
    expect(await refusal()).toMatchObject({ ...spent, code: 'free_allowance_used_up' });
    await on({}, { paymentMethod: true });
    expect(await refusal()).toMatchObject({ ...spent, code: 'credit_used_up' });
    await on({ hardStop: false, spendCeiling: [{ limit: '1' }] });
    expect(await refusal()).toMatchObject({ ...spent, code: 'spend_ceiling_reached' });
    await limits(3n * plenty, plenty);
    await spend('hour');
    expect(await refusal()).toMatchObject({ ...spent, code: 'hourly_limit_reached' });
  });

  test('one request a second: the next is told when to come, and a client that waits is served', async () => {
    await limits(3n * plenty, 3n * plenty);
    await on({ requestsPerSecond: 1 });
    expect((await refusal())['code']).toBe('served');
    expect(await refusal()).toMatchObject({ status: 429, code: 'rate_limited', retryable: true, retry_after: 1 });
    const patient = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: secret, maxRetries: 3 });
    const served = await patient.chat.completions.create({ model: 'big', messages: [{ role: 'user', content: 'hi' }] });
    expect(served.choices[0]?.message.content).toBe('hi');
  });

  test('the rate is one for all proxies', async () => {
    const journal = mkdtempSync(join(tmpdir(), 'o10-second-'));
    const second = await startProxy(
      { ...proxy.settings, O10_PROXY_NAME: 'second', O10_JOURNAL_DIR: journal },
      makeLog('proxy', 'silent'),
    );
    await on({ requestsPerSecond: 1 / 3_600 });
    await until(async () => (await refusal())['code'] === 'served'); // of the rate before, a second may be left
    await until(async () => (await ready(second.address)).snapshot === (await ready(proxy.url)).snapshot);
    const elsewhere = new OpenAI({ baseURL: `${second.address}/v1`, apiKey: secret, maxRetries: 0 });
    const asked = elsewhere.chat.completions.create({ model: 'big', messages: [{ role: 'user', content: 'hi' }] });
    await expect(asked).rejects.toMatchObject({ status: 429, code: 'rate_limited' });
    await second.close(2_000);
    rmSync(journal, { recursive: true });
  });

  test('a plan charged at cost takes no notice of a lane’s floor', async () => {
    await on({});
    const fast = await recordOf(await ask('flux-fast'));
    expect(fast).toMatchObject({ lane: 'fast', chargePicoUsd: fast?.costPicoUsd });
  });

  test('a lane none of whose venues answers says so at once, and another lane serves', async () => {
    await on({});
    proxy.simulator.order({ venue: 'beta', kind: 'reset' });
    await until(async () => (await refusal('flux-fast'))['code'] === 'lane_unavailable');
    expect(await refusal('flux-fast')).toMatchObject({
      status: 503,
      retryable: true,
      retry_after: 5,
      scope: 'lane:fast',
    });
    expect((await refusal('flux-standard'))['code']).toBe('served');
    proxy.simulator.clearFaults();
  });
});
