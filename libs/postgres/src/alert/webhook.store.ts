/** Where alerts are told. The secret is sealed by whoever puts it here. */
import type { Pool } from 'pg';
import type { Webhook } from '#contracts/alert.js';

export interface SealedWebhook extends Webhook {
  sealedSecret: string;
}

export class WebhookStore {
  constructor(
    private readonly pool: Pool,
    private readonly organisation: string,
  ) {}

  async list(): Promise<SealedWebhook[]> {
    const { rows } = await this.pool.query<SealedWebhook>(
      `SELECT id, url, sealed_secret AS "sealedSecret" FROM webhook WHERE organisation = $1 ORDER BY id`,
      [this.organisation],
    );
    return rows;
  }

  async find(id: string): Promise<SealedWebhook | null> {
    return (await this.list()).find((webhook) => webhook.id === id) ?? null;
  }

  async put({ id, url, sealedSecret }: SealedWebhook, by: string): Promise<void> {
    await this.pool.query(
      `INSERT INTO webhook (organisation, id, url, sealed_secret, changed_by) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (organisation, id) DO UPDATE
         SET url = excluded.url, sealed_secret = excluded.sealed_secret, changed_at = clock_timestamp(), changed_by = $5`,
      [this.organisation, id, url, sealedSecret, by],
    );
  }

  /** What it is still owed is forgotten with it. */
  async delete(id: string): Promise<boolean> {
    await this.pool.query(
      `DELETE FROM webhook_delivery WHERE organisation = $1 AND webhook = $2 AND delivered_at IS NULL`,
      [this.organisation, id],
    );
    const { rowCount } = await this.pool.query('DELETE FROM webhook WHERE organisation = $1 AND id = $2', [
      this.organisation,
      id,
    ]);
    return rowCount === 1;
  }
}
