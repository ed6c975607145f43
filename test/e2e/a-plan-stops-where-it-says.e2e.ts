/**
 * A team on the Free plan of the shipped file, from `o10 apply` to the month's bill: served while its credit lasts, refused
 * from then on, and billed what the ledger charges. Its key is rotated and revoked over the API meanwhile.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Bill } from '#contracts/bill.js';
import { projectDir } from '../support/database.js';
import { until } from '../support/proxy-under-test.js';
import { startWholeStack, type WholeStack } from '../support/whole-stack.js';

const key = 'sk-of-the-venue';
/** Ten cents a call, so that a dollar is soon gone. */
const prices = { inputPerMillion: '0', outputPerMillion: '0', perRequest: '0.1' };
const shipped = parse(readFileSync(join(projectDir, 'prisma/seed/o10.yaml'), 'utf8')) as { plans: { free: object } };
// A second for every call would be most of this test; the rate has a test of its own.
const free = { ...shipped.plans.free, requestsPerSecond: 1_000 };

const o10Yaml = (simulatorUrl: string) => `apiVersion: v1
venues:
  shop: { protocol: openai-chat, baseUrl: "${simulatorUrl}/shop/v1", key: env:KEY }
routes:
  shop/small: { revision: "1", family: small, contextWindow: 1000, maxOutputTokens: 100 }
prices:
  shop/small: [{ validFrom: 2026-01-01T00:00:00Z, source: spec, usdPerUnit: { requests: "0.1" }, free: [input_uncached, output_text] }]
plans:
  free: ${JSON.stringify(free)}
subscriptions:
  care: { plan: free, since: 2026-01-01T00:00:00Z }
`;

let stack: WholeStack;
beforeAll(async () => {
  stack = await startWholeStack({
    key,
    yaml: o10Yaml,
    venues: {
      seed: 'plan',
      venues: [{ id: 'shop', apiKey: key, models: [{ id: 'small', answer: { kind: 'echo' }, prices }] }],
    },
  });
});
afterAll(() => stack.stop());

/** Status, and the refusal's code with it. */
async function call(secret: string): Promise<string> {
  const answer = await fetch(`${stack.proxyUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ model: 'shop/small', messages: [{ role: 'user', content: 'hi' }] }),
  });
  const { error } = (await answer.json()) as { error?: { code: string } };
  return error ? `${answer.status} ${error.code}` : String(answer.status);
}

test('a rotated key works until its overlap ends, a revoked one for less than two seconds more', async () => {
  const old = await stack.issue({ team: 'other' });
  const rotated = async (overlapSeconds: number, id: string) => {
    const { body } = await stack.control.ask('admin', 'POST', `/api/keys/${id}/rotate`, { overlapSeconds });
    return { id: body.key.id as string, secret: body.secret as string };
  };
  const next = await rotated(3_600, old.id);
  await until(async () => (await call(next.secret)) === '200');
  expect(await call(old.secret)).toBe('200');
  const last = await rotated(0, next.id);
  await until(async () => (await call(next.secret)) === '401 expired_key');
  expect([await call(last.secret), await call(old.secret)]).toEqual(['200', '200']);
  await stack.control.ask('admin', 'DELETE', `/api/keys/${last.id}`);
  await until(async () => (await call(last.secret)) === '401 revoked_key');
});

test('free until the credit is used up, then refused until the month is over, and nothing is due', async () => {
  const { secret } = await stack.issue();
  const before = BigInt(stack.simulator.bill().totalPicoUsd);
  for (let calls = 0; calls < 10; calls++) expect(await call(secret)).toBe('200');
  // Until the last of them is settled, what is left is in flight.
  await until(async () => (await call(secret)) === '402 free_allowance_used_up');
  const spent = BigInt(stack.simulator.bill().totalPicoUsd) - before;
  expect(spent).toBe(10n ** 12n);
  const bill = async () => {
    const { body } = await stack.control.ask('finance', 'GET', `/api/bill?month=${month}&team=care`);
    return Bill.parse(body);
  };
  await until(async () => (await bill()).chargePicoUsd === spent);
  expect(await bill()).toMatchObject({
    ...{ plan: 'free', creditUsedPicoUsd: spent, overagePicoUsd: 0n, waivedPicoUsd: 0n, estimatedAttempts: 0 },
    lines: [{ lane: null, calls: 10, chargePicoUsd: spent }],
  });
  const charged = await stack.rows<{ sum: string }>(
    `SELECT sum((convert_from(bytes, 'UTF8')::jsonb -> 'body' ->> 'chargePicoUsd')::numeric)::text FROM ledger_entry
     WHERE kind = 'call' AND convert_from(bytes, 'UTF8')::jsonb -> 'body' ->> 'team' = 'care'`,
  );
  expect(charged).toEqual([{ sum: String(spent) }]);
});

const month = new Date().toISOString().slice(0, 7);
