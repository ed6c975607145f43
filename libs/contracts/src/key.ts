/** API keys travel as a feed of deltas, so that revoking one of 100,000 touches one. Secrets never travel: only their HMAC. */
import { z } from 'zod';
import { Digest, Instant, Slug } from './names.js';

/** `pin`: uncleared routes by name, in enforce. `venue_state`: what venues keep under our credential and no team was given here. */
export const KeyScope = z.enum(['call', 'pin', 'venue_state']).meta({ id: 'KeyScope' });

/** A caller's key as the proxy knows it. Presented as `sk-o10-<id>-<secret>`, id 12 and secret 43 characters of base62. */
export const ApiKey = z
  .object({
    id: z.string().regex(/^[0-9A-Za-z]{12}$/),
    /** HMAC-SHA-256 of the secret under the installation's pepper. */
    secretHmac: Digest,
    name: z.string().min(1).max(200),
    organisation: Slug,
    team: Slug,
    /** Calls with this key belong to this use case, whatever they say themselves. */
    useCase: Slug.nullable(),
    scopes: z.array(KeyScope),
    modelAllowList: z.array(z.string()).nullable(),
    expiresAt: Instant.nullable(),
    revokedAt: Instant.nullable(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.output<typeof ApiKey>;

/** One step of the feed. Steps are applied in order of `sequence`; a later one for the same id replaces the earlier. */
export const KeyDelta = z.object({ sequence: z.number().int().positive(), key: ApiKey });
export type KeyDelta = z.output<typeof KeyDelta>;
