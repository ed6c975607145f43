/**
 * A proxy with real PostgreSQL and real simulated venues, in this process, and the means to change its world: publish
 * a snapshot, issue a key, put an envelope, read what it recorded.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CallRecord } from '#contracts/call-record.js';
import type { DeskEnvelope } from '#contracts/envelope-desk.js';
import type { ApiKey } from '#contracts/key.js';
import { Snapshot } from '#contracts/snapshot.js';
import { PostgresDesk } from '#postgres/desk/postgres-desk.js';
import { PostgresSnapshotFeed } from '#postgres/desk/postgres-snapshot-feed.js';
import { makeLog } from '#runtime/log.js';
import { type RunningProxy, startProxy } from '../../apps/proxy/src/proxy.module.js';
import { type Simulator, startSimulator } from '../../apps/simulator/src/start-simulator.js';
import { createDatabase } from './database.js';
import { issueKey, keyPepper, masterKey, simulatorConfig, snapshotOf } from './venue-world.js';

export interface ProxyUnderTest {
  url: string;
  simulator: Simulator;
  desk: PostgresDesk;
  databaseUrl: string;
  /** Publishes the small world with these changes, and waits until the proxy serves from it. */
  publish(change?: Partial<Snapshot>): Promise<void>;
  /** Publishes bytes as they are, whatever they are. */
  publishRaw(body: string): Promise<void>;
  /** Issues a key the proxy already knows when this resolves. */
  issue(change?: Partial<ApiKey>): Promise<string>;
  change(key: ApiKey): Promise<void>;
  /** Limit in nano-USD, one window without end. */
  envelope(id: string, limitNanoUsd: bigint): Promise<void>;
  post(secret: string | null, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Waits until `count` records are there, and returns all of them, oldest first. */
  records(count: number): Promise<CallRecord[]>;
  stop(): Promise<void>;
}

export async function startProxyUnderTest(options: { abortBilling?: 'stops' | 'full' } = {}): Promise<ProxyUnderTest> {
  const database = await createDatabase();
  const simulator = await startSimulator(simulatorConfig(options), {});
  const journal = mkdtempSync(join(tmpdir(), 'o10-proxy-'));
  const postgres = { database: database.url, organisation: 'default' };
  const desk = new PostgresDesk(postgres);
  const feed = new PostgresSnapshotFeed(postgres);
  await desk.rebuild({ envelopes: [], balances: [], holds: [], lines: [] });
  const proxy = await startProxy(settingsFor(database.url, journal), makeLog('proxy', 'silent'));
  let version = 0;
  const send = async (body: string) => {
    version += 1;
    await feed.publish({ version, sha256: createHash('sha256').update(body).digest('hex'), body });
  };
  const known = async (secret: string) => until(async () => (await models(proxy, secret)).status !== 401);
  return {
    url: proxy.address,
    simulator,
    desk,
    databaseUrl: database.url,
    publish: async (change = {}) => {
      await send(JSON.stringify(z.encode(Snapshot, { ...snapshotOf(simulator.url), ...change, version: version + 1 })));
      await until(async () => (await ready(proxy)).snapshot === version);
    },
    publishRaw: send,
    issue: async (change) => {
      const { key, secret } = issueKey(change);
      await feed.publishKeys([key]);
      if (!key.revokedAt && !key.expiresAt) await known(secret);
      return secret;
    },
    change: async (key) => void (await feed.publishKeys([key])),
    envelope: (id, limitNanoUsd) => desk.putEnvelopes([endless(id, limitNanoUsd)]),
    post: (secret, body, headers = {}) => post(proxy, secret, body, headers),
    records: (count) => records(desk, count),
    stop: async () => {
      await proxy.close(2_000);
      await simulator.close();
      await desk.close();
      await feed.close();
      await database.drop();
      rmSync(journal, { recursive: true });
    },
  };
}

const settingsFor = (databaseUrl: string, journal: string) => ({
  PORT: 0,
  HOST: '127.0.0.1',
  ORGANISATION: 'default',
  DATABASE_URL: databaseUrl,
  O10_MASTER_KEY: masterKey,
  O10_KEY_PEPPER: keyPepper,
  O10_JOURNAL_DIR: journal,
  O10_PROXY_NAME: 'under-test',
  O10_DESK_TIMEOUT_MS: 250,
  LOG_LEVEL: 'silent' as const,
});

const endless = (id: string, limitNanoUsd: bigint): DeskEnvelope => ({
  id,
  limitNanoUsd,
  steerAtPercent: null,
  windows: [{ id: 'total', startsAtMs: 0, endsAtMs: null }],
});

function post(
  proxy: RunningProxy,
  secret: string | null,
  body: unknown,
  headers: Record<string, string>,
): Promise<Response> {
  return fetch(`${proxy.address}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(secret ? { authorization: `Bearer ${secret}` } : {}),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const models = (proxy: RunningProxy, secret: string) =>
  fetch(`${proxy.address}/v1/models`, { headers: { authorization: `Bearer ${secret}` } });

const ready = async (proxy: RunningProxy) =>
  (await (await fetch(`${proxy.address}/ready`)).json()) as { snapshot: number | null };

async function records(desk: PostgresDesk, count: number): Promise<CallRecord[]> {
  let found: CallRecord[] = [];
  await until(async () => {
    found = (await desk.drain(10_000)).map(({ record }) => CallRecord.parse(JSON.parse(record)));
    return found.length >= count;
  });
  return found;
}

/** Polls, because a process answers no events across its HTTP border. Fails after ten seconds. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('What was waited for did not happen within ten seconds.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
