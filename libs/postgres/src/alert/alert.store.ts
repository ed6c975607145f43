/** Alerts that were raised, and what each still owes to webhooks. */
import type { Pool } from 'pg';
import { Alert, AlertBody } from '#contracts/alert.js';

export interface NewAlert {
  id: string;
  /** Raised once while it lasts. */
  onceKey: string;
  body: AlertBody;
}

export interface OwedDelivery {
  alert: string;
  webhook: string;
}

interface AlertRow {
  id: string;
  organisation: string;
  body: unknown;
  raised_at: Date;
  ended_at: Date | null;
}

/** A job that was queued and never heard of again is queued anew after this long. */
const queuedAgainMs = 6 * 3_600_000;

export class AlertStore {
  constructor(
    private readonly pool: Pool,
    private readonly organisation: string,
  ) {}

  /** Returns those that are news. Each owes a delivery to every webhook there is now. */
  async raise(alerts: readonly NewAlert[], nowMs: number): Promise<string[]> {
    if (alerts.length === 0) return [];
    const { rows } = await this.pool.query<{ id: string }>(
      `WITH news AS (
         INSERT INTO alert (id, organisation, once_key, kind, body, raised_at)
         SELECT a.id, $1, a.once_key, a.body ->> 'kind', a.body, $5
         FROM unnest($2::uuid[], $3::text[], $4::jsonb[]) AS a(id, once_key, body)
         ON CONFLICT (organisation, once_key) WHERE ended_at IS NULL DO NOTHING
         RETURNING id),
       owed AS (
         INSERT INTO webhook_delivery (alert, organisation, webhook)
         SELECT news.id, $1, w.id FROM news, webhook w WHERE w.organisation = $1)
       SELECT id FROM news`,
      [
        this.organisation,
        alerts.map(({ id }) => id),
        alerts.map(({ onceKey }) => onceKey),
        alerts.map(({ body }) => JSON.stringify(AlertBody.encode(body))),
        new Date(nowMs),
      ],
    );
    return rows.map(({ id }) => id);
  }

  /** Keys of burn rates that have not fallen again. */
  async lasting(): Promise<string[]> {
    const { rows } = await this.pool.query<{ once_key: string }>(
      `SELECT once_key FROM alert WHERE organisation = $1 AND kind = 'burn_rate' AND ended_at IS NULL`,
      [this.organisation],
    );
    return rows.map(({ once_key }) => once_key);
  }

  /** Of these, what still lasted is over, and may be raised again. */
  async end(onceKeys: readonly string[], nowMs: number): Promise<void> {
    await this.pool.query(
      `UPDATE alert SET ended_at = $3 WHERE organisation = $1 AND once_key = ANY ($2) AND ended_at IS NULL`,
      [this.organisation, onceKeys, new Date(nowMs)],
    );
  }

  async newest(count: number): Promise<Alert[]> {
    const { rows } = await this.pool.query<AlertRow>(
      `SELECT id, organisation, body, raised_at, ended_at FROM alert WHERE organisation = $1
       ORDER BY raised_at DESC, id DESC LIMIT $2`,
      [this.organisation, count],
    );
    return rows.map(alertOf);
  }

  async find(id: string): Promise<Alert | null> {
    const { rows } = await this.pool.query<AlertRow>(
      'SELECT id, organisation, body, raised_at, ended_at FROM alert WHERE organisation = $1 AND id = $2',
      [this.organisation, id],
    );
    return rows[0] ? alertOf(rows[0]) : null;
  }

  /** Deliveries nobody has queued, oldest first. */
  async owed(count: number, nowMs: number): Promise<OwedDelivery[]> {
    const { rows } = await this.pool.query<OwedDelivery>(
      `SELECT d.alert, d.webhook FROM webhook_delivery d JOIN alert a ON a.id = d.alert
       WHERE d.organisation = $1 AND d.delivered_at IS NULL AND d.given_up_at IS NULL
         AND (d.queued_at IS NULL OR d.queued_at < $3)
       ORDER BY a.raised_at LIMIT $2`,
      [this.organisation, count, new Date(nowMs - queuedAgainMs)],
    );
    return rows;
  }

  async queued(deliveries: readonly OwedDelivery[], nowMs: number): Promise<void> {
    await this.pool.query(
      `UPDATE webhook_delivery SET queued_at = $4
       WHERE organisation = $1 AND (alert, webhook) IN (SELECT * FROM unnest($2::uuid[], $3::text[]))`,
      [
        this.organisation,
        deliveries.map(({ alert }) => alert),
        deliveries.map(({ webhook }) => webhook),
        new Date(nowMs),
      ],
    );
  }

  /** `given_up`: not tried again; `failed`: why the last attempt did. */
  async delivery(
    { alert, webhook }: OwedDelivery,
    ending: 'delivered' | 'failed' | 'given_up',
    error: string | null,
    nowMs: number,
  ): Promise<void> {
    await this.pool.query(
      `UPDATE webhook_delivery SET last_error = $4,
         delivered_at = CASE WHEN $5 = 'delivered' THEN $6::timestamptz END,
         given_up_at = CASE WHEN $5 = 'given_up' THEN $6::timestamptz END
       WHERE organisation = $1 AND alert = $2 AND webhook = $3`,
      [this.organisation, alert, webhook, error?.slice(0, 500) ?? null, ending, new Date(nowMs)],
    );
  }
}

const alertOf = ({ id, organisation, body, raised_at, ended_at }: AlertRow): Alert => ({
  id,
  organisation,
  raisedAt: raised_at.toISOString(),
  endedAt: ended_at?.toISOString() ?? null,
  body: AlertBody.parse(body),
});
