/** 400 callers at once on an envelope worth 100 calls: 100 are served, 300 refused, and not a nano-dollar over. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProxyUnderTest, startProxyUnderTest, until } from '../support/proxy-under-test.js';

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
  const count = (code: string) => codes.filter((one) => one === code).length;
  expect({ held: count('venue_timeout'), refused: count('envelope_in_flight') }).toEqual({ held: 100, refused: 300 });
  await until(async () => (await proxy.desk.balances(['worth-100']))[0]?.heldNanoUsd === 0n);
  const [balance] = await proxy.desk.balances(['worth-100']);
  expect(balance?.settledNanoUsd).toBe(ceiling * 100n); // each was sent and never answered: booked at its ceiling
  proxy.simulator.clearFaults();
  const spent = await proxy.post(secret, call);
  expect(await spent.json()).toMatchObject({ error: { code: 'envelope_spent' } });
});
