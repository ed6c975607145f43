/** One call through an unmodified OpenAI client: what the client gets, what the venue got, what is on the record. */
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Commitment } from '#contracts/commitment.js';
import { PostgresSnapshotFeed } from '#postgres/desk/postgres-snapshot-feed.js';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';
import { snapshotOf, useCaseRow } from '../support/venue-world.js';

let proxy: ProxyUnderTest;
let client: OpenAI;

beforeAll(async () => {
  proxy = await startProxyUnderTest();
  await proxy.envelope('org', 1_000_000_000_000n);
  await proxy.publish({
    useCases: [useCaseRow({ slug: 'support' })],
    envelopes: [{ id: 'org', scope: { kind: 'organisation' }, purpose: 'live' }],
  });
  client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: await proxy.issue({ useCase: 'support' }) });
});
afterAll(() => proxy.stop());

const messages = [{ role: 'user' as const, content: 'Say it again.' }];

test('a plain call: bytes, headers, bill and record agree', async () => {
  const { data, response } = await client.chat.completions.create({ model: 'big', messages }).withResponse();
  expect(data.choices[0]?.message.content).toBe('Say it again.');
  const billed = proxy.simulator.bill().lines[0];
  expect(response.headers.get('x-flux-model')).toBe('big');
  expect(response.headers.get('x-flux-original-model')).toBe('big');
  expect(response.headers.get('x-flux-routed')).toBe('false');
  expect(response.headers.get('x-o10-mode')).toBe('shadow');
  expect(response.headers.get('x-o10-use-case')).toBe('support');
  expect(response.headers.get('x-o10-venue')).toBe('alpha');
  expect(response.headers.get('x-o10-reason')).toBe('requested');
  expect(response.headers.get('x-o10-snapshot')).toBe('1');
  const [record] = await proxy.records(1);
  expect(record).toMatchObject({
    kind: 'call',
    outcome: 'served',
    final: true,
    costBasis: 'reported',
    route: 'alpha/big',
    stream: false,
  });
  expect(record?.costPicoUsd.toString()).toBe(billed?.costPicoUsd);
  expect(response.headers.get('x-flux-cost-usd')).toBe(
    (Number(billed?.costPicoUsd) / 1e12).toFixed(12).replace(/0+$/, ''),
  );
  expect(response.headers.get('x-flux-request-id')).toBe(record?.callId);
  const [balance] = await proxy.desk.balances(['org']);
  expect(balance).toMatchObject({ heldNanoUsd: 0n, settledNanoUsd: (BigInt(billed?.costPicoUsd ?? 0) + 999n) / 1000n });
});

test('a stream: usage is read in passing and not shown to a client that did not ask', async () => {
  const stream = await client.chat.completions.create({ model: 'big', messages, stream: true });
  let text = '';
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    expect(chunk.usage ?? null).toBeNull();
  }
  expect(text).toBe('Say it again.');
  const record = (await proxy.records(2)).at(-1);
  expect(record).toMatchObject({ stream: true, outcome: 'served', costBasis: 'reported' });
  expect(record?.costPicoUsd.toString()).toBe(proxy.simulator.bill().lines.at(-1)?.costPicoUsd);
});

test('a stream that asks for usage gets it, with the cost where it asks for that too', async () => {
  const stream = await client.chat.completions.create(
    { model: 'big', messages, stream: true, stream_options: { include_usage: true } },
    { headers: { 'x-o10-stream-cost': 'true' } },
  );
  let usage: unknown;
  for await (const chunk of stream) usage = chunk.usage ?? usage;
  const billed = proxy.simulator.bill().lines.at(-1);
  expect(usage).toMatchObject({
    completion_tokens: billed?.completionTokens,
    cost: Number(billed?.costPicoUsd) / 1e12,
  });
});

test('the venue received the bytes of the client, with the closed list of edits', async () => {
  const body = `{ "model":"big",  "messages":[{"role":"user","content":"caf\\u00e9 1.0e2"}],"x_unknown": [1.50, {"a":null}] }`;
  const answer = await proxy.post(client.apiKey, body);
  expect(answer.status).toBe(200);
  const [seen] = proxy.simulator.requests('alpha', 1);
  expect(seen?.body).toBe(body);
  expect(seen?.headers['authorization']).toBe('Bearer sk-alpha');
});

test('the models are the ones the key may use', async () => {
  const names = (await client.models.list()).data.map((model) => model.id);
  expect(names).toContain('big');
  expect(names).toContain('usecase/support');
  expect(names).not.toContain('usecase/other');
});

test('an answer over 8 MiB passes whole, without a cost header, and is booked all the same', async () => {
  const content = 'many words '.repeat(800_000);
  const answer = await proxy.post(client.apiKey, { model: 'big', messages: [{ role: 'user', content }] });
  const received = (await answer.json()) as { choices: { message: { content: string } }[] };
  expect(received.choices[0]?.message.content.length).toBe(content.trim().length);
  expect(answer.headers.get('x-flux-cost-usd')).toBeNull();
  const id = answer.headers.get('x-flux-request-id');
  await until(async () => (await proxy.records(1)).some(({ callId }) => callId === id));
  const record = (await proxy.records(1)).find(({ callId }) => callId === id);
  expect(record?.costPicoUsd.toString()).toBe(proxy.simulator.bill().lines.at(-1)?.costPicoUsd);
});

