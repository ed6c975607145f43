/** The items of a Responses input. A message may leave out its type; text alone is one message of the user. */
import { isObject, type JsonObject } from '../json-value.js';

export function itemsOf(parsed: JsonObject): JsonObject[] {
  if (typeof parsed.input === 'string') return [{ role: 'user', content: parsed.input }];
  return Array.isArray(parsed.input) ? parsed.input.filter(isObject) : [];
}

export const typeOf = (item: JsonObject): unknown => item.type ?? 'message';

/** The items as messages, the instructions before them. */
export function messagesOf(parsed: JsonObject): JsonObject[] {
  const said = itemsOf(parsed)
    .filter((item) => typeOf(item) === 'message')
    .map(({ role, content }) => ({ role, content }));
  return typeof parsed.instructions === 'string' ? [{ role: 'system', content: parsed.instructions }, ...said] : said;
}

const textParts: ReadonlySet<unknown> = new Set(['input_text', 'output_text', 'refusal', 'summary_text']);

/** Calls `visit` for every part that is not text, in messages and in what tools gave back. */
export function eachMediaPart(items: readonly JsonObject[], visit: (part: JsonObject) => void): void {
  for (const item of items)
    for (const parts of [item.content, item.output])
      if (Array.isArray(parts)) for (const part of parts) if (isObject(part) && !textParts.has(part.type)) visit(part);
}
