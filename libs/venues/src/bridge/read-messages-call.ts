/** Reads a Messages request into wishes. It passed `readHead`; what is read here is what another format must say. */
import { isObject, textOf, type JsonObject } from '#protocols/json-value.js';
import { effortOf, noteSettings, noteToolHistory, toolName } from './read-chat-call.js';
import { messagesPrompt } from './read-messages-blocks.js';
import { cacheMark, given, marked, numberOf, schemaOf, strangerIn } from './read-parts.js';
import { type JsonFormat, Notes, type Reading, type Wishes } from './wishes.js';

const read: ReadonlySet<string> = new Set([
  // Ours, a router's, or said by the route itself.
  ...['model', 'stream', 'provider', 'service_tier'],
  ...['messages', 'system', 'max_tokens', 'temperature', 'top_p', 'top_k', 'stop_sequences', 'tools', 'tool_choice'],
  ...['metadata', 'thinking', 'output_config', 'output_format'],
]);

export function readMessagesCall(body: JsonObject): Reading {
  const notes = new Notes();
  const stranger = strangerIn(body, read);
  if (stranger !== null) return { obstacle: `field:${stranger}` };
  const tools = toolsOf(body.tools, notes);
  const prompt = messagesPrompt(body.system, body.messages as JsonObject[], notes);
  noteToolHistory(prompt, tools.length, notes);
  const config = isObject(body.output_config) ? body.output_config : {};
  const odd = strangerIn(config, new Set(['format', 'effort']));
  if (odd !== null) notes.cannot(`field:output_config.${odd}`);
  const wishes: Wishes = {
    prompt,
    maxOutputTokens: numberOf(body.max_tokens),
    temperature: numberOf(body.temperature),
    topP: numberOf(body.top_p),
    topK: numberOf(body.top_k),
    presencePenalty: null,
    frequencyPenalty: null,
    seed: null,
    stop: Array.isArray(body.stop_sequences) ? body.stop_sequences.filter((word) => typeof word === 'string') : [],
    tools,
    toolChoice: toolChoiceOf(body.tool_choice, notes),
    format: formatOf(config.format ?? body.output_format, notes),
    effort: effortOf(config.effort === 'max' ? 'xhigh' : config.effort, notes),
    thinking: thinkingOf(body.thinking, notes),
    user: userOf(body.metadata, notes),
    features: notes.features,
  };
  noteSettings(wishes, notes);
  return notes.obstacle === null ? { wishes } : { obstacle: notes.obstacle };
}

const toolFields: ReadonlySet<string> = new Set([
  ...['type', 'name', 'description', 'input_schema', 'cache_control', 'strict', 'eager_input_streaming'],
]);

function toolsOf(value: unknown, notes: Notes): Wishes['tools'] {
  const tools: unknown[] = Array.isArray(value) ? value : [];
  return tools.map((tool) => {
    const own = isObject(tool) && (!given(tool.type) || tool.type === 'custom') ? tool : {};
    const name = textOf(own.name) ?? '';
    if (!toolName.test(name) || strangerIn(own, toolFields) !== null) notes.cannot('field:tools');
    const cache = cacheMark(own.cache_control, notes);
    if (cache) notes.features.add('tool_cache_control');
    return {
      type: 'function',
      name,
      inputSchema: schemaOf(own.input_schema),
      ...(typeof own.description === 'string' ? { description: own.description } : {}),
      ...(typeof own.strict === 'boolean' ? { strict: own.strict } : {}),
      ...marked(cache),
    };
  });
}

const choices = { auto: 'auto', any: 'required', none: 'none' } as const;

function toolChoiceOf(value: unknown, notes: Notes): Wishes['toolChoice'] {
  if (!given(value)) return null;
  const choice = isObject(value) ? value : {};
  if (choice.disable_parallel_tool_use === true) notes.features.add('one_tool_at_a_time');
  const name = choice.type === 'tool' ? textOf(choice.name) : null;
  if (name !== null) return { type: 'tool', toolName: name };
  const type = choices[choice.type as keyof typeof choices];
  if (!type) notes.cannot('field:tool_choice');
  return type ? { type } : null;
}

function formatOf(value: unknown, notes: Notes): JsonFormat | null {
  if (!given(value)) return null;
  if (!isObject(value) || value.type !== 'json_schema' || !isObject(value.schema)) notes.cannot('field:output_config');
  const schema = isObject(value) ? schemaOf(value.schema) : null;
  return { schema, name: undefined, description: undefined, strict: true };
}

function thinkingOf(value: unknown, notes: Notes): Wishes['thinking'] {
  if (!given(value)) return null;
  const thinking = isObject(value) ? value : {};
  if (thinking.type === 'disabled') return null;
  if (thinking.type === 'adaptive') return 'adaptive';
  const budget = thinking.type === 'enabled' ? numberOf(thinking.budget_tokens) : null;
  if (budget === null) notes.cannot('field:thinking');
  return budget;
}

/** `use_case` and `session_id` are ours; the user is Anthropic's; the rest is the caller's own. */
function userOf(value: unknown, notes: Notes): string | null {
  const metadata = isObject(value) ? value : {};
  if (strangerIn(metadata, new Set(['user_id', 'use_case', 'session_id'])) !== null) notes.features.add('labels');
  return textOf(metadata.user_id);
}
