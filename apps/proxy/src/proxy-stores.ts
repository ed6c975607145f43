/**
 * Which adapters stand behind the ports: Redis where it is configured, else PostgreSQL. In scaled mode no PostgreSQL
 * connection is opened: the request path outlives the database.
 */
import type { EnvelopeDesk } from '#contracts/envelope-desk.js';
import type { MirrorStore } from '#contracts/mirror-store.js';
import type { SnapshotFeed } from '#contracts/snapshot-feed.js';
import { PostgresDesk } from '#postgres/desk/postgres-desk.js';
import { PostgresMirrorStore } from '#postgres/desk/postgres-mirror-store.js';
import { PostgresSnapshotFeed } from '#postgres/desk/postgres-snapshot-feed.js';
import { RedisDesk } from '#redis/redis-desk.js';
import { RedisMirrorStore } from '#redis/redis-mirror-store.js';
import { RedisSnapshotFeed } from '#redis/redis-snapshot-feed.js';
import type { ProxySettings } from './env.js';

export interface ProxyStores {
  desk: EnvelopeDesk;
  feed: SnapshotFeed;
  mirror: MirrorStore;
}
