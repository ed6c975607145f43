/** Where a chat completions answer carries its usage. What the object says is read by `usage/read-chat-usage`. */
import { isObject, type JsonObject } from '../json-value.js';

export { missingUsage } from '../usage/count.js';
export { countsBothSides, readChatUsage as readUsage } from '../usage/read-chat-usage.js';

/** Where venues put it: at the top, in a choice (Moonshot), or under their own name (Groq). */
export function usageIn(message: JsonObject): unknown {
  if (message.usage !== undefined && message.usage !== null) return message.usage;
  const choice: unknown = Array.isArray(message.choices) ? message.choices[0] : undefined;
  if (isObject(choice) && isObject(choice.usage)) return choice.usage;
  return isObject(message.x_groq) ? message.x_groq.usage : undefined;
}
