/** Which Messages requests we can stand behind, and the types of their deciding fields. */
import { isObject, type JsonObject } from '../json-value.js';
import { isPositive, parseBody, type ParsedRequest, type Refused, wrong, wrongModel } from '../parse-body.js';

/** Fields that decide cost, policy or what is asked; each may stand once. */
const deciding: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'max_tokens',
  'service_tier',
  'messages',
  'system',
  'tools',
  'metadata',
  'provider',
  'mcp_servers',
  'container',
]);

export const parseRequest = (body: Buffer): ParsedRequest => parseBody(body, { deciding, wrongType });

/** The first field of the wrong type. */
function wrongType(parsed: JsonObject): Refused | null {
  const { model, messages, max_tokens: limit } = parsed;
  const nameless = wrongModel(model);
  if (nameless) return nameless;
  if (!Array.isArray(messages) || messages.length === 0) return wrong('messages', 'a list with at least one message');
  const stranger = messages.findIndex((message) => !isObject(message));
  if (stranger >= 0) return wrong(`messages[${stranger}]`, 'an object');
  if (limit !== undefined && !isPositive(limit)) return wrong('max_tokens', 'a whole number from 1');
  if (parsed.stream !== undefined && typeof parsed.stream !== 'boolean') return wrong('stream', 'true or false');
  if (parsed.tools !== undefined && !Array.isArray(parsed.tools)) return wrong('tools', 'a list');
  for (const name of ['metadata', 'provider'])
    if (parsed[name] !== undefined && parsed[name] !== null && !isObject(parsed[name])) return wrong(name, 'an object');
  return null;
}
