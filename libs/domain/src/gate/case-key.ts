/**
 * Digests that tell calls apart: which case of a suite a live call asks, and which cluster it belongs to.
 * The case key is unkeyed, so that a suite can be built anywhere: it stays with the suite and out of the ledger.
 */
import { createHash, createHmac, type KeyObject } from 'node:crypto';

/** SHA-256 hex of the last user text after NFKC, with runs of white space as one space and none at the ends. */
export function inputDigestOf(lastUserText: string): string {
  return createHash('sha256').update(normalised(lastUserText), 'utf8').digest('hex');
}

export interface ClusterSource {
  /** The session the caller named, if any. */
  session: string | null;
  /** Text of the first messages, which later turns of a conversation, retries and cached duplicates repeat. */
  firstMessages: string;
}

/**
 * HMAC-SHA-256 hex of the session, else of the first messages. Keyed, because it is written into the ledger and a bare
 * hash of a guessable prompt gives the prompt away; the kind is part of the input, so no session id can pose as a text.
 */
export function clusterOf(digestKey: KeyObject | Uint8Array | string, source: ClusterSource): string {
  const [kind, text] =
    source.session === null ? ['messages', normalised(source.firstMessages)] : ['session', source.session];
  return createHmac('sha256', digestKey).update(`${kind}\u0000${text}`, 'utf8').digest('hex');
}

/**
 * HMAC-SHA-256 hex of what was asked, whoever asked it: the opening of the conversation and its last user text. The same
 * prompt from two sessions is two clusters and still one observation.
 */
export function promptOf(
  digestKey: KeyObject | Uint8Array | string,
  asked: { firstMessages: string; lastUserText: string },
): string {
  const text = [asked.firstMessages, asked.lastUserText].map(normalised).join('\u0000');
  return createHmac('sha256', digestKey).update(`prompt\u0000${text}`, 'utf8').digest('hex');
}

const normalised = (text: string): string => text.normalize('NFKC').replace(/\s+/gu, ' ').trim();
