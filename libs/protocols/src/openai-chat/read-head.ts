/**
 * Reads a chat completions request once: what it asks, what it may cost, what it needs. The bytes are parsed to
 * look and are then forwarded as they came.
 */
import type { Tier } from '#contracts/price.js';
import type { TopLevel } from '../json-top-level.js';
import type { CallHead, HeadReading } from '../protocol.js';
import { inputTokensOf } from './bound-tokens.js';
import { isObject, textOf, type JsonObject } from '../json-value.js';
import { firstMessagesTextOf, lastUserTextOf } from '../message-text.js';
import { absentOr, refuse, wrong } from '../parse-body.js';
import { parseRequest } from './parse-request.js';
import { hostedToolsOf, needsOf, replayableOf } from './read-needs.js';

const flexSuffix = ':flex';

type Asked = { model: string; tier: Tier; refusal?: undefined };

/** Refuses what is not one JSON object, is of a wrong type, says a deciding field twice or names an upstream. */
export function readHead(body: Buffer): HeadReading {
  const request = parseRequest(body);
  if (request.refusal) return request;
  const asked = tierAsked(request.parsed);
  if (asked.refusal) return { refusal: asked.refusal };
  return { head: headOf(body, request.parsed, asked, request.fields), parsed: request.parsed };
}

/** `:flex` on the model and `service_tier` must not contradict each other. */
export function tierAsked(parsed: JsonObject): Asked | ReturnType<typeof refuse> {
  const asked = parsed.service_tier;
  const model = parsed.model as string;
  if (!model.endsWith(flexSuffix))
    return { model, tier: asked === 'flex' || asked === 'priority' ? asked : 'standard' };
  if (model === flexSuffix) return wrong('model', 'a name before ":flex"');
  if (absentOr(asked, (value) => value === 'flex' || value === 'auto'))
    return { model: model.slice(0, -flexSuffix.length), tier: 'flex' };
  return refuse('invalid_request', '"service_tier" contradicts the ":flex" of the model.', 'service_tier');
}

function headOf(body: Buffer, parsed: JsonObject, asked: Asked, fields: TopLevel): CallHead {
  const messages = parsed.messages as JsonObject[];
  const metadata = isObject(parsed.metadata) ? parsed.metadata : {};
  return {
    requestedModel: parsed.model as string,
    model: asked.model,
    tier: asked.tier,
    ...streamWishes(parsed),
    maxOutputTokens: maxOutputTokensOf(parsed),
    choices: typeof parsed.n === 'number' ? parsed.n : 1,
    needs: needsOf(parsed, messages),
    hostedTools: hostedToolsOf(parsed),
    replayable: replayableOf(parsed, messages),
    ...inputTokensOf(body.length, parsed, messages),
    metadataUseCase: textOf(metadata.use_case),
    session: textOf(parsed.prompt_cache_key) ?? textOf(parsed.session_id) ?? textOf(metadata.session_id),
    firstMessagesText: firstMessagesTextOf(messages),
    lastUserText: lastUserTextOf(messages),
    fields,
  };
}

/** `stream_options.include_cost` is ours; `usage: { include: true }` is how OpenRouter's callers ask for the same. */
function streamWishes(parsed: JsonObject): Pick<CallHead, 'stream' | 'includeUsage' | 'streamCost'> {
  const stream = parsed.stream === true;
  const options = isObject(parsed.stream_options) ? parsed.stream_options : {};
  const streamCost =
    stream && (options.include_cost === true || (isObject(parsed.usage) && parsed.usage.include === true));
  return { stream, streamCost, includeUsage: streamCost || (stream && options.include_usage === true) };
}

/** Where both spellings stand, venues differ in which they heed; the larger bounds both. */
function maxOutputTokensOf(parsed: JsonObject): number | null {
  const named = [parsed.max_tokens, parsed.max_completion_tokens].filter((value) => typeof value === 'number');
  return named.length === 0 ? null : Math.max(...named);
}
