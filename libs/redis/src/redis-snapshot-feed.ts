/**
 * Snapshots and key deltas by Redis, with a message on a channel to say that something changed. A message is a hint;
 * whoever missed one while the connection was away is called once it is back.
 */
import { Cluster } from 'ioredis';
import { CapacityCounts } from '#contracts/commitment.js';
import type { ApiKey, KeyDelta } from '#contracts/key.js';
import type { PublishedSnapshot, SnapshotFeed } from '#contracts/snapshot-feed.js';
import { LuaScript } from './lua-script.js';
import { redisOf, type RedisConnection, type RedisSource } from './open-redis.js';
import { keyPrefix } from './partition.js';

const publishSnapshot = new LuaScript<number>('publish-snapshot');
const publishKeys = new LuaScript<string>('publish-keys');
const keysSince = new LuaScript<string[]>('keys-since');

/** Megabytes travel here, and no caller waits. */
const commandTimeoutMs = 2_000;

export class RedisSnapshotFeed implements SnapshotFeed {
  readonly #connection: RedisConnection;
  readonly #close: () => void;
  readonly #prefix: string;
  readonly #subscriptions = new Set<() => Promise<void>>();

  constructor({ organisation, ...source }: RedisSource & { organisation: string }) {
    ({ connection: this.#connection, close: this.#close } = redisOf(source, commandTimeoutMs));
    this.#prefix = `${keyPrefix(organisation)}:feed`;
  }

  async publish({ version, sha256, body }: PublishedSnapshot): Promise<void> {
    const done = await publishSnapshot.run(
      this.#connection,
      [this.#key('snapshot')],
      [version, sha256, body, this.#channel],
    );
    if (!done) throw new Error(`Snapshot version ${version} is not later than the latest published.`);
  }

  async latest(): Promise<PublishedSnapshot | null> {
    const [version, sha256, body] = await this.#connection.hmget(this.#key('snapshot'), 'version', 'sha256', 'body');
    if (!version || !sha256 || typeof body !== 'string') return null;
    return { version: Number(version), sha256, body };
  }

  async publishKeys(keys: ApiKey[]): Promise<KeyDelta[]> {
    const deltas: KeyDelta[] = [];
    for (let from = 0; from < keys.length; from += 500) {
      const piece = keys.slice(from, from + 500);
      const args = piece.flatMap((key) => [key.id, JSON.stringify(key)]);
      const first = await publishKeys.run(this.#connection, this.#keyKeys(), [this.#channel, ...args]);
      deltas.push(...piece.map((key, index) => ({ sequence: Number(first) + index, key })));
    }
    return deltas;
  }

  async keysSince(sequence: number, count: number): Promise<KeyDelta[]> {
    const [keys, changes] = this.#keyKeys();
    const found = await keysSince.run(this.#connection, [keys, changes], [sequence, count]);
    const deltas: KeyDelta[] = [];
    for (let n = 0; n < found.length; n += 2)
      deltas.push({ sequence: Number(found[n]), key: JSON.parse(found[n + 1] ?? '') as ApiKey });
    return deltas;
  }

  async publishCapacity(counts: CapacityCounts): Promise<void> {
    await this.#connection.set(this.#key('capacity'), JSON.stringify(counts));
  }

  async capacity(): Promise<CapacityCounts | null> {
    const body = await this.#connection.get(this.#key('capacity'));
    return body === null ? null : CapacityCounts.parse(JSON.parse(body));
  }

  /** Resolves when the subscription stands; from then on it reconnects by itself. */
  async subscribe(onChange: () => void): Promise<() => Promise<void>> {
    const listener = listenerOf(this.#connection);
    let stopped = false;
    const changed = () => {
      if (!stopped) onChange();
    };
    // Commands would fail by themselves; this connection has but one, and is renewed until it stands.
    listener.on('error', () => undefined);
    listener.on('message', changed);
    await listener.subscribe(this.#channel);
    listener.on('ready', changed);
    const stop = async () => {
      stopped = true;
      this.#subscriptions.delete(stop);
      listener.disconnect();
    };
    this.#subscriptions.add(stop);
    return stop;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((stop) => stop()));
    this.#close();
  }

  get #channel(): string {
    return `${this.#prefix}:changed`;
  }

  #key(name: string): string {
    return `${this.#prefix}:${name}`;
  }

  #keyKeys(): [string, string, string] {
    return [this.#key('keys'), this.#key('keys:changes'), this.#key('keys:last')];
  }
}

/** A subscribed connection can do nothing else, and unlike the others it may wait for Redis as long as it takes. */
function listenerOf(connection: RedisConnection): RedisConnection {
  if (connection instanceof Cluster) return connection.duplicate([], { enableOfflineQueue: true });
  return connection.duplicate({ enableOfflineQueue: true, commandTimeout: undefined, maxRetriesPerRequest: null });
}
