/**
 * Leadership by an advisory lock: of all processes that ask for a name, one has it. It lasts as long as its
 * connection; whoever loses that has lost it at once, and whatever it then still does must be harmless when done twice.
 */
import pg from 'pg';

/** A frozen leader is replaced after this long. */
const silenceMaxMs = 12_000;

export class LeaderLock {
  private client: pg.Client | null = null;
  private asking: Promise<boolean> | null = null;

  constructor(
    private readonly databaseUrl: string,
    private readonly name: string,
  ) {}

  /** Whether the lock is ours, taking it where it is free. False also while the database does not answer. */
  async isOurs(): Promise<boolean> {
    if (this.client) return true;
    this.asking ??= this.ask().finally(() => (this.asking = null));
    return this.asking;
  }

  private async ask(): Promise<boolean> {
    const client = new pg.Client({
      connectionString: this.databaseUrl,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => undefined); // `end` follows
    client.once('end', () => {
      if (this.client === client) this.client = null;
    });
    try {
      await client.connect();
      const { rows } = await client.query<{ taken: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken',
        [`o10 leader ${this.name}`],
      );
      if (rows[0]?.taken) await this.keep(client);
    } catch {
      // Nobody leads through a database that does not answer; asked again, it may.
    }
    if (this.client !== client) await client.end().catch(() => undefined);
    return this.client === client;
  }

  /** A leader that is frozen says nothing, and the server gives its place away. */
  private async keep(client: pg.Client): Promise<void> {
    await client.query(`SET idle_session_timeout = ${silenceMaxMs}`);
    const heartbeat = setInterval(() => void client.query('SELECT 1').catch(() => undefined), silenceMaxMs / 4).unref();
    client.once('end', () => clearInterval(heartbeat));
    this.client = client;
  }

  async release(): Promise<void> {
    await this.asking;
    const client = this.client;
    this.client = null;
    await client?.end().catch(() => undefined);
  }
}
