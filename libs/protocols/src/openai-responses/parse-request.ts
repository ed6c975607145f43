/** Which Responses requests we can stand behind, and the types of their deciding fields. */
import { isObject, type JsonObject, textOf } from '../json-value.js';
import {
  absentOr,
  isBoolean,
  isPositive,
  isText,
  parseBody,
  type ParsedRequest,
  type Refused,
  wrong,
  wrongModel,
} from '../parse-body.js';

/** Fields that decide cost, policy or what is asked; each may stand once. */
const deciding: ReadonlySet<string> = new Set([
  ...['model', 'stream', 'max_output_tokens', 'max_tool_calls', 'service_tier', 'provider', 'metadata', 'input'],
  ...['instructions', 'tools', 'text', 'store', 'background', 'previous_response_id', 'conversation', 'prompt'],
  ...['prompt_cache_key', 'session_id'],
]);

export const parseRequest = (body: Buffer): ParsedRequest => parseBody(body, { deciding, wrongType });

const idPattern = /^[\w-]{1,256}$/;

/** The first field of the wrong type. */
function wrongType(parsed: JsonObject): Refused | null {
  const nameless = wrongModel(parsed.model);
  if (nameless) return nameless;
  const { input } = parsed;
  if (!absentOr(input, (value) => typeof value === 'string' || Array.isArray(value)))
    return wrong('input', 'text or a list of items');
  const stranger = Array.isArray(input) ? input.findIndex((item) => !isObject(item)) : -1;
  if (stranger >= 0) return wrong(`input[${stranger}]`, 'an object');
  for (const name of ['stream', 'store', 'background'])
    if (!absentOr(parsed[name], isBoolean)) return wrong(name, 'true or false');
  for (const name of ['max_output_tokens', 'max_tool_calls'])
    if (!absentOr(parsed[name], isPositive)) return wrong(name, 'a whole number from 1');
  if (!absentOr(parsed.tools, Array.isArray)) return wrong('tools', 'a list');
  for (const name of ['service_tier', 'instructions']) if (!absentOr(parsed[name], isText)) return wrong(name, 'text');
  for (const name of ['provider', 'metadata', 'text', 'prompt'])
    if (!absentOr(parsed[name], isObject)) return wrong(name, 'an object');
  if (!absentOr(parsed.previous_response_id, (value) => idPattern.test(String(value))))
    return wrong('previous_response_id', 'the id of a response');
  const named = isObject(parsed.metadata) ? parsed.metadata.use_case : undefined;
  return absentOr(named, (value) => textOf(value) !== null)
    ? null
    : wrong('metadata.use_case', 'the name of a use case');
}
