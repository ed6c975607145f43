/**
 * Snapshots and key deltas by PostgreSQL: two small tables, and NOTIFY on channel `o10_feed` to say that one changed.
 * A notification is a hint; whoever missed one while the connection was away is called once it is back.
 */
import type pg from 'pg';
import { CapacityCounts } from '#contracts/commitment.js';
import type { ApiKey, KeyDelta } from '#contracts/key.js';
import type { PublishedSnapshot, SnapshotFeed } from '#contracts/snapshot-feed.js';
import { DeskDatabase, type DeskDatabaseSettings } from './desk-database.js';

const reconnectMs = 500;

export class PostgresSnapshotFeed implements SnapshotFeed {
  readonly #database: DeskDatabase;
  readonly #organisation: string;
  readonly #subscriptions = new Set<() => Promise<void>>();

  constructor({ organisation, ...database }: DeskDatabaseSettings & { organisation: string }) {
    this.#database = new DeskDatabase(database);
    this.#organisation = organisation;
  }

  async publish({ version, sha256, body }: PublishedSnapshot): Promise<void> {
    const [row] = await this.#database.rows<{ published: boolean }>(
      'feed_publish',
      'SELECT feed_publish($1, $2, $3, $4) AS published',
      [this.#organisation, version, sha256, body],
    );
    if (!row?.published) throw new Error(`Snapshot version ${version} is not later than the latest published.`);
  }

  async latest(): Promise<PublishedSnapshot | null> {
    const [row] = await this.#database.rows<{ version: string; sha256: string; body: string }>(
      'feed_latest',
      'SELECT version::text, sha256, body FROM feed_snapshot WHERE organisation = $1',
      [this.#organisation],
    );
    return row ? { ...row, version: Number(row.version) } : null;
  }

  async publishKeys(keys: ApiKey[]): Promise<KeyDelta[]> {
    if (keys.length === 0) return [];
    const [row] = await this.#database.rows<{ first: string }>(
      'feed_publish_keys',
      'SELECT feed_publish_keys($1, $2::jsonb)::text AS first',
      [this.#organisation, JSON.stringify(keys)],
    );
    return keys.map((key, index) => ({ sequence: Number(row?.first) + index, key }));
  }

  async keysSince(sequence: number, count: number): Promise<KeyDelta[]> {
    const rows = await this.#database.rows<{ sequence: string; key: ApiKey }>(
      'feed_keys_since',
      `SELECT k.sequence::text, k.key FROM feed_key k
       WHERE k.organisation = $1 AND k.sequence > $2 ORDER BY k.sequence LIMIT $3`,
      [this.#organisation, sequence, count],
    );
    return rows.map((row) => ({ sequence: Number(row.sequence), key: row.key }));
  }

  async publishCapacity(counts: CapacityCounts): Promise<void> {
    await this.#database.rows(
      'feed_publish_capacity',
      `INSERT INTO feed_capacity (organisation, body) VALUES ($1, $2)
       ON CONFLICT (organisation) DO UPDATE SET body = excluded.body`,
      [this.#organisation, JSON.stringify(counts)],
    );
  }

  async capacity(): Promise<CapacityCounts | null> {
    const [row] = await this.#database.rows<{ body: string }>(
      'feed_capacity',
      'SELECT body FROM feed_capacity WHERE organisation = $1',
      [this.#organisation],
    );
    return row ? CapacityCounts.parse(JSON.parse(row.body)) : null;
  }

  /** Resolves when the first connection listens; from then on it reconnects by itself. */
  async subscribe(onChange: () => void): Promise<() => Promise<void>> {
    let stopped = false;
    let client: pg.Client | undefined;
    let timer: NodeJS.Timeout | undefined;
    const changed = () => {
      if (!stopped) onChange();
    };

    const listen = async () => {
      const fresh = this.#database.dedicatedClient();
      client = fresh;
      // An error is always followed by `end`, or by the rejection of `connect`.
      fresh.on('error', () => undefined);
      fresh.on('notification', ({ payload }) => payload === this.#organisation && changed());
      await fresh.connect();
      fresh.once('end', again);
      await fresh.query('LISTEN o10_feed');
    };
    const again = () => {
      if (stopped) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        listen().then(changed, again);
      }, reconnectMs);
    };
    const stop = async () => {
      stopped = true;
      clearTimeout(timer);
      this.#subscriptions.delete(stop);
      await client?.end();
    };
    await listen();
    this.#subscriptions.add(stop);
    return stop;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((stop) => stop()));
    await this.#database.close();
  }
}
