/** Callers' keys over the API. The secret is shown once, in the answer that issues it. */
import { z } from 'zod';
import { ApiKey } from '../key.js';
import { Instant, Slug } from '../names.js';
import { listOf } from './stored.js';

const { id, secretHmac, organisation, ...settings } = ApiKey.shape;
void [secretHmac, organisation];

/** Body of `POST /api/keys`. */
export const KeyPost = z
  .object({
    name: settings.name,
    team: settings.team,
    useCase: settings.useCase.default(null),
    scopes: settings.scopes.default(['call']),
    modelAllowList: settings.modelAllowList.default(null),
    expiresAt: settings.expiresAt.default(null),
  })
  .meta({ id: 'KeyPost' });
export type KeyPost = z.output<typeof KeyPost>;

/** Body of `POST /api/keys/bulk`: `count` keys of one kind, named `<name>-<number>`. */
export const KeyBulkPost = z
  .object({ ...KeyPost.shape, name: z.string().min(1).max(180), count: z.number().int().min(1).max(100_000) })
  .meta({ id: 'KeyBulkPost' });
export type KeyBulkPost = z.output<typeof KeyBulkPost>;

/** Body of `POST /api/keys/:id/rotate`: both keys work for so long, then only the new one. */
export const KeyRotate = z
  .object({
    overlapSeconds: z
      .number()
      .int()
      .min(0)
      .max(90 * 86_400)
      .default(86_400),
  })
  .meta({ id: 'KeyRotate' });
export type KeyRotate = z.output<typeof KeyRotate>;

export const KeyAnswer = z.object({ id, organisation: Slug, ...settings }).meta({ id: 'KeyAnswer' });
export type KeyAnswer = z.output<typeof KeyAnswer>;

/** `secret` is the whole key, as a caller presents it. It cannot be shown again. */
export const KeyIssued = z.object({ secret: z.string(), key: KeyAnswer }).meta({ id: 'KeyIssued' });
export type KeyIssued = z.output<typeof KeyIssued>;

/** A line of the bulk answer. */
export const KeyLine = z.object({ id, secret: z.string() }).meta({ id: 'KeyLine' });

export const KeyQuery = z.object({
  after: id.optional(),
  count: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type KeyQuery = z.output<typeof KeyQuery>;
export const KeyList = listOf(KeyAnswer).meta({ id: 'KeyList' });
export const KeyRevoked = z.object({ id, revokedAt: Instant }).meta({ id: 'KeyRevoked' });
