/**
 * A connection to Redis or Redis Cluster that fails fast: a command is answered within `commandTimeoutMs` or it is an
 * error. Nothing waits in a queue for Redis to come back, and nothing is sent a second time by itself.
 */
import { Cluster, Redis, type RedisOptions } from 'ioredis';

export type RedisConnection = Redis | Cluster;

/** How each adapter is told where Redis is. */
export interface RedisSource {
  /** A URL, then the connection is the adapter's own and closed with it; or a connection shared with others. */
  redis: string | RedisConnection;
  /** Of a connection of its own. */
  commandTimeoutMs?: number;
  onError?: (error: Error) => void;
}

export interface RedisSettings {
  /**
   * `redis://…` or `rediss://…` for one server. Several, separated by commas, or a single `redis+cluster://…`, are seeds
   * of a cluster; user, password and TLS are then those of the first.
   */
  url: string;
  /** A timed out command may still take effect. */
  commandTimeoutMs: number;
  /** Told of every connection error; commands fail by themselves. */
  onError?: (error: Error) => void;
}

/** Returns at once and connects behind the scenes: until then, and whenever Redis is away, commands fail at once. */
export function openRedis({ url, commandTimeoutMs, onError = () => undefined }: RedisSettings): RedisConnection {
  const seeds = url.split(',').map((seed) => new URL(seed.trim().replace(/^redis\+cluster:/, 'redis:')));
  const [first] = seeds;
  if (!first) throw new Error('REDIS_URL is empty');
  const options: RedisOptions = {
    commandTimeout: commandTimeoutMs,
    connectTimeout: Math.max(1_000, commandTimeoutMs),
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    ...(first.username && { username: decodeURIComponent(first.username) }),
    ...(first.password && { password: decodeURIComponent(first.password) }),
    ...(first.protocol === 'rediss:' && { tls: {} }),
  };
  const clustered = seeds.length > 1 || url.startsWith('redis+cluster:');
  const connection = clustered ? openCluster(seeds, options) : openSingle(first, options);
  connection.on('error', onError);
  return connection;
}

function openSingle(url: URL, options: RedisOptions): Redis {
  return new Redis({
    ...options,
    host: url.hostname,
    port: Number(url.port || 6379),
    db: Number(url.pathname.slice(1) || 0),
    enableOfflineQueue: false,
    retryStrategy: (times) => Math.min(25 * times, 500),
    // The server became a replica: connecting again finds the new primary.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
}

function openCluster(seeds: URL[], options: RedisOptions): Cluster {
  return new Cluster(
    seeds.map((seed) => ({ host: seed.hostname, port: Number(seed.port || 6379) })),
    {
      redisOptions: options,
      enableOfflineQueue: false,
      clusterRetryStrategy: (times) => Math.min(25 * times, 500),
      clusterNodeRetryStrategy: (times) => Math.min(25 * times, 500),
      slotsRefreshInterval: 5_000,
      // A slot may move while a command travels. A node that is away is not waited for.
      maxRedirections: 4,
      retryDelayOnFailover: 10,
      retryDelayOnClusterDown: 10,
      retryDelayOnTryAgain: 10,
    },
  );
}

/** Resolves once commands are accepted; rejects after `timeoutMs`. For boots and tests; the request path never waits. */
export function redisReady(connection: RedisConnection, timeoutMs: number): Promise<void> {
  if (connection.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const onReady = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      connection.off('ready', onReady);
      reject(new Error(`Redis is not ready after ${timeoutMs} ms`));
    }, timeoutMs);
    connection.once('ready', onReady);
  });
}

/** The connection of an adapter, and how to close it: without waiting for answers, so that a frozen Redis holds nothing up. */
export function redisOf(
  { redis, commandTimeoutMs, onError }: RedisSource,
  defaultTimeoutMs: number,
): { connection: RedisConnection; close: () => void } {
  if (typeof redis !== 'string') return { connection: redis, close: () => undefined };
  const connection = openRedis({ url: redis, commandTimeoutMs: commandTimeoutMs ?? defaultTimeoutMs, onError });
  return { connection, close: () => connection.disconnect() };
}
