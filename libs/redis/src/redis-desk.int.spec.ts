import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeskFault, DeskNotBuilt } from '#contracts/envelope-desk.js';
import {
  ending,
  envelope,
  figures,
  inWords,
  newOrganisation,
  request,
  stateOf,
} from '../../../test/conformance/desk-fixtures.js';
import { describeEnvelopeDesk } from '../../../test/conformance/envelope-desk.js';
import {
  redisAvailable,
  startRedis,
  startRedisCluster,
  type TestRedis,
  type TestRedisCluster,
} from '../../../test/support/redis.js';
import { openRedis, redisReady, type RedisConnection } from './open-redis.js';
import { RedisDesk } from './redis-desk.js';

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

  describeEnvelopeDesk('Redis', (organisation) => new RedisDesk({ organisation, redis: connection }), { skip });

  describe.skipIf(skip)('Redis alone', () => {
    const opened = async (commandTimeoutMs: number) => {
      const own = openRedis({ url: server.url, commandTimeoutMs });
      await redisReady(own, 5_000);
      return own;
    };

    test('a flushed Redis admits nothing, takes no envelopes, counts what ends, and is whole again after a rebuild', async () => {
      const admin = new Redis(server.url);
      const desk = new RedisDesk({ organisation: newOrganisation(), redis: connection });
      const envelopes = [envelope('org', 10n)];
      await desk.rebuild(stateOf({ envelopes }));
      await desk.hold([request('a', 9, 'org')]);
      const name = await desk.store();
      await admin.flushall();
      expect(await desk.store()).not.toBe(name);
      await admin.script('FLUSH');
      expect(inWords(await desk.hold([request('b', 9, 'org')]))).toEqual(['unknown org']);
      await expect(desk.putEnvelopes(envelopes)).rejects.toThrow(DeskNotBuilt);
      expect(await desk.settle([ending('a', 8, 'org/w')])).toMatchObject([{ outcome: 'settled' }]);
      await desk.rebuild(
        stateOf({ envelopes, balances: [{ envelope: 'org', window: 'w', settledNanoUsd: 8n, heldNanoUsd: 0n }] }),
      );
      expect(inWords(await desk.hold([request('b', 9, 'org'), request('c', 2, 'org')]))).toEqual(['spent', 'held']);
      expect(await figures(desk, 'org')).toEqual(['org/w 8+2']);
      admin.disconnect();
    });

    test('a Redis that was started again admits nothing until the desk is rebuilt, though it kept everything', async () => {
      const other = await startRedis(['--appendfsync', 'always']);
      const own = openRedis({ url: other.url, commandTimeoutMs: 1_000 });
      await redisReady(own, 5_000);
      const desk = new RedisDesk({ organisation: 'acme', redis: own });
      await desk.rebuild(stateOf({ envelopes: [envelope('org', 10n)], epoch: 7 }));
      await desk.hold([request('a', 4, 'org')]);
      expect(await desk.epoch()).toBe(7);
      const name = await desk.store();
      await other.restart();
      await expect.poll(() => desk.epoch().catch(() => 'away'), { timeout: 5_000 }).toBeNull();
      expect(inWords(await desk.hold([request('b', 1, 'org')]))).toEqual(['unknown org']);
      await expect(desk.putEnvelopes([envelope('org', 10n)])).rejects.toThrow(DeskNotBuilt);
      expect(await desk.attempts(['a'])).toEqual(['open']);
      expect(await desk.store()).not.toBe(name);
      own.disconnect();
      await other.stop();
    });

    test('an ended hold is remembered for its time at least, and then forgotten', async () => {
      const desk = new RedisDesk({ organisation: newOrganisation(), redis: connection, rememberMs: 40 });
      await desk.settle([ending('a', 1, 'org/w')]);
      expect(await desk.settle([ending('a', 1, 'org/w')])).toMatchObject([{ outcome: 'already' }]);
      const forgotten = async () => (await desk.settle([ending('a', 1, 'org/w')]))[0]?.outcome === 'settled';
      await expect.poll(forgotten, { timeout: 2_000, interval: 20 }).toBe(true);
    });

    test('a frozen Redis is a fault in time, and answers again when it thaws', async () => {
      const own = await opened(100);
      const desk = new RedisDesk({ organisation: newOrganisation(), redis: own });
      await desk.rebuild(stateOf({ envelopes: [envelope('org', 10n)] }));
      server.process.kill('SIGSTOP');
      const startedMs = performance.now();
      await expect(desk.hold([request('a', 4, 'org')])).rejects.toThrow(DeskFault);
      expect(performance.now() - startedMs).toBeLessThan(1_000);
      server.process.kill('SIGCONT');
      // The hold that timed out took effect all the same: asked again it has its answer, and counts once.
      await expect.poll(() => desk.hold([request('a', 4, 'org')]).then(inWords), { timeout: 5_000 }).toEqual(['held']);
      expect(await figures(desk, 'org')).toEqual(['org/w 0+4']);
      own.disconnect();
    });

    test('a full Redis is a fault and nothing of the batch is written', async () => {
      const admin = new Redis(server.url);
      const desk = new RedisDesk({ organisation: newOrganisation(), redis: connection });
      await desk.rebuild(stateOf({ envelopes: [envelope('org', 10n)] }));
      await desk.hold([request('a', 3, 'org')]);
      await admin.config('SET', 'maxmemory', '1mb');
      await expect(desk.hold([request('b', 3, 'org')])).rejects.toThrow(DeskFault);
      await expect(desk.settle([ending('a', 3)])).rejects.toThrow(DeskFault);
      await admin.config('SET', 'maxmemory', '0');
      expect(await figures(desk, 'org')).toEqual(['org/w 0+3']);
      expect(await desk.drain(9)).toEqual([]);
      expect(await desk.settle([ending('a', 3)])).toMatchObject([{ outcome: 'settled' }]);
      admin.disconnect();
    });

    test('a Redis that is gone is a fault at once, not a queue', async () => {
      const other = await startRedis();
      const own = openRedis({ url: other.url, commandTimeoutMs: 1_000 });
      await redisReady(own, 5_000);
      const desk = new RedisDesk({ organisation: 'acme', redis: own });
      await desk.rebuild(stateOf({ envelopes: [envelope('org', 10n)] }));
      await other.stop();
      for (let n = 0; n < 20; n += 1) {
        const startedMs = performance.now();
        await expect(desk.hold([request('a', 4, 'org')])).rejects.toThrow(DeskFault);
        expect(performance.now() - startedMs).toBeLessThan(1_500);
      }
      own.disconnect();
    });
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

  describeEnvelopeDesk('Redis Cluster', (organisation) => new RedisDesk({ organisation, redis: connection }), { skip });

  test.skipIf(skip)('organisations spread over the nodes', async () => {
    const desks = Array.from(
      { length: 12 },
      (_, n) => new RedisDesk({ organisation: `spread-${n}`, redis: connection }),
    );
    for (const desk of desks) await desk.settle([ending('a', 1, 'org/w')]);
    const sizes = await Promise.all(
      cluster.nodes.map(async (node) => {
        const client = new Redis(node);
        const keys = await client.keys('*spread-*');
        client.disconnect();
        return keys.length;
      }),
    );
    expect(sizes.every((size) => size > 0)).toBe(true);
  });
});
