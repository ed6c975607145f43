/**
 * What a request needs of a route, and whether it may be asked a second time. Replaying must never act: a tool
 * the venue runs itself, or state the venue keeps, would act or be missing; tools the client runs only suggest.
 */
import { capabilities, type Capability } from '#contracts/venue.js';
import { type HostedTool, hostedIn, hostedTool } from '../hosted-tools.js';
import { eachMediaPart } from './content-parts.js';
import { isObject, type JsonObject } from '../json-value.js';

function filled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

export function needsOf(parsed: JsonObject, messages: readonly JsonObject[]): Capability[] {
  const needs = new Set<Capability>();
  if (parsed.stream === true) needs.add('stream');
  if (filled(parsed.tools) || filled(parsed.functions)) needs.add('tools');
  if (isObject(parsed.response_format) && parsed.response_format.type === 'json_schema') needs.add('json_schema');
  const modalities: unknown[] = Array.isArray(parsed.modalities) ? parsed.modalities : [];
  if (modalities.includes('audio')) needs.add('audio');
  if (modalities.includes('image')) needs.add('images');
  eachMediaPart(messages, (part) => {
    if (part.type === 'image_url') needs.add('vision');
    if (part.type === 'input_audio') needs.add('audio');
  });
  return capabilities.filter((capability) => needs.has(capability));
}

/** Fields by which a venue acts on its own, keeps state or refers to state it kept. Present and not false or null: no replay. */
const actingFields = [
  'web_search_options', // OpenAI: searches the web
  'search_parameters', // xAI: live search
  'plugins', // OpenRouter: web search, file parsing
  'store',
  'background',
  'previous_response_id',
  'conversation',
  'assistant_id',
  'thread_id',
  'container',
];

/** Tools of these types are executed by the client; every other type by the venue. */
const clientTools: ReadonlySet<unknown> = new Set(['function', 'custom']);

/** Fields by which a whole request has the venue search; none of them can say how often. */
const searchingFields = ['web_search_options', 'search_parameters'];

/** OpenAI's, xAI's and OpenRouter's ways to have the venue act. A search the request switches off is none. */
export function hostedToolsOf(parsed: JsonObject): HostedTool[] {
  const searching = searchingFields.filter((name) => {
    const options = parsed[name];
    return isObject(options) && options.mode !== 'off';
  });
  const plugins: unknown[] = Array.isArray(parsed.plugins) ? parsed.plugins : [];
  return [
    ...hostedIn(parsed.tools, (type) => !clientTools.has(type)),
    ...searching.map((name) => hostedTool(name, null)),
    ...plugins.map((plugin) => hostedTool(`plugin ${isObject(plugin) ? String(plugin.id) : ''}`, null)),
  ];
}

export function replayableOf(parsed: JsonObject, messages: readonly JsonObject[]): boolean {
  for (const name of actingFields) {
    const value = parsed[name];
    if (value !== undefined && value !== null && value !== false) return false;
  }
  if (Array.isArray(parsed.tools) && !parsed.tools.every((tool) => isObject(tool) && clientTools.has(tool.type)))
    return false;
  // An earlier spoken answer is referred to by the id its venue gave it.
  if (messages.some((message) => isObject(message.audio))) return false;
  let files = false;
  eachMediaPart(messages, (part) => {
    files ||= part.type !== 'image_url' && part.type !== 'input_audio';
  });
  return !files;
}
