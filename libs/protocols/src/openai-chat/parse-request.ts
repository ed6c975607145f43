/**
 * Decides whether a body is a chat completions request we can stand behind: strict UTF-8, one JSON object, every
 * deciding field once and of its type. What a venue alone cares about is left for the venue to judge.
 */
import type { Refusal, RefusalCode } from '#contracts/refusal.js';
import { decodeJson } from '../decode-json.js';
import { scanTopLevel, type MemberSpan, type TopLevel } from '../json-top-level.js';
import { isObject, textOf, type JsonObject } from '../json-value.js';

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

/** A caller never names the host a credential is sent to. */
const upstreamNames = ['base_url', 'api_base', 'custom_host'];

type Refused = { refusal: Refusal; parsed?: undefined };
export type ParsedRequest = { parsed: JsonObject; fields: TopLevel; refusal?: undefined } | Refused;

export function refuse(code: RefusalCode, message: string, param?: string): Refused {
  return { refusal: param === undefined ? { code, message } : { code, message, param } };
}

export function wrong(param: string, expected: string): Refused {
  return refuse('invalid_request', `"${param}" must be ${expected}.`, param);
}

export function parseRequest(body: Buffer): ParsedRequest {
  const read = parseBody(body);
  if (read.refusal) return read;
  const { parsed } = read;
  const fields = scanTopLevel(body, deciding);
  if (!fields) return refuse('invalid_json', 'The body is not one JSON object.');
  const doubled = fields.duplicate ?? doubledStreamOption(body, parsed, fields.members.get('stream_options'));
  if (doubled !== null) return refuse('duplicate_field', `"${doubled}" is given more than once.`, doubled);
  const upstream = upstreamNames.find((name) => Object.hasOwn(parsed, name));
  if (upstream)
    return refuse('invalid_request', `"${upstream}" is not accepted: a caller does not choose the host.`, upstream);
  return wrongType(parsed) ?? { parsed, fields };
}

function parseBody(body: Buffer): { parsed: JsonObject; refusal?: undefined } | Refused {
  const decoded = decodeJson(body);
  if (decoded.error !== undefined) return refuse('invalid_json', `The body is not valid ${decoded.error}.`);
  const parsed = decoded.value;
  return isObject(parsed) ? { parsed } : refuse('invalid_json', 'The body is JSON, but not an object.');
}

/** We edit `stream_options`, and of two equal names a venue may read the one we did not edit. */
function doubledStreamOption(body: Buffer, parsed: JsonObject, span: MemberSpan | undefined): string | null {
  if (!span || !isObject(parsed.stream_options)) return null;
  const name = scanTopLevel(body, decidingStreamOptions, span.valueStart, span.valueEnd)?.duplicate ?? null;
  return name === null ? null : `stream_options.${name}`;
}

/** The first field of the wrong type. */
function wrongType(parsed: JsonObject): Refused | null {
  const { model, messages } = parsed;
  if (typeof model !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(model))
    return wrong('model', 'a name of 1 to 200 printable ASCII characters without spaces');
  if (!Array.isArray(messages) || messages.length === 0) return wrong('messages', 'a list with at least one message');
  const stranger = messages.findIndex((message) => !isObject(message));
  if (stranger >= 0) return wrong(`messages[${stranger}]`, 'an object');
  for (const name of ['stream', 'store'])
    if (!absentOr(parsed[name], (value) => typeof value === 'boolean')) return wrong(name, 'true or false');
  for (const name of ['max_tokens', 'max_completion_tokens'])
    if (!absentOr(parsed[name], isPositive)) return wrong(name, 'a whole number from 1');
  if (!absentOr(parsed.n, (value) => isPositive(value) && (value as number) <= 128))
    return wrong('n', 'a whole number from 1 to 128');
  if (!absentOr(parsed.tools, Array.isArray)) return wrong('tools', 'a list');
  if (!absentOr(parsed.service_tier, (value) => typeof value === 'string')) return wrong('service_tier', 'text');
  for (const name of ['stream_options', 'provider', 'metadata'])
    if (!absentOr(parsed[name], isObject)) return wrong(name, 'an object');
  const named = isObject(parsed.metadata) ? parsed.metadata.use_case : undefined;
  return absentOr(named, (value) => textOf(value) !== null)
    ? null
    : wrong('metadata.use_case', 'the name of a use case');
}

/** Null means absent, as OpenAI's clients send it. */
export function absentOr(value: unknown, holds: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || holds(value);
}

function isPositive(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
