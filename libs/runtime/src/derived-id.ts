/** An id that is made again from what it is about: what must be written once, though it may be tried twice. */
import { createHash } from 'node:crypto';

/** UUID version 8 (RFC 9562 §5.8) of the first bytes of SHA-256. */
export function derivedId(about: string): string {
  const digest = createHash('sha256').update(about, 'utf8').digest('hex');
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}
