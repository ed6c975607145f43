import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { redisAvailable, startRedis, type TestRedis } from '../../../test/support/redis.js';
import { keepFeed } from './keep-feed.js';
import { declareNorth, type RunningControl, startControl, triage } from './control-fixture.spec-data.js';

const skip = !redisAvailable();

describe.skipIf(skip)('with desk and feed in Redis', () => {
  let redis: TestRedis;
  let control: RunningControl;
  beforeAll(async () => {
    redis = await startRedis();
    control = await startControl(undefined, { REDIS_URL: redis.url });
    await connected();
    await declareNorth(control);
  });
  afterAll(async () => {
    await control.stop();
    await redis.stop();
  });

  const connected = () => vi.waitFor(async () => expect((await checks()).feed).toBe('ok'), 5_000);
  const checks = async () => (await control.ask(null, 'GET', '/ready')).body.checks as Record<string, string>;
  const put = (samplingShare: number) =>
    control.ask('engineer', 'PUT', '/api/use-cases/triage', { ...triage, samplingShare });
  const latest = () => control.context.publishing.feed.latest();

  test('a flushed Redis is filled again, and versions go on', async () => {
    await control.ask('engineer', 'POST', '/api/keys/bulk', { name: 'b', team: 't', count: 2_500 });
    const before = await latest();
    const client = new Redis(redis.url);
    await client.flushall();
    await client.quit();
    expect(await latest()).toBeNull();
    const stop = keepFeed(control.context, 60_000);
    await stop();
    expect(await latest()).toEqual(before);
    expect(await control.context.publishing.feed.keysSince(0, 10_000)).toHaveLength(2_500);
    expect((await put(0.3)).status).toBe(200);
    expect((await latest())?.version).toBe(before!.version + 1);
  });

  test('a frozen Redis changes nothing, and is told apart from a frozen database', async () => {
    redis.process.kill('SIGSTOP');
    expect((await put(0.4)).body).toMatchObject({ code: 'feed_unavailable', status: 503 });
    expect(await checks()).toEqual({ database: 'ok', feed: 'down', desk: 'down' });
    expect((await control.ask('viewer', 'GET', '/api/use-cases/triage')).body.definition.samplingShare).toBe(0.3);
    redis.process.kill('SIGCONT');
    await connected();
    expect((await put(0.4)).status).toBe(200);
  });
});
