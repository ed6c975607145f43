/**
 * A proxy with a real store and real simulated venues, in this process or as a process of its own, and the means to
 * change its world: publish a snapshot, issue a key, put an envelope, read what it recorded.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CallRecord } from '#contracts/call-record.js';
import type { DeskEnvelope, EnvelopeDesk } from '#contracts/envelope-desk.js';
import type { ApiKey } from '#contracts/key.js';
import type { SnapshotFeed } from '#contracts/snapshot-feed.js';
import { Snapshot } from '#contracts/snapshot.js';
import { PostgresDesk } from '#postgres/desk/postgres-desk.js';
import { PostgresSnapshotFeed } from '#postgres/desk/postgres-snapshot-feed.js';
import { RedisDesk } from '#redis/redis-desk.js';
import { RedisSnapshotFeed } from '#redis/redis-snapshot-feed.js';
import { makeLog } from '#runtime/log.js';
import type { ProxySettings } from '../../apps/proxy/src/env.js';
import { startProxy } from '../../apps/proxy/src/proxy.module.js';
import type { SimulatorConfigInput } from '../../apps/simulator/src/config.js';
import { type Simulator, startSimulator } from '../../apps/simulator/src/start-simulator.js';
import { createDatabase } from './database.js';
import { issueKey, keyPepper, masterKey, simulatorConfig, snapshotOf } from './venue-world.js';

export interface ProxyUnderTest {
  url: string;
  simulator: Simulator;
  desk: EnvelopeDesk;
  settings: ProxySettings;
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
  /** Waits until `count` records of calls are there, and returns all of them, oldest first. */
  records(count: number): Promise<CallRecord[]>;
  stop(): Promise<void>;
}

export interface UnderTestOptions {
  /** Other venues than those of the small world. */
  venues?: SimulatorConfigInput;
  abortBilling?: 'stops' | 'full';
  /** Scaled: the proxy gets this and no database. */
  redisUrl?: string;
  /** How the proxy is started; by default in this process. */
  start?: (settings: ProxySettings) => Promise<StartedProxy>;
}

export interface StartedProxy {
  address: string;
  close(): Promise<void>;
}

const inThisProcess = async (settings: ProxySettings): Promise<StartedProxy> => {
  const proxy = await startProxy(settings, makeLog('proxy', 'silent'));
  return { address: proxy.address, close: () => proxy.close(2_000) };
};

export async function startProxyUnderTest(options: UnderTestOptions = {}): Promise<ProxyUnderTest> {
  const simulator = await startSimulator(options.venues ?? simulatorConfig(options.abortBilling), {});
  const journal = mkdtempSync(join(tmpdir(), 'o10-proxy-'));
  const stores = await openStores(options.redisUrl);
  const { desk, feed } = stores;
  await desk.rebuild({ envelopes: [], balances: [], holds: [], lines: [] });
  const settings: ProxySettings = { ...settingsBase, ...stores.settings, O10_JOURNAL_DIR: journal };
  const proxy = await (options.start ?? inThisProcess)(settings);
  let version = 0;
  const send = async (body: string) => {
    version += 1;
    await feed.publish({ version, sha256: createHash('sha256').update(body).digest('hex'), body });
  };
  return {
    url: proxy.address,
    simulator,
    desk,
    settings,
    publish: async (change = {}) => {
      await send(JSON.stringify(z.encode(Snapshot, { ...snapshotOf(simulator.url), ...change, version: version + 1 })));
      await until(async () => (await ready(proxy.address)).snapshot === version);
    },
    publishRaw: send,
    issue: async (change) => {
      const { key, secret } = issueKey(change);
      await feed.publishKeys([key]);
      const known = async () => (await models(proxy.address, secret)).status !== 401;
      if (!key.revokedAt && !key.expiresAt) await until(known);
      return secret;
    },
    change: async (key) => void (await feed.publishKeys([key])),
    envelope: (id, limitNanoUsd) => desk.putEnvelopes([endless(id, limitNanoUsd)]),
    post: (secret, body, headers = {}) => post(proxy.address, secret, body, headers),
    records: (count) => records(desk, count),
    stop: async () => {
      await proxy.close();
      await simulator.close();
      await stores.close();
      rmSync(journal, { recursive: true });
    },
  };
}

const settingsBase = {
  PORT: 0,
  HOST: '127.0.0.1',
  ORGANISATION: 'default',
  O10_MASTER_KEY: masterKey,
  O10_KEY_PEPPER: keyPepper,
  O10_PROXY_NAME: 'under-test',
  O10_DESK_TIMEOUT_MS: 250,
  LOG_LEVEL: 'silent' as const,
};

interface Stores {
  desk: EnvelopeDesk;
  feed: SnapshotFeed;
  settings: Partial<ProxySettings>;
  close(): Promise<void>;
}

async function openStores(redisUrl: string | undefined): Promise<Stores> {
  const organisation = 'default';
  if (redisUrl) {
    const desk = new RedisDesk({ redis: redisUrl, organisation });
    const feed = new RedisSnapshotFeed({ redis: redisUrl, organisation });
    await until(() =>
      desk.balances([]).then(
        () => true,
        () => false,
      ),
    );
    return {
      desk,
      feed,
      settings: { REDIS_URL: redisUrl },
      close: async () => void (await Promise.all([desk.close(), feed.close()])),
    };
  }
  const database = await createDatabase();
  const desk = new PostgresDesk({ database: database.url, organisation });
  const feed = new PostgresSnapshotFeed({ database: database.url, organisation });
  const close = async () => {
    await Promise.all([desk.close(), feed.close()]);
    await database.drop();
  };
  return { desk, feed, settings: { DATABASE_URL: database.url }, close };
}

const endless = (id: string, limitNanoUsd: bigint): DeskEnvelope => ({
  id,
  limitNanoUsd,
  steerAtPercent: null,
  windows: [{ id: 'total', startsAtMs: 0, endsAtMs: null }],
});

function post(
  address: string,
  secret: string | null,
  body: unknown,
  headers: Record<string, string>,
): Promise<Response> {
  return fetch(`${address}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(secret ? { authorization: `Bearer ${secret}` } : {}),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const models = (address: string, secret: string) =>
  fetch(`${address}/v1/models`, { headers: { authorization: `Bearer ${secret}` } });

export const ready = async (address: string) =>
  (await (await fetch(`${address}/ready`)).json()) as { snapshot: number | null; unsettled: number };

async function records(desk: EnvelopeDesk, count: number): Promise<CallRecord[]> {
  let found: CallRecord[] = [];
  await until(async () => {
    const drained = (await desk.drain(10_000)).map(({ record }) => JSON.parse(record) as { schema: string });
    found = drained.filter(({ schema }) => schema === 'o10.call.v1').map((record) => CallRecord.parse(record));
    return found.length >= count;
  });
  return found;
}

/** Polls, because a process answers no events across its HTTP border. Fails after three quarters of a minute. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 45_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('What was waited for did not happen within 45 seconds.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
