/**
 * Decides whether a body is a Messages request we can stand behind: one JSON object in UTF-8, every deciding field once
 * and of its type. What only the venue cares about is left for the venue to judge.
 */
import type { Refusal, RefusalCode } from '#contracts/refusal.js';
import { decodeJson } from '../decode-json.js';
import { scanTopLevel, type TopLevel } from '../json-top-level.js';
import { isObject, type JsonObject } from '../json-value.js';

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

/** A caller never names the host a credential is sent to. */
const upstreamNames = ['base_url', 'api_base', 'custom_host'];

type Refused = { refusal: Refusal; parsed?: undefined };
export type ParsedRequest = { parsed: JsonObject; fields: TopLevel; refusal?: undefined } | Refused;

function refuse(code: RefusalCode, message: string, param?: string): Refused {
  return { refusal: param === undefined ? { code, message } : { code, message, param } };
}

const wrong = (param: string, expected: string): Refused =>
  refuse('invalid_request', `"${param}" must be ${expected}.`, param);

export function parseRequest(body: Buffer): ParsedRequest {
  const decoded = decodeJson(body);
  if (decoded.error !== undefined) return refuse('invalid_json', `The body is not valid ${decoded.error}.`);
  const parsed = decoded.value;
  if (!isObject(parsed)) return refuse('invalid_json', 'The body is JSON, but not an object.');
  const fields = scanTopLevel(body, deciding);
  if (!fields) return refuse('invalid_json', 'The body is not one JSON object.');
  if (fields.duplicate !== null)
    return refuse('duplicate_field', `"${fields.duplicate}" is given more than once.`, fields.duplicate);
  const upstream = upstreamNames.find((name) => Object.hasOwn(parsed, name));
  if (upstream)
    return refuse('invalid_request', `"${upstream}" is not accepted: a caller does not choose the host.`, upstream);
  return wrongType(parsed) ?? { parsed, fields };
}

/** The first field of the wrong type. */
function wrongType(parsed: JsonObject): Refused | null {
  const { model, messages, max_tokens: limit } = parsed;
  if (typeof model !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(model))
    return wrong('model', 'a name of 1 to 200 printable ASCII characters without spaces');
  if (!Array.isArray(messages) || messages.length === 0) return wrong('messages', 'a list with at least one message');
  const stranger = messages.findIndex((message) => !isObject(message));
  if (stranger >= 0) return wrong(`messages[${stranger}]`, 'an object');
  if (limit !== undefined && !(Number.isSafeInteger(limit) && (limit as number) >= 1))
    return wrong('max_tokens', 'a whole number from 1');
  if (parsed.stream !== undefined && typeof parsed.stream !== 'boolean') return wrong('stream', 'true or false');
  if (parsed.tools !== undefined && !Array.isArray(parsed.tools)) return wrong('tools', 'a list');
  for (const name of ['metadata', 'provider'])
    if (parsed[name] !== undefined && parsed[name] !== null && !isObject(parsed[name])) return wrong(name, 'an object');
  return null;
}
