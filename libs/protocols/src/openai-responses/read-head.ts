/**
 * Reads a Responses request once: what it asks, what it may cost, what it needs. The bytes are parsed to look and are
 * then forwarded as they came.
 */
import { capabilities, type Capability } from '#contracts/venue.js';
import { hostedIn, type HostedTool, hostedTool } from '../hosted-tools.js';
import { isObject, type JsonObject, textOf } from '../json-value.js';
import { firstMessagesTextOf, lastUserTextOf } from '../message-text.js';
import { tierAsked } from '../openai-chat/read-head.js';
import type { HeadReading } from '../protocol.js';
import { inputTokensOf } from './bound-tokens.js';
import { eachMediaPart, itemsOf, messagesOf, typeOf } from './input-items.js';
import { parseRequest } from './parse-request.js';

export function readHead(body: Buffer): HeadReading {
  const request = parseRequest(body);
  if (request.refusal) return { refusal: request.refusal };
  const { parsed, fields } = request;
  const asked = tierAsked(parsed);
  if (asked.refusal) return { refusal: asked.refusal };
  const items = itemsOf(parsed);
  const messages = messagesOf(parsed);
  const metadata = isObject(parsed.metadata) ? parsed.metadata : {};
  const stream = parsed.stream === true;
  return {
    parsed,
    head: {
      requestedModel: parsed.model as string,
      model: asked.model,
      tier: asked.tier,
      stream,
      includeUsage: stream, // a Responses stream always ends with its usage
      streamCost: false,
      maxOutputTokens: typeof parsed.max_output_tokens === 'number' ? parsed.max_output_tokens : null,
      choices: 1,
      needs: needsOf(parsed, items),
      hostedTools: hostedToolsOf(parsed),
      replayable: replayableOf(parsed, items),
      ...inputTokensOf(body.length, parsed, items),
      metadataUseCase: textOf(metadata.use_case),
      session: textOf(parsed.prompt_cache_key) ?? textOf(parsed.session_id) ?? textOf(metadata.session_id),
      continues: textOf(parsed.previous_response_id),
      venueState: (['conversation', 'prompt'] as const).find((name) => (parsed[name] ?? null) !== null) ?? null,
      keepsAnswer: parsed.store !== false,
      firstMessagesText: firstMessagesTextOf(messages),
      lastUserText: lastUserTextOf(messages),
      fields,
    },
  };
}

function toolsOf(parsed: JsonObject): JsonObject[] {
  return Array.isArray(parsed.tools) ? parsed.tools.filter(isObject) : [];
}

function needsOf(parsed: JsonObject, items: readonly JsonObject[]): Capability[] {
  const needs = new Set<Capability>();
  const tools = toolsOf(parsed);
  if (parsed.stream === true) needs.add('stream');
  if (tools.length > 0) needs.add('tools');
  if (tools.some((tool) => tool.type === 'image_generation')) needs.add('images');
  const format = isObject(parsed.text) && isObject(parsed.text.format) ? parsed.text.format.type : null;
  if (format === 'json_schema') needs.add('json_schema');
  eachMediaPart(items, (part) => {
    if (part.type === 'input_image') needs.add('vision');
    if (part.type === 'input_audio') needs.add('audio');
  });
  return capabilities.filter((capability) => needs.has(capability));
}

/** Fields by which a venue acts on its own, keeps state or refers to state it kept. Present and not false or null: no replay. */
const actingFields = ['previous_response_id', 'conversation', 'background', 'prompt', 'plugins', 'context_management'];
/** Tools of these types are executed by the client; every other type by the venue. */
const clientTools: ReadonlySet<unknown> = new Set(['function', 'custom']);
/** Items any model understands. Reasoning can only be read where it was thought, a reference where it is kept. */
const plainItems: ReadonlySet<unknown> = new Set([
  ...['message', 'function_call', 'function_call_output', 'custom_tool_call', 'custom_tool_call_output'],
]);

/** `store` unsaid means kept, as OpenAI documents it, and does not stand in the way: a replay is never kept. */
function replayableOf(parsed: JsonObject, items: readonly JsonObject[]): boolean {
  for (const name of actingFields) {
    const value = parsed[name];
    if (value !== undefined && value !== null && value !== false) return false;
  }
  if (parsed.store === true) return false;
  if (!toolsOf(parsed).every((tool) => clientTools.has(tool.type))) return false;
  if (!items.every((item) => plainItems.has(typeOf(item)))) return false;
  let files = false;
  eachMediaPart(items, (part) => {
    files ||= part.type === 'input_file' || textOf(part.file_id) !== null;
  });
  return !files;
}

/** `max_tool_calls` caps all of them together, so any one of them could take it whole. */
function hostedToolsOf(parsed: JsonObject): HostedTool[] {
  return hostedIn(toolsOf(parsed), (type) => !clientTools.has(type)).map(({ name }) =>
    hostedTool(name, parsed.max_tool_calls),
  );
}
