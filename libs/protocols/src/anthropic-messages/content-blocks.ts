/** The blocks of a message's content; those inside tool results too. Text may stand alone as a string. */
import { isObject, type JsonObject } from '../json-value.js';

export function eachBlock(messages: readonly JsonObject[], visit: (block: JsonObject) => void): void {
  for (const message of messages) walk(message.content, visit, 0);
}

/** Tool results nest one level by the reference; deeper is not looked at. */
const depthMax = 3;

function walk(content: unknown, visit: (block: JsonObject) => void, depth: number): void {
  if (!Array.isArray(content) || depth > depthMax) return;
  for (const block of content as unknown[]) {
    if (!isObject(block)) continue;
    visit(block);
    walk(block.content, visit, depth + 1);
  }
}
