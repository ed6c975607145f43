/** Thresholds, burn rates and overruns over a real desk and ledger, told to a webhook that reads them as the standard says. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterEach, expect, test } from 'vitest';
import type { CallRecordWire } from '#contracts/call-record.js';
import { envelope } from '#postgres/admin/admin-fixture.spec-data.js';
import { sealText, webhookAad } from '#runtime/seal.js';
import { sampleCall, sampleId } from '../../../../test/support/sample-entries.js';
import type { WorkerMetrics } from '../worker-metrics.js';
import { masterKey, Stage } from '../../../../test/support/worker-stage.js';

let stage: Stage;
let receiver: Receiver | null = null;
afterEach(async () => {
  await stage.close();
  receiver?.server.close();
  receiver = null;
});

interface Receiver {
  server: Server;
  url: string;
  /** Answered with each status in turn, the last one for ever. */
  taken: { headers: IncomingHttpHeaders; body: string; status: number }[];
}

async function receive(...statuses: number[]): Promise<Receiver> {
  const taken: Receiver['taken'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = statuses[Math.min(taken.length, statuses.length - 1)]!;
      taken.push({ headers: request.headers, body: Buffer.concat(chunks).toString(), status });
      response.writeHead(status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  receiver = { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, taken };
  return receiver;
}

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const month = new Date().toISOString().slice(0, 7);
let window = 'total';
const places = () => [{ envelope: 'plan', window }];

async function spend(n: number, nanoUsd: bigint, also: Partial<CallRecordWire> = {}): Promise<void> {
  const money = { costPicoUsd: `${nanoUsd}000`, heldNanoUsd: String(nanoUsd), costBasis: 'estimated' as const };
  const record = JSON.stringify(sampleCall(n, { ...money, envelopes: places(), ...also }));
  await stage.stores.desk.settle([{ holdId: sampleId(n), costNanoUsd: nanoUsd, envelopes: places(), record }]);
}

/** Only what ends has a burn rate. */
async function open(
  url: string | null,
  unit: 'month' | 'total' = 'total',
  settings: Record<string, string> = {},
): Promise<{ metrics: WorkerMetrics }> {
  window = unit === 'total' ? unit : month;
  stage = await Stage.open({
    envelopes: [envelope('plan', { limitNanoUsd: 1_000_000n, window: { unit, zone: 'UTC' } })],
    settings: { O10_ALERT_SECONDS: '0.05', ...settings },
  });
  const hook = { id: 'chat', url: url ?? '' };
  if (url)
    await stage.stores.webhooks.put({ ...hook, sealedSecret: sealText(masterKey, secret, webhookAad(hook)) }, 'spec');
  const worker = await stage.startWorker();
  await stage.until(`SELECT count(*) = 1 FROM envelope_spend_point WHERE envelope = 'plan'`);
  return worker;
}

const percents = async () =>
  (await stage.stores.alerts.newest(100))
    .flatMap(({ body }) => (body.kind === 'threshold' ? [body.percent] : []))
    .sort((a, b) => a - b);

test('a threshold is told once per window, signed, and again until it is taken', async () => {
  const { url, taken } = await receive(500, 204);
  await open(url);
  await spend(1, 499_999n);
  await spend(2, 1n);
  await stage.until(`SELECT count(*) = 1 FROM webhook_delivery WHERE delivered_at IS NOT NULL`);
  expect(taken.map(({ status }) => status)).toEqual([500, 204]);
  const [refused, kept] = taken;
  expect(refused?.body).toBe(kept?.body);
  expect(refused?.headers['webhook-id']).toBe(kept?.headers['webhook-id']);
  const headers = kept?.headers as Record<string, string>;
  expect(new Verifier(secret).verify(kept?.body ?? '', headers)).toMatchObject({
    type: 'envelope.threshold',
    data: {
      organisation: 'acme',
      body: { envelope: 'plan', percent: 50, window: 'total', limitNanoUsd: '1000000', settledNanoUsd: '500000' },
    },
  });
  expect(() => new Verifier(secret).verify(`${kept?.body} `, headers)).toThrow();
  expect(() =>
    new Verifier(`whsec_${Buffer.alloc(32, 8).toString('base64')}`).verify(kept?.body ?? '', headers),
  ).toThrow();
  await spend(3, 260_000n);
  await stage.until(`SELECT count(*) = 2 FROM webhook_delivery WHERE delivered_at IS NOT NULL`);
  expect(await percents()).toEqual([50, 75]);
});

test('an envelope that refuses for want of money has reached the hundredth percent', async () => {
  await open(null);
  const record = sampleCall(4, {
    outcome: 'refused',
    refusal: 'envelope_spent',
    refusedBy: 'plan',
    costBasis: 'none',
    costPicoUsd: '0',
    admittedAt: new Date().toISOString(),
  });
  await stage.stores.desk.settle([
    { holdId: sampleId(4), costNanoUsd: 0n, envelopes: [], record: JSON.stringify(record) },
  ]);
  await stage.until(`SELECT count(*) = 1 FROM alert`);
  expect(await percents()).toEqual([100]);
});

test('money that goes far too fast is told while it does, with the time that is left', async () => {
  await open(null, 'month');
  await spend(5, 30_000n);
  const burning = `SELECT count(*) = 1 FROM alert WHERE once_key = 'burn_rate plan 14.4' AND ended_at IS NULL`;
  await stage.until(burning);
  const [alert] = (await stage.stores.alerts.newest(10)).filter(
    ({ body }) => body.kind === 'burn_rate' && body.factor === 14.4,
  );
  expect(alert?.body).toMatchObject({ envelope: 'plan', longMinutes: 60, shortMinutes: 5 });
  const { exhaustsAt } = alert!.body as { exhaustsAt: string };
  // 30,000 nano-USD in an hour leave 970,000 for 32 hours and 20 minutes, if the month is not over before.
  if (exhaustsAt !== null)
    expect((Date.parse(exhaustsAt) - Date.parse(alert!.raisedAt)) / 3_600_000).toBeCloseTo(32.33, 1);
  // As if it had all been an hour and more ago.
  await stage.rows(`UPDATE envelope_spend_point SET at_ms = at_ms - 4000000`);
  await stage.until(`SELECT count(*) = 1 FROM alert WHERE once_key = 'burn_rate plan 14.4' AND ended_at IS NOT NULL`);
  await spend(6, 40_000n);
  await stage.until(burning);
});

test('a call that cost more than was held is recorded in full and is an incident', async () => {
  await open(null);
  await spend(7, 900n, { heldNanoUsd: '800' });
  await stage.until(`SELECT count(*) = 1 FROM alert WHERE kind = 'overrun'`);
  const [alert] = (await stage.stores.alerts.newest(10)).filter(({ body }) => body.kind === 'overrun');
  expect(alert?.body).toMatchObject({
    attemptId: sampleId(7),
    envelopes: ['plan'],
    heldNanoUsd: 800n,
    costNanoUsd: 900n,
  });
  expect(await stage.stores.desk.balances(['plan'])).toMatchObject([{ settledNanoUsd: 900n }]);
});

test('drift is one incident until desk and ledger agree again, told to the webhook; open holds stay held', async () => {
  const { url, taken } = await receive(204);
  const { metrics } = await open(url, 'total', { O10_DRIFT_SECONDS: '0.1' });
  const hold = { holdId: sampleId(9), callId: sampleId(9), amountNanoUsd: 5n, expiresInMs: 60_000 };
  await stage.stores.desk.hold([{ ...hold, envelopes: [{ id: 'plan', refuses: true }] }]);
  await spend(8, 700n);
  await stage.until(`SELECT count(*) = 1 FROM ledger_spend WHERE spent_nano_usd = 700`);
  const drift = async () => (await metrics.drift.get()).values[0]?.value;
  expect(await drift()).toBe(0);
  await stage.rows(`UPDATE desk_balance SET settled_nano_usd = settled_nano_usd - 40`);
  await stage.until(`SELECT count(*) = 1 FROM alert WHERE kind = 'drift' AND ended_at IS NOT NULL`);
  await stage.until(`SELECT count(*) = 1 FROM webhook_delivery WHERE delivered_at IS NOT NULL`);
  const [told] = taken;
  expect(new Verifier(secret).verify(told?.body ?? '', told?.headers as Record<string, string>)).toMatchObject({
    type: 'envelope.drift',
    data: {
      body: {
        windows: [{ envelope: 'plan', window: 'total', driftNanoUsd: '-40' }],
        windowsInAll: 1,
        sumNanoUsd: '40',
      },
    },
  });
  expect(new Set(taken.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(await stage.stores.desk.balances(['plan'])).toEqual([
    { envelope: 'plan', window: 'total', settledNanoUsd: 700n, heldNanoUsd: 5n },
  ]);
  expect(await drift()).toBe(0);
});

test('points are thinned, and what a look-back sees stays', async () => {
  await open(null);
  const { points } = stage.stores;
  await stage.stopWorker();
  await stage.rows('DELETE FROM envelope_spend_point');
  const nowMs = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  await stage.rows(
    `INSERT INTO envelope_spend_point SELECT 'acme', 'plan', $1::bigint - m * 60000, 100000 - m FROM generate_series(0, 6000) AS m`,
    [nowMs],
  );
  await points.thin(nowMs);
  const [{ count }] = (await stage.rows<{ count: number }>('SELECT count(*)::int FROM envelope_spend_point')) as [
    { count: number },
  ];
  expect(count).toBeLessThan(260);
  const lately = (await points.spentLately(['plan'], [5, 60, 120, 4_320], nowMs)).get('plan')!;
  expect(lately.get(5)).toBe(5n);
  expect(lately.get(60)).toBe(60n);
  expect(Number(lately.get(120))).toBeGreaterThanOrEqual(120);
  expect(Number(lately.get(120))).toBeLessThanOrEqual(125);
  expect(Number(lately.get(4_320))).toBeGreaterThanOrEqual(4_320);
  expect(Number(lately.get(4_320))).toBeLessThanOrEqual(4_380);
});
