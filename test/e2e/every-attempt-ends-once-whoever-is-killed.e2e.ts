/**
 * Two proxies, one with its clock an hour off, a worker, Redis and PostgreSQL of our own, to be killed under load: what is
 * admitted is exactly what fits, every attempt has one line, and desk and ledger agree.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Snapshot } from '#contracts/snapshot.js';
import { envelope } from '#postgres/admin/admin-fixture.spec-data.js';
import { startEmbedded } from '#postgres/embedded/start-embedded.js';
import { migrate } from '#postgres/migrate.js';
import { makerOf } from '#runtime/new-id.js';
import { declaredNow } from '../../apps/worker/src/envelopes/keep-envelopes.js';
import type { WorkerParts } from '../../apps/worker/src/worker.module.js';
import { projectDir } from '../support/database.js';
import { type ProxyProcess, startProxyProcess } from '../support/proxy-process.js';
import { ready } from '../support/proxy-under-test.js';
import { redisAvailable, startRedis, type TestRedis } from '../support/redis.js';
import { issueKey, keyPepper } from '../support/venue-world.js';
import { masterKey, Stage } from '../support/worker-stage.js';

const call = { model: 'north/large', max_tokens: 50, messages: [{ role: 'user', content: 'hello' }] };
const anHourAhead = '--import=data:text/javascript,{const{now}=Date;Date.now=()=>now()+36e5}';
const callers = 8;
const month = new Date().toISOString().slice(0, 7);
const patientMs = 60_000;

describe.skipIf(!redisAvailable())('two proxies on Redis', () => {
  const { key, secret } = issueKey({ organisation: 'acme', team: 'care', useCase: 'triage' });
  const folder = mkdtempSync(join(tmpdir(), 'o10-kills-'));
  let redis: TestRedis;
  let stage: Stage;
  let worker: WorkerParts;
  let proxies: ProxyProcess[] = [];
  let version = 0;

  const startProxy = (n: number) =>
    startProxyProcess({
      PORT: 0,
      HOST: '127.0.0.1',
      ORGANISATION: 'acme',
      REDIS_URL: redis.url,
      O10_MASTER_KEY: masterKey.toString('hex'),
      O10_KEY_PEPPER: keyPepper,
      O10_PROXY_NAME: `proxy-${n}`,
      O10_JOURNAL_DIR: join(folder, `journal-${n}`),
      O10_DESK_TIMEOUT_MS: 1_000,
      LOG_LEVEL: 'silent',
      ...(n === 1 && { NODE_OPTIONS: anHourAhead }),
    });

  /** The use case is enforced, so that nothing goes on without a hold; its baseline serves. */
  async function publish(): Promise<void> {
    const { snapshot } = await published;
    const useCases = snapshot.useCases.map((one) => ({ ...one, mode: 'enforce' as const, samplingShare: 0 }));
    const venues = snapshot.venues.map((one) => ({ ...one, firstByteTimeoutMs: 10_000 }));
    version = Math.max(version, (await stage.stores.feed.latest())?.version ?? 0) + 1;
    const body = JSON.stringify(z.encode(Snapshot, { ...snapshot, useCases, venues, version }));
    await stage.stores.feed.publish({ version, sha256: createHash('sha256').update(body).digest('hex'), body });
    await stage.stores.feed.publishKeys([key]);
    for (const { address } of proxies) await until(async () => (await ready(address)).snapshot === version);
  }
  let published: ReturnType<Stage['index']>;

  beforeAll(async () => {
    redis = await startRedis();
    // What it says is committed is on disk, as in production: it is killed here.
    const settings = ['fsync=on', 'full_page_writes=on', 'synchronous_commit=on'];
    const server = await startEmbedded({
      projectDir,
      name: `test-kills-${process.pid}`,
      disposable: true,
      settings,
    });
    await migrate(server.url, join(projectDir, 'prisma/migrations'));
    stage = await Stage.open({
      database: { url: server.url, drop: () => server.stop() },
      envelopes: [envelope('plan', { limitNanoUsd: 1_000_000_000n })],
      settings: { REDIS_URL: redis.url, O10_SUPERVISED: '1', O10_DRIFT_SECONDS: '0.5' },
    });
    published = stage.index();
    await published;
    worker = await stage.startWorker();
    proxies = await Promise.all([startProxy(0), startProxy(1)]);
    await publish();
  });
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await stage.close();
    await redis.stop();
    rmSync(folder, { recursive: true });
  });

  /** The error's code, or null: it was served. What says it is for now is asked again, as clients do. */
  async function insist(n: number, goOn = () => true): Promise<string | null> {
    while (goOn()) {
      const answer = await fetch(`${proxies[n % 2]!.address}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
        body: JSON.stringify(call),
      })
        .then(async (response) => (await response.json()) as { error?: { code: string } })
        .catch(() => ({ error: { code: 'nobody_answers' } }));
      const code = answer.error?.code ?? null;
      if (code === null || !forNow.includes(code)) return code;
      await new Promise((resolve) => setTimeout(resolve, code === 'envelope_in_flight' ? 1_000 : 100));
    }
    return 'gave up';
  }

  /** Desk and ledger at rest: what is settled is what the lines say, no drift, and nothing held. */
  async function atRest(): Promise<bigint> {
    const balance = async () => (await stage.stores.desk.balances(['plan'])).find(({ window }) => window === month);
    await until(async () => {
      const unsettled = await Promise.all(proxies.map(async ({ address }) => (await ready(address)).unsettled));
      return unsettled.every((count) => count === 0) && (await stage.stores.desk.openHolds()).length === 0;
    });
    const [lines] = await untilRows(
      `SELECT sum(ceil(cost_pico / 1000))::text AS nano, count(*) = count(DISTINCT entry_id) AS once FROM ledger_entry
       WHERE kind IN ('call', 'attempt') HAVING sum(ceil(cost_pico / 1000)) = $1`,
      async () => [String((await balance())?.settledNanoUsd)],
    );
    expect(lines?.['once']).toBe(true);
    await until(async () => (await worker.metrics.drift.get()).values[0]?.value === 0);
    return BigInt(String(lines?.['nano']));
  }

  async function untilRows(text: string, values: () => Promise<unknown[]>): Promise<Record<string, unknown>[]> {
    let rows: Record<string, unknown>[] = [];
    await until(async () => (rows = await stage.rows(text, await values())).length > 0);
    return rows;
  }

  test(
    '400 callers on an envelope worth 100, Redis killed among them: 100 are sent, none over',
    { timeout: 240_000 },
    async () => {
      expect(await insist(0)).toBeNull();
      const spent = await atRest();
      const [line] = await stage.rows<{ held: string }>(
        `SELECT convert_from(bytes, 'UTF8')::jsonb -> 'body' ->> 'heldNanoUsd' AS held FROM ledger_entry WHERE kind = 'call'`,
      );
      const ceiling = BigInt(line!.held);
      const limit = spent + 100n * ceiling;
      await stage.stores.desk.putEnvelopes(await limited(limit));
      stage.simulator.order({ venue: 'north', kind: 'hang' });
      const before = stage.dials('north');
      const answers = Array.from({ length: 400 }, (_, n) => insist(n));
      await until(async () => stage.dials('north') - before >= 20);
      await redis.restart();
      const codes = await Promise.all(answers);
      expect(codes.filter((code) => code === 'venue_timeout')).toHaveLength(100);
      expect(codes.filter((code) => code === 'envelope_spent')).toHaveLength(300);
      expect(stage.dials('north') - before).toBe(100);
      expect(await atRest()).toBe(limit);
      stage.simulator.clearFaults();
    },
  );

  test(
    'FLUSHALL, and kill -9 of a proxy, Redis and PostgreSQL under load: every attempt ends once',
    { timeout: 240_000 },
    async () => {
      await stage.stores.desk.putEnvelopes(await limited(1_000_000_000_000n));
      let served = 0;
      let loaded = true;
      const load = Array.from({ length: callers }, async (_, n) => {
        for (; loaded; n += 1) if ((await insist(n, () => loaded)) === null) served += 1;
      });
      const more = async (count: number) => {
        const from = served;
        await until(async () => served >= from + count);
      };
      await more(20);
      const admin = new Redis(redis.url);
      await admin.flushall();
      admin.disconnect();
      await publish();
      await more(20);
      await proxies[0]!.kill();
      proxies[0] = await startProxy(0);
      await more(20);
      await redis.restart();
      await more(20);
      const [backend] = await stage.rows<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      process.kill(backend!.pid, 'SIGKILL'); // the server then ends all its connections and recovers from its log
      await more(20);
      loaded = false;
      await Promise.all(load);
      // What a restarted Redis had lost is presented again, so the last lines may take a second.
      const linesOf = () =>
        stage.rows<{ id: string; outcome: string; basis: string; cost: string }>(
          `SELECT l.entry_id AS id, b ->> 'outcome' AS outcome, b ->> 'costBasis' AS basis, l.cost_pico::text AS cost
           FROM ledger_entry l, LATERAL (SELECT convert_from(l.bytes, 'UTF8')::jsonb -> 'body' AS b) AS body
           WHERE l.kind IN ('call', 'attempt')`,
        );
      const seen = new Set(stage.attemptsSeen('north'));
      expect(seen.size).toBe(stage.dials('north')); // no attempt was sent twice
      await until(async () => {
        const written = new Set((await linesOf()).map(({ id }) => id));
        return [...seen].every((id) => written.has(id));
      });
      const booked = await atRest();
      const lines = await linesOf();
      expect(lines.filter(({ id }) => seen.has(id))).toHaveLength(seen.size);
      // Only the proxy that was killed may have written down what it then could not send: booked at its ceiling all the same.
      const unsent = lines.filter(({ id, basis }) => !seen.has(id) && basis !== 'none');
      expect(new Set(unsent.map(({ id }) => makerOf(id))).size).toBeLessThanOrEqual(1);
      expect(new Set(unsent.map(({ outcome, basis }) => `${outcome} ${basis}`))).toEqual(
        new Set(unsent.length > 0 ? ['truncated estimated'] : []),
      );
      expect(unsent.length).toBeLessThanOrEqual(callers);
      const billed = BigInt(stage.simulator.bill().totalPicoUsd);
      const estimated = lines.reduce((sum, { basis, cost }) => sum + (basis === 'estimated' ? BigInt(cost) : 0n), 0n);
      expect(billed).toBeLessThanOrEqual(booked * 1_000n);
      expect(billed).toBeGreaterThanOrEqual(booked * 1_000n - estimated - 1_000n * BigInt(lines.length));
    },
  );

  /** As declared, so that a rebuild keeps it. */
  async function limited(limitNanoUsd: bigint) {
    await stage.change(async (stores) => {
      await stores.envelopes.put(envelope('plan', { limitNanoUsd }), 'spec');
      return { result: null, entries: [] };
    });
    await publish();
    return declaredNow({ envelopes: stage.stores.admin.envelopes }, Date.now());
  }
});

const forNow = ['desk_unavailable', 'envelope_in_flight', 'not_ready', 'nobody_answers', 'unknown_key'];

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patientMs;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`not within ${patientMs} ms: ${String(holds)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
