/**
 * The API keys, fed by deltas: one revoked among 100,000 touches one. A presented secret is looked up by its public id
 * and compared as an HMAC in constant time; an unknown id costs the same comparison.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from '#contracts/key.js';
import type { Refusal } from '#contracts/refusal.js';
import type { SnapshotFeed } from '#contracts/snapshot-feed.js';

interface HeldKey {
  key: ApiKey;
  hmac: Buffer;
  expiresAtMs: number;
}

const presented = /^sk-o10-([0-9A-Za-z]{12})-([0-9A-Za-z]{43})$/;
const pageSize = 2_000;
const nobody = Buffer.alloc(32);

export class KeyRing {
  private readonly keys = new Map<string, HeldKey>();
  private readonly pepper: KeyObject;
  private sequence = 0;

  constructor(
    private readonly feed: Pick<SnapshotFeed, 'keysSince'>,
    pepper: string,
  ) {
    this.pepper = createSecretKey(Buffer.from(pepper));
  }

  get size(): number {
    return this.keys.size;
  }

  /** Applies all deltas since the last one seen, page by page with calls served in between. */
  async refresh(): Promise<void> {
    for (;;) {
      const page = await this.feed.keysSince(this.sequence, pageSize);
      for (const { sequence, key } of page) {
        this.keys.set(key.id, {
          key,
          hmac: Buffer.from(key.secretHmac, 'hex'),
          expiresAtMs: key.expiresAt ? Date.parse(key.expiresAt) : Infinity,
        });
        this.sequence = Math.max(this.sequence, sequence);
      }
      if (page.length < pageSize) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Whose key this is. The header is `Bearer sk-o10-<id>-<secret>`; its shape is checked before anything is looked up. */
  identify(authorization: string | undefined, nowMs: number): { key: ApiKey } | { refused: Refusal } {
    if (!authorization) return refused('missing_key', 'The call carries no API key.');
    const parts = presented.exec(authorization.startsWith('Bearer ') ? authorization.slice(7) : authorization);
    const held = parts?.[1] ? this.keys.get(parts[1]) : undefined;
    const digest = createHmac('sha256', this.pepper)
      .update(parts?.[2] ?? '')
      .digest();
    const matches = timingSafeEqual(digest, held?.hmac ?? nobody);
    if (!held || !matches) return refused('unknown_key', 'The API key is not known here.');
    if (held.key.revokedAt) return refused('revoked_key', `The API key ${held.key.id} was revoked.`);
    if (held.expiresAtMs <= nowMs) return refused('expired_key', `The API key ${held.key.id} has expired.`);
    return { key: held.key };
  }
}

const refused = (code: Refusal['code'], message: string): { refused: Refusal } => ({ refused: { code, message } });
