/**
 * Encryption at rest for credentials and mirrored calls: AES-256-GCM, a random 96-bit nonce in front, the tag behind.
 * `aad` names the row the text belongs to, so that a sealed value moved to another row does not open.
 */
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

const nonceBytes = 12;
const tagBytes = 16;

/** Requires a key of 32 bytes; on the path of calls a KeyObject, which Node checks ten times faster than bytes. */
export function seal(key: Buffer | KeyObject, plain: Buffer, aad: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(aad));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Throws when key, `aad` or a single byte differs from what was sealed. */
export function open(key: Buffer, sealed: Buffer, aad: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(aad)).setAuthTag(sealed.subarray(-tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
}

export const sealText = (key: Buffer, text: string, aad: string): string =>
  seal(key, Buffer.from(text), aad).toString('base64');

export const openText = (key: Buffer, sealed: string, aad: string): string =>
  open(key, Buffer.from(sealed, 'base64'), aad).toString();

/** What a venue's sealed credential is bound to. The host is part of it: a credential never follows a changed host. */
export const credentialAad = (venue: { id: string; baseUrl: string }): string =>
  `venue|${venue.id}|${new URL(venue.baseUrl).host}`;

/** What a webhook's sealed secret is bound to, likewise. */
export const webhookAad = (webhook: { id: string; url: string }): string =>
  `webhook|${webhook.id}|${new URL(webhook.url).host}`;

/** A 32-byte key from the 64 hex characters a setting holds. */
export function keyFromHex(hex: string): Buffer {
  const key = Buffer.from(hex, 'hex');
  if (key.length !== 32) throw new Error('A key is 64 hexadecimal characters.');
  return key;
}
