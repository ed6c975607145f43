/** Whose call it is, as wire formats let a caller say it in the body: who asks to be forgotten is found by it. */
import { isObject, parseObject, textOf } from './json-value.js';

/** `safety_identifier` and `user` (OpenAI), `metadata.user_id` (Anthropic); null where none is given. */
export function readSubject(body: string): string | null {
  const parsed = parseObject(body);
  if (!parsed) return null;
  const { safety_identifier: identifier, user, metadata } = parsed;
  return textOf(identifier) ?? textOf(user) ?? (isObject(metadata) ? textOf(metadata['user_id']) : null);
}
