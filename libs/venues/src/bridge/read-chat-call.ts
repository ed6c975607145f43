/** Reads a chat completions request into wishes. It passed `readHead`; what is read here is what another format must say. */
import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import { isObject, textOf, type JsonObject } from '#protocols/json-value.js';
import { chatMessages } from './read-chat-messages.js';
import { cacheMark, given, marked, numberOf, schemaOf, strangerIn } from './read-parts.js';
import { type Effort, efforts, type JsonFormat, Notes, type Reading, type Wishes } from './wishes.js';

/** Ours, a router's, or said by the route itself. */
const notTheVenues = ['model', 'stream', 'stream_options', 'provider', 'service_tier', 'usage', 'session_id'];
const labels = ['metadata', 'prompt_cache_key', 'prompt_cache_retention', 'safety_identifier'];
const read: ReadonlySet<string> = new Set([
  ...notTheVenues,
  ...labels,
  ...['messages', 'max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'stop', 'seed', 'user'],
  ...['presence_penalty', 'frequency_penalty', 'tools', 'tool_choice', 'parallel_tool_calls', 'response_format'],
  'reasoning_effort',
]);

/** Fields that may be there as long as they say what holds without them. */
const idle: Record<string, (value: unknown) => boolean> = {
  n: (value) => value === 1,
  store: (value) => value === false,
  logprobs: (value) => value === false,
  logit_bias: (value) => isObject(value) && Object.keys(value).length === 0,
  modalities: (value) => Array.isArray(value) && value.length === 1 && value[0] === 'text',
  verbosity: (value) => value === 'medium',
};

export function readChatCall(body: JsonObject): Reading {
  const notes = new Notes();
  const stranger = strangerIn(body, new Set([...read, ...Object.keys(idle)]));
  const telling = Object.keys(idle).find((name) => given(body[name]) && !idle[name]?.(body[name]));
  if (stranger ?? telling) return { obstacle: `field:${stranger ?? telling}` };
  if (labels.some((name) => given(body[name]))) notes.features.add('labels');
  const tools = toolsOf(body.tools, notes);
  const prompt = chatMessages(body.messages as JsonObject[], notes);
  noteToolHistory(prompt, tools.length, notes);
  const wishes: Wishes = {
    prompt,
    maxOutputTokens: numberOf(body.max_completion_tokens) ?? numberOf(body.max_tokens),
    temperature: numberOf(body.temperature),
    topP: numberOf(body.top_p),
    topK: null,
    presencePenalty: numberOf(body.presence_penalty),
    frequencyPenalty: numberOf(body.frequency_penalty),
    seed: numberOf(body.seed),
    stop: [body.stop ?? []].flat().filter((word) => typeof word === 'string'),
    tools,
    toolChoice: toolChoiceOf(body.tool_choice, notes),
    format: formatOf(body.response_format, notes),
    effort: effortOf(body.reasoning_effort, notes),
    thinking: null,
    user: textOf(body.user),
    features: notes.features,
  };
  if (body.parallel_tool_calls === false && tools.length > 0) notes.features.add('one_tool_at_a_time');
  noteSettings(wishes, notes);
  return notes.obstacle === null ? { wishes } : { obstacle: notes.obstacle };
}

/** What both formats' settings are noted by. */
export function noteSettings(wishes: Wishes, notes: Notes): void {
  const { features } = notes;
  if (wishes.user !== null) features.add('user');
  if ((wishes.temperature ?? 0) > 1) features.add('temperature_above_1');
  if (wishes.topK !== null) features.add('top_k');
  if (wishes.presencePenalty || wishes.frequencyPenalty) features.add('penalties');
  if (wishes.seed !== null) features.add('seed');
  if (wishes.format) features.add(wishes.format.schema ? 'json_schema' : 'json_object');
  if (wishes.effort !== null) features.add('effort');
  if (wishes.thinking !== null) features.add(wishes.thinking === 'adaptive' ? 'thinking_adaptive' : 'thinking_budget');
}

/** Some venues want the tools a conversation speaks of. */
export function noteToolHistory(prompt: LanguageModelV4Prompt, tools: number, notes: Notes): void {
  const speaksOfTools = prompt.some(
    ({ role, content }) =>
      role === 'tool' || (role === 'assistant' && content.some((part) => part.type === 'tool-call')),
  );
  if (tools === 0 && speaksOfTools) notes.features.add('tool_history_without_tools');
}

/** What every target takes as a tool's name. */
export const toolName = /^[a-zA-Z0-9_-]{1,64}$/;

function toolsOf(value: unknown, notes: Notes): Wishes['tools'] {
  const tools: unknown[] = Array.isArray(value) ? value : [];
  return tools.map((tool) => {
    const own = isObject(tool) && tool.type === 'function' && isObject(tool.function) ? tool.function : null;
    const name = textOf(own?.name);
    if (!isObject(tool) || !own || name === null || !toolName.test(name)) {
      notes.cannot('field:tools');
      return { type: 'function', name: '', inputSchema: schemaOf(null) };
    }
    const cache = cacheMark(tool.cache_control, notes);
    if (cache) notes.features.add('tool_cache_control');
    return {
      type: 'function',
      name,
      inputSchema: schemaOf(own.parameters),
      ...(typeof own.description === 'string' ? { description: own.description } : {}),
      ...(typeof own.strict === 'boolean' ? { strict: own.strict } : {}),
      ...marked(cache),
    };
  });
}

function toolChoiceOf(value: unknown, notes: Notes): Wishes['toolChoice'] {
  if (!given(value)) return null;
  if (value === 'auto' || value === 'none' || value === 'required') return { type: value };
  const name = isObject(value) && isObject(value.function) ? textOf(value.function.name) : null;
  if (name !== null) return { type: 'tool', toolName: name };
  notes.cannot('field:tool_choice');
  return null;
}

function formatOf(value: unknown, notes: Notes): JsonFormat | null {
  const type = isObject(value) ? value.type : value;
  if (!given(type) || type === 'text') return null;
  if (type === 'json_object') return { schema: null, name: undefined, description: undefined, strict: false };
  const named = isObject(value) && type === 'json_schema' ? value.json_schema : null;
  if (!isObject(named) || !isObject(named.schema)) {
    notes.cannot('field:response_format');
    return null;
  }
  return {
    schema: schemaOf(named.schema),
    name: textOf(named.name) ?? undefined,
    description: textOf(named.description) ?? undefined,
    strict: named.strict === true,
  };
}

export function effortOf(value: unknown, notes: Notes): Effort | null {
  if (!given(value)) return null;
  const effort = efforts.find((name) => name === value);
  if (!effort) notes.cannot('effort');
  return effort ?? null;
}