test('one pico-dollar too much in one rate, and ledger and bill disagree by the tokens', async () => {
  const rows = snapshotOf(proxy.simulator.url).prices.rows.map((row) =>
    row.venue === 'alpha' && row.model === 'small' && row.meter === 'output_text'
      ? { ...row, ratePicoUsd: row.ratePicoUsd + 1n }
      : row,
  );
  await proxy.publish({ useCases: [useCaseRow({ slug: 'support' })], prices: { hash: '1'.repeat(64), rows } });
  const answer = await proxy.post(client.apiKey, {
    model: 'small',
    messages: [{ role: 'user', content: 'ten tokens or so' }],
  });
  const id = answer.headers.get('x-flux-request-id');
  await until(async () => (await proxy.records(1)).some(({ callId }) => callId === id));
  const record = (await proxy.records(1)).find(({ callId }) => callId === id);
  const billed = proxy.simulator.bill().lines.at(-1);
  expect((record?.costPicoUsd ?? 0n) - BigInt(billed?.costPicoUsd ?? 0)).toBe(BigInt(billed?.completionTokens ?? 0));
  expect(record?.priceBook).toBe('1'.repeat(64));
});

test('the overhead has its own histogram, and labels are bounded', async () => {
  const metrics = await (await fetch(`${proxy.url}/metrics`)).text();
  expect(metrics).toMatch(/o10_overhead_seconds_bucket\{le="0.00005"\} \d/);
  expect(metrics).toMatch(/o10_requests_total\{use_case="support",mode="shadow",outcome="served"\} [1-9]/);
  expect(metrics).not.toContain(String(client.apiKey).slice(7, 19));
});

test('a call that names no use case is recorded with the digest of its shape, and belongs to whoever claims that', async () => {
  const key = await proxy.issue({});
  const unnamed = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: key });
  const instructions = 'You sort mails for the claims department.';
  const asked = { model: 'big', messages: [{ role: 'system' as const, content: instructions }, ...messages] };
  const before = (await proxy.records(1)).length;
  const first = await unnamed.chat.completions.create(asked).withResponse();
  expect(first.response.headers.get('x-o10-use-case')).toBe('unclassified');
  const record = (await proxy.records(before + 1)).at(-1)!;
  expect(record).toMatchObject({ useCase: 'unclassified', shape: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(JSON.stringify(record, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
    'claims',
  );
  const claims = useCaseRow({ slug: 'claims', shapes: [record.shape!] });
  await proxy.publish({ useCases: [useCaseRow({ slug: 'support' }), claims] });
  await until(async () => {
    const { response } = await unnamed.chat.completions.create(asked).withResponse();
    return response.headers.get('x-o10-use-case') === 'claims';
  });
  const other = await unnamed.chat.completions.create({ model: 'big', messages }).withResponse();
  expect(other.response.headers.get('x-o10-use-case')).toBe('unclassified');
});

test('on capacity that is paid for already a call adds nothing to the bill, and carries its share of the hour', async () => {
  const from = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000).toISOString();
  const units = Commitment.decode({
    ...{ id: 'units', kind: 'provisioned', owner: 'care', routes: ['alpha/big'], source: 'contract' },
    ...{ weights: { input_uncached: 1, output_text: 4 }, unitsPerPeriod: 1_000_000, periodHours: 1 },
    ...{ periodPicoUsd: '39.6', from, to: null },
  } as never);
  await proxy.publish({ useCases: [useCaseRow({ slug: 'support' })], commitments: [units] });
  const { ORGANISATION: organisation, DATABASE_URL: database = '' } = proxy.settings;
  const feed = new PostgresSnapshotFeed({ organisation, database });
  await feed.publishCapacity({
    asOf: new Date().toISOString(),
    periods: [{ commitment: 'units', from, unitsUsed: '0' }],
  });
  await feed.close();
  let id: string | null = null;
  await until(async () => {
    const answer = await proxy.post(client.apiKey, { model: 'big', messages });
    id = answer.headers.get('x-flux-request-id');
    return answer.headers.get('x-flux-cost-usd') === '0';
  });
  await until(async () => (await proxy.records(1)).some(({ callId }) => callId === id));
  const record = (await proxy.records(1)).find(({ callId }) => callId === id);
  const { input_uncached: input = 0, output_text: output = 0 } = record!.usage.parts;
  const used = input + 4 * output;
  expect(record).toMatchObject({
    ...{ costPicoUsd: 0n, chargePicoUsd: 0n, costBasis: 'reported' },
    capacity: { commitment: 'units', period: from, units: used, unitsCovered: used },
  });
  expect(record?.capacity?.sharePicoUsd).toBe((BigInt(used) * 39_600_000_000_000n) / 1_000_000n);
  // What was taken off is what the venue would have billed.
  const credit = record?.lines.at(-1);
  expect([credit?.meter, String(-credit!.costPicoUsd)]).toEqual([
    'committed_capacity',
    proxy.simulator.bill().lines.at(-1)?.costPicoUsd,
  ]);
});
