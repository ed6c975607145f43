/**
 * The texts by which calls are recognised: what opens a conversation, and what was asked last. Media stand in as
 * their ends and length; hashing megabytes of base64 on every call would be felt.
 */
import { createHash } from 'node:crypto';
import { isObject, type JsonObject } from './json-value.js';

/** Longer openings are replaced by their digest, never cut: calls that differ only at the end must differ here. */
const firstMessagesMaxChars = 4_096;

function textOfPart(part: unknown): string {
  if (typeof part === 'string') return part;
  if (!isObject(part)) return '';
  if (typeof part.text === 'string') return part.text;
  const media = Object.values(part).find(isObject) ?? {};
  const reference = Object.values(media).find((value) => typeof value === 'string') ?? '';
  return `[${String(part.type)} ${reference.length} ${reference.slice(0, 64)} ${reference.slice(-64)}]`;
}

export function textOfMessage(message: JsonObject): string {
  const { content } = message;
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? content.map(textOfPart).join('\n') : '';
}

/** Roles and texts up to the first user message, or `sha256:<hex>` of them where they are long. */
export function firstMessagesTextOf(messages: readonly JsonObject[]): string {
  const firstUser = messages.findIndex((message) => message.role === 'user');
  const opening = firstUser < 0 ? messages : messages.slice(0, firstUser + 1);
  const texts = opening.flatMap((message) => [String(message.role), '\n', textOfMessage(message), '\n\n']);
  texts.pop();
  if (texts.reduce((sum, text) => sum + text.length, 0) <= firstMessagesMaxChars) return texts.join('');
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text); // piece by piece: the pieces joined would be copied first
  return `sha256:${hash.digest('hex')}`;
}

/** Empty where there is no user message. */
export function lastUserTextOf(messages: readonly JsonObject[]): string {
  const last = messages.findLast((message) => message.role === 'user');
  return last ? textOfMessage(last) : '';
}
