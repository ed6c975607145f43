/** Which chat completions requests we can stand behind, and the types of their deciding fields. */
import { scanTopLevel, type TopLevel } from '../json-top-level.js';
import { isObject, textOf, type JsonObject } from '../json-value.js';
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
  ...[
    'model',
    'stream',
    'max_tokens',
    'max_completion_tokens',
    'n',
    'stream_options',
    'service_tier',
    'provider',
    'metadata',
  ],
  ...['messages', 'tools', 'store', 'prompt_cache_key', 'session_id', 'usage'],
  ...['web_search_options', 'search_parameters', 'plugins'],
]);
const decidingStreamOptions: ReadonlySet<string> = new Set(['include_usage', 'include_cost']);

export const parseRequest = (body: Buffer): ParsedRequest =>
  parseBody(body, { deciding, wrongType, doubledInside: doubledStreamOption });

/** We edit `stream_options`, and of two equal names a venue may read the one we did not edit. */
function doubledStreamOption(body: Buffer, parsed: JsonObject, fields: TopLevel): string | null {
  const span = fields.members.get('stream_options');
  if (!span || !isObject(parsed.stream_options)) return null;
  const name = scanTopLevel(body, decidingStreamOptions, span.valueStart, span.valueEnd)?.duplicate ?? null;
  return name === null ? null : `stream_options.${name}`;
}

/** The first field of the wrong type. */
function wrongType(parsed: JsonObject): Refused | null {
  const { model, messages } = parsed;
  const nameless = wrongModel(model);
  if (nameless) return nameless;
  if (!Array.isArray(messages) || messages.length === 0) return wrong('messages', 'a list with at least one message');
  const stranger = messages.findIndex((message) => !isObject(message));
  if (stranger >= 0) return wrong(`messages[${stranger}]`, 'an object');
  for (const name of ['stream', 'store']) if (!absentOr(parsed[name], isBoolean)) return wrong(name, 'true or false');
  for (const name of ['max_tokens', 'max_completion_tokens'])
    if (!absentOr(parsed[name], isPositive)) return wrong(name, 'a whole number from 1');
  if (!absentOr(parsed.n, (value) => isPositive(value) && (value as number) <= 128))
    return wrong('n', 'a whole number from 1 to 128');
  if (!absentOr(parsed.tools, Array.isArray)) return wrong('tools', 'a list');
  if (!absentOr(parsed.service_tier, isText)) return wrong('service_tier', 'text');
  for (const name of ['stream_options', 'provider', 'metadata'])
    if (!absentOr(parsed[name], isObject)) return wrong(name, 'an object');
  const named = isObject(parsed.metadata) ? parsed.metadata.use_case : undefined;
  return absentOr(named, (value) => textOf(value) !== null)
    ? null
    : wrong('metadata.use_case', 'the name of a use case');
}
