import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeMirrorStore } from '../../../test/conformance/mirror-store.js';
import { describeRateCounter } from '../../../test/conformance/rate-counter.js';
import { apiKey, describeSnapshotFeed, snapshotOf } from '../../../test/conformance/snapshot-feed.js';
import {
  redisAvailable,
  startRedis,
  startRedisCluster,
  type TestRedis,
  type TestRedisCluster,
} from '../../../test/support/redis.js';
import { RedisMirrorStore } from './redis-mirror-store.js';
import { openRedis, redisReady, type RedisConnection } from './open-redis.js';
import { RedisRateCounter } from './redis-rate-counter.js';
import { RedisSnapshotFeed } from './redis-snapshot-feed.js';

const skip = !redisAvailable();

describe('one Redis', () => {
  let server: TestRedis;
  let connection: RedisConnection;
  beforeAll(async () => {
    if (skip) return;
    server = await startRedis();
    connection = openRedis({ url: server.url, commandTimeoutMs: 5_000 });
    await redisReady(connection, 5_000);
  });
  afterAll(async () => {
    connection?.disconnect();
    await server?.stop();
  });

  describeSnapshotFeed('Redis', (organisation) => new RedisSnapshotFeed({ organisation, redis: connection }), { skip });
  describeMirrorStore('Redis', () => new RedisMirrorStore({ redis: connection }), { skip });
  describeRateCounter('Redis', (organisation) => new RedisRateCounter({ organisation, redis: connection }), { skip });

  test.skipIf(skip)('after a flush, keys are numbered above every number a reader may have seen', async () => {
    const feed = new RedisSnapshotFeed({ organisation: 'flushed', redis: connection });
    const seen = (await feed.publishKeys(Array.from({ length: 50 }, (_, n) => apiKey(`k${n}`)))).at(-1)?.sequence ?? 0;
    const admin = new Redis(server.url);
    await admin.flushall();
    admin.disconnect();
    expect(await feed.latest()).toBeNull();
    const revoked = await feed.publishKeys([apiKey('k1', { revokedAt: '2026-11-20T00:00:00.000Z' })]);
    expect(await feed.keysSince(seen, 10)).toEqual(revoked);
  });

  test.skipIf(skip)('a subscriber whose connection was lost is called when it is back', async () => {
    const feed = new RedisSnapshotFeed({ organisation: 'cut', redis: connection });
    let calls = 0;
    const stop = await feed.subscribe(() => (calls += 1));
    const admin = new Redis(server.url);
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect.poll(() => calls, { timeout: 5_000 }).toBe(1);
    await feed.publish(snapshotOf(1));
    await expect.poll(() => calls, { timeout: 5_000 }).toBe(2);
    await stop();
    admin.disconnect();
  });

  test.skipIf(skip)('a password of the URL is used', async () => {
    const admin = new Redis(server.url);
    await admin.call('ACL', 'SETUSER', 'o10', 'on', '>p@ss', '~*', '&*', '+@all');
    const own = openRedis({ url: `redis://o10:p%40ss@127.0.0.1:${server.port}/0`, commandTimeoutMs: 5_000 });
    await redisReady(own, 5_000);
    expect(await own.call('ACL', 'WHOAMI')).toBe('o10');
    own.disconnect();
    admin.disconnect();
  });
});

describe('Redis Cluster of three', () => {
  let cluster: TestRedisCluster;
  let connection: RedisConnection;
  beforeAll(async () => {
    if (skip) return;
    cluster = await startRedisCluster();
    connection = openRedis({ url: cluster.url, commandTimeoutMs: 5_000 });
    await redisReady(connection, 10_000);
  });
  afterAll(async () => {
    connection?.disconnect();
    await cluster?.stop();
  });

  describeSnapshotFeed('Redis Cluster', (organisation) => new RedisSnapshotFeed({ organisation, redis: connection }), {
    skip,
  });
  describeMirrorStore('Redis Cluster', () => new RedisMirrorStore({ redis: connection }), { skip });
  describeRateCounter('Redis Cluster', (organisation) => new RedisRateCounter({ organisation, redis: connection }), {
    skip,
  });
});
