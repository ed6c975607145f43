/**
 * How long the event loop stands still while a snapshot and keys are taken from Redis: the longest of many swaps'
 * longest gaps between two turns. Arguments: URL of Redis, keys, routes, use cases, swaps.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { RedisSnapshotFeed } from '#redis/redis-snapshot-feed.js';
import { openRedis, redisReady } from '#redis/open-redis.js';
import { CurrentSnapshot } from '../../apps/proxy/src/current-snapshot.js';
import { KeyRing } from '../../apps/proxy/src/key-ring.js';
import { makeLog } from '#runtime/log.js';
import { issueKey, keyPepper } from '../support/venue-world.js';
import { published, worldOf } from './world.js';

const [redisUrl = '', keyCount, routeCount, useCaseCount, swaps] = process.argv.slice(2);
const connection = openRedis({ url: redisUrl, commandTimeoutMs: 10_000 });
await redisReady(connection, 5_000);
const feed = new RedisSnapshotFeed({ redis: connection, organisation: `swap-${process.pid}` });
const keys = Array.from({ length: Number(keyCount) }, () => issueKey({ organisation: 'bench', team: 'bench' }).key);
const log = makeLog('bench', 'silent');
const size = { useCases: Number(useCaseCount), routes: Number(routeCount) };

/** The longest time between two turns of the event loop while `work` goes on, in ms. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let on = true;
  const turn = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (on) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  await new Promise((done) => setImmediate(done));
  on = false;
  return longest;
}

const body = JSON.parse(published(worldOf(size, 20_000, 1)).body) as { version: number };
const { createHash } = await import('node:crypto');
const snapshot = new CurrentSnapshot(feed, log, () => {
  throw new Error('the snapshot was refused');
});
const ring = new KeyRing(feed, keyPepper);
const swapMs: number[] = [];
const keysMs: number[] = [];
const monitor = monitorEventLoopDelay({ resolution: 1 });
for (let version = 1; version <= Number(swaps); version++) {
  const text = JSON.stringify({ ...body, version });
  await feed.publish({ version, sha256: createHash('sha256').update(text).digest('hex'), body: text });
  await feed.publishKeys(keys);
  monitor.enable();
  swapMs.push(await longestTurn(() => snapshot.refresh()));
  keysMs.push(await longestTurn(() => ring.refresh()));
  monitor.disable();
  if (snapshot.current()?.snapshot.version !== version) throw new Error('the snapshot did not arrive');
}
connection.disconnect();
const middle = (values: number[]) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
const figures = {
  snapshotMs: middle(swapMs),
  firstSnapshotMs: swapMs[0],
  keysMs: middle(keysMs),
  longestMs: Math.max(...swapMs.slice(1), ...keysMs.slice(1)),
  monitorMs: monitor.max / 1e6,
  bytes: JSON.stringify(body).length,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
