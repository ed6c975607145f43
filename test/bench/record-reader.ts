/**
 * Stands in for the worker while the proxy is measured: takes records off the desk and mirrored calls off the queue, so
 * that Redis does not grow. Arguments: the URL of Redis.
 */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { queueConnection, queuePrefix } from '#queues/queue-connection.js';
import { queueNames } from '#queues/queue-names.js';
import { openRedis, redisReady } from '#redis/open-redis.js';
import { RedisDesk } from '#redis/redis-desk.js';

const everyMs = 200;
const redisUrl = process.argv[2] ?? '';
const connection = openRedis({ url: redisUrl, commandTimeoutMs: 10_000 });
await redisReady(connection, 5_000);
const desk = new RedisDesk({ redis: connection, organisation: 'bench' });
const queue = new Queue(queueNames.mirror, {
  connection: queueConnection({ redisUrl, databaseUrl: null }, { migrate: false }),
  prefix: queuePrefix,
});
const mirrored = new Redis(redisUrl);
process.stdout.write('{}\n');

for (;;) {
  for (;;) {
    const pending = await desk.drain(1_000);
    await desk.acknowledge(pending.map(({ cursor }) => cursor));
    if (pending.length < 1_000) break;
  }
  await queue.drain();
  for await (const keys of mirrored.scanStream({ match: 'o10:mirror:*', count: 1_000 }))
    if ((keys as string[]).length > 0) await mirrored.unlink(keys as string[]);
  await new Promise((done) => setTimeout(done, everyMs));
}
