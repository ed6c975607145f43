/**
 * Tells one webhook of one alert, signed as Standard Webhooks says: HMAC-SHA-256 over id, timestamp and body, so that a
 * receiver knows who speaks and that it is not an old word played again.
 */
import { Webhook as Signer } from 'standardwebhooks';
import { Alert } from '#contracts/alert.js';
import type { WebhookJob } from '#contracts/jobs.js';
import type { AlertStore } from '#postgres/alert/alert.store.js';
import type { WebhookStore } from '#postgres/alert/webhook.store.js';
import { openText, webhookAad } from '#runtime/seal.js';
import type { WebhookClient } from '#venues/post-webhook.js';

export interface DeliverAlertParts {
  alerts: Pick<AlertStore, 'find' | 'delivery'>;
  webhooks: Pick<WebhookStore, 'find'>;
  client: Pick<WebhookClient, 'post'>;
  masterKey: Buffer;
  nowMs: () => number;
}

/** Throws while it is not taken, to be tried again; `last`: it will not be. */
export async function deliverAlert(parts: DeliverAlertParts, job: WebhookJob, last: boolean): Promise<void> {
  const { alerts, webhooks, client, masterKey, nowMs } = parts;
  const [alert, webhook] = [await alerts.find(job.alert), await webhooks.find(job.webhook)];
  if (!alert || !webhook) return; // deleted since: nobody waits for it
  const at = new Date(nowMs());
  const type = `${alert.body.kind === 'overrun' ? 'call' : 'envelope'}.${alert.body.kind}`;
  const body = JSON.stringify({ type, timestamp: alert.raisedAt, data: Alert.encode(alert) });
  const secret = openText(masterKey, webhook.sealedSecret, webhookAad(webhook));
  const error = await client.post({
    url: webhook.url,
    headers: {
      'content-type': 'application/json',
      'webhook-id': alert.id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Signer(secret).sign(alert.id, at, body),
    },
    body,
  });
  const ending = error === null ? 'delivered' : last ? 'given_up' : 'failed';
  await alerts.delivery(job, ending, error, nowMs());
  if (error !== null) throw new Error(`The webhook ${webhook.id} ${error}.`);
}
