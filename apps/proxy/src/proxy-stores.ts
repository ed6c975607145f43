/**
 * Which adapters stand behind the ports: Redis where it is configured, else PostgreSQL. In scaled mode no PostgreSQL
 * connection is opened: the request path outlives the database.
 */
import type { EnvelopeDesk } from '#contracts/envelope-desk.js';
import type { MirrorStore } from '#contracts/mirror-store.js';
import type { RateCounter } from '#contracts/rate-counter.js';
import type { SnapshotFeed } from '#contracts/snapshot-feed.js';
import { PostgresDesk } from '#postgres/desk/postgres-desk.js';
import { PostgresMirrorStore } from '#postgres/desk/postgres-mirror-store.js';
import { PostgresRateCounter } from '#postgres/desk/postgres-rate-counter.js';
import { PostgresSnapshotFeed } from '#postgres/desk/postgres-snapshot-feed.js';
import { RedisDesk } from '#redis/redis-desk.js';
import { RedisMirrorStore } from '#redis/redis-mirror-store.js';
import { RedisRateCounter } from '#redis/redis-rate-counter.js';
import { RedisSnapshotFeed } from '#redis/redis-snapshot-feed.js';
import type { ProxySettings } from './env.js';

export interface ProxyStores {
  desk: EnvelopeDesk;
  feed: SnapshotFeed;
  mirror: MirrorStore;
  rates: RateCounter;
}

export function proxyStores(settings: ProxySettings): ProxyStores {
  const organisation = settings.ORGANISATION;
  if (settings.REDIS_URL) {
    const redis = { redis: settings.REDIS_URL, commandTimeoutMs: settings.O10_DESK_TIMEOUT_MS, organisation };
    return {
      desk: new RedisDesk(redis),
      feed: new RedisSnapshotFeed(redis),
      mirror: new RedisMirrorStore(redis),
      rates: new RedisRateCounter(redis),
    };
  }
  const postgres = {
    database: settings.DATABASE_URL ?? '',
    organisation,
    timeoutMs: settings.O10_DESK_TIMEOUT_MS * 10,
  };
  return {
    desk: new PostgresDesk(postgres),
    feed: new PostgresSnapshotFeed(postgres),
    mirror: new PostgresMirrorStore(postgres),
    rates: new PostgresRateCounter(postgres),
  };
}
