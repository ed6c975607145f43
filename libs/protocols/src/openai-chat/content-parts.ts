/** The parts of a message's content. Text may stand alone or as one part among images, sounds and files. */
import { isObject, type JsonObject } from '../json-value.js';

export function partsOf(message: JsonObject): JsonObject[] {
  return Array.isArray(message.content) ? (message.content as unknown[]).filter(isObject) : [];
}

/** Calls `visit` for every part of every message that is not text. */
export function eachMediaPart(messages: readonly JsonObject[], visit: (part: JsonObject) => void): void {
  for (const message of messages) {
    if (typeof message.content === 'string') continue;
    for (const part of partsOf(message)) if (part.type !== 'text' && part.type !== 'refusal') visit(part);
  }
}
