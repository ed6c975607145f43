/**
 * Reads a Messages request once: what it asks, what it may cost, what it needs. The bytes are parsed to look and are
 * then forwarded as they came.
 */
import { capabilities, type Capability } from '#contracts/venue.js';
import { isObject, type JsonObject, textOf } from '../json-value.js';
import { firstMessagesTextOf, lastUserTextOf } from '../message-text.js';
import { hostedIn, type HostedTool, hostedTool } from '../hosted-tools.js';
import type { CallHead, HeadReading } from '../protocol.js';
import { inputTokensOf } from './bound-tokens.js';
import { eachBlock } from './content-blocks.js';
import { parseRequest } from './parse-request.js';

export function readHead(body: Buffer): HeadReading {
  const request = parseRequest(body);
  if (request.refusal) return { refusal: request.refusal };
  const { parsed, fields } = request;
  const messages = withSystem(parsed);
  const stream = parsed.stream === true;
  const metadata = isObject(parsed.metadata) ? parsed.metadata : {};
  const head: CallHead = {
    requestedModel: parsed.model as string,
    model: parsed.model as string,
    tier: 'standard',
    stream,
    includeUsage: stream, // a Messages stream always carries its usage
    streamCost: false,
    maxOutputTokens: typeof parsed.max_tokens === 'number' ? parsed.max_tokens : null,
    choices: 1,
    needs: needsOf(parsed, messages),
    hostedTools: hostedToolsOf(parsed),
    replayable: replayableOf(parsed, messages),
    ...inputTokensOf(body.length, parsed, messages),
    metadataUseCase: textOf(metadata.use_case),
    session: textOf(metadata.session_id),
    firstMessagesText: firstMessagesTextOf(messages),
    lastUserText: lastUserTextOf(messages),
    fields,
  };
  return { head, parsed };
}

/** The system prompt opens the conversation, wherever the wire puts it. */
function withSystem(parsed: JsonObject): JsonObject[] {
  const messages = parsed.messages as JsonObject[];
  return parsed.system === undefined ? messages : [{ role: 'system', content: parsed.system }, ...messages];
}

function needsOf(parsed: JsonObject, messages: readonly JsonObject[]): Capability[] {
  const needs = new Set<Capability>();
  if (parsed.stream === true) needs.add('stream');
  if (Array.isArray(parsed.tools) && parsed.tools.length > 0) needs.add('tools');
  const config = isObject(parsed.output_config) ? parsed.output_config : parsed;
  const format = config.format ?? parsed.output_format;
  if (isObject(format) && format.type === 'json_schema') needs.add('json_schema');
  eachBlock(messages, (block) => {
    if (block.type === 'image' || block.type === 'document') needs.add('vision');
  });
  return capabilities.filter((capability) => needs.has(capability));
}

/** Tools of these names are run by the client although Anthropic defines them; other typed tools run at the venue. */
const clientTools = /^(custom|bash|text_editor|computer|memory)(_|$)/;

/** A server of the caller's is asked as often as the model likes, each time with the whole conversation. */
function hostedToolsOf(parsed: JsonObject): HostedTool[] {
  const servers: unknown[] = Array.isArray(parsed.mcp_servers) ? parsed.mcp_servers : [];
  return [...hostedIn(parsed.tools, runsAtVenue), ...servers.map(() => hostedTool('mcp_servers', null))];
}

const runsAtVenue = (type: string) => !clientTools.test(type);

/** Replaying must never act: nothing the venue runs, keeps or fetches by a reference it gave out. */
function replayableOf(parsed: JsonObject, messages: readonly JsonObject[]): boolean {
  if (parsed.mcp_servers !== undefined || parsed.container !== undefined) return false;
  if (hostedIn(parsed.tools, runsAtVenue).length > 0) return false;
  let files = false;
  eachBlock(messages, (block) => {
    const source = isObject(block.source) ? block.source.type : null;
    files ||= source === 'file' || block.type === 'container_upload';
  });
  return !files;
}
