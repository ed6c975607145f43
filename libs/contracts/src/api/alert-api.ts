/** Alerts and webhooks over the API. */
import { z } from 'zod';
import { Alert, Webhook } from '../alert.js';
import { listOf } from './stored.js';

export const AlertList = listOf(Alert).meta({ id: 'AlertList' });

/** Body of `PUT /api/webhooks/:id`. */
export const WebhookPut = Webhook.omit({ id: true }).meta({ id: 'WebhookPut' });
export type WebhookPut = z.output<typeof WebhookPut>;

export const WebhookList = listOf(Webhook).meta({ id: 'WebhookList' });

/** `secret` is shown once, when it is made: with a new webhook, and with one that moves to another host. */
export const WebhookAnswer = Webhook.extend({ secret: z.string().nullable() }).meta({ id: 'WebhookAnswer' });
export type WebhookAnswer = z.output<typeof WebhookAnswer>;
