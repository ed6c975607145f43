/** Puts a webhook. Its secret is ours, 32 random bytes, shown once; it never follows to another host. */
import { randomBytes } from 'node:crypto';
import type { WebhookAnswer } from '#contracts/api/alert-api.js';
import type { Webhook } from '#contracts/alert.js';
import { sealText, webhookAad } from '#runtime/seal.js';
import type { Actor, ControlContext } from '../control-context.js';

export async function putWebhook(
  { webhooks, masterKey }: Pick<ControlContext, 'webhooks' | 'masterKey'>,
  actor: Actor,
  webhook: Webhook,
): Promise<WebhookAnswer> {
  const known = await webhooks.find(webhook.id);
  if (known && webhookAad(known) === webhookAad(webhook)) {
    await webhooks.put({ ...known, ...webhook }, actor.name);
    return { ...webhook, secret: null };
  }
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  await webhooks.put({ ...webhook, sealedSecret: sealText(masterKey, secret, webhookAad(webhook)) }, actor.name);
  return { ...webhook, secret };
}
