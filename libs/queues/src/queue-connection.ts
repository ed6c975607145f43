/**
 * Where the queues live: Redis when there is one, else PostgreSQL in a schema of its own. BullMQ's backend is a
 * process-wide choice, so this is called once, before the first queue or worker is made.
 */
import { createPostgresBackend, setDefaultBackendFactory, type ConnectionOptions } from 'bullmq';

export interface QueueStore {
  redisUrl: string | null;
  databaseUrl: string | null;
}

/** The connection option for `Queue`, `Worker` and Nest's BullModule. Throws when neither store is given. */
export function queueConnection(store: QueueStore, settings: { migrate: boolean }): ConnectionOptions {
  if (store.redisUrl) return { url: store.redisUrl, maxRetriesPerRequest: null } as ConnectionOptions;
  if (!store.databaseUrl) throw new Error('Queues need REDIS_URL or DATABASE_URL.');
  setDefaultBackendFactory(createPostgresBackend);
  return {
    connectionString: store.databaseUrl,
    schema: 'bullmq',
    migrate: settings.migrate,
    max: 10,
  } as unknown as ConnectionOptions;
}

/** Keys of all queues share one Redis Cluster slot. */
export const queuePrefix = '{o10}';
