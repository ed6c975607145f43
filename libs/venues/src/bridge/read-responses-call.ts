/** Reads a Responses request into wishes. It passed `readHead`; what is read here is what another format must say. */
import { isObject, textOf, type JsonObject } from '#protocols/json-value.js';
import { effortOf, noteSettings, noteToolHistory, toolName } from './read-chat-call.js';
import { given, numberOf, schemaOf, strangerIn } from './read-parts.js';
import { responsesPrompt } from './read-responses-items.js';
import { type JsonFormat, Notes, type Reading, type Wishes } from './wishes.js';

/** Ours, a router's, or said by the route itself. */
const notTheVenues = ['model', 'stream', 'stream_options', 'provider', 'service_tier', 'session_id'];
const labels = ['metadata', 'prompt_cache_key', 'prompt_cache_retention', 'safety_identifier'];
const read: ReadonlySet<string> = new Set([
  ...notTheVenues,
  ...labels,
  ...['input', 'instructions', 'max_output_tokens', 'temperature', 'top_p', 'tools', 'tool_choice', 'user'],
  ...['parallel_tool_calls', 'text', 'reasoning', 'include', 'store'],
]);

/** Fields that may be there as long as they say what holds without them. What only caps the venue's own tools says nothing. */
const idle: Record<string, (value: unknown) => boolean> = {
  background: (value) => value === false,
  truncation: (value) => value === 'disabled',
  top_logprobs: (value) => value === 0,
  max_tool_calls: () => true,
  include: (value) => Array.isArray(value) && value.every((one) => one === 'reasoning.encrypted_content'),
  store: (value) => value === false,
};

export function readResponsesCall(body: JsonObject): Reading {
  const notes = new Notes();
  const stranger = strangerIn(body, new Set([...read, ...Object.keys(idle)]));
  const telling = Object.keys(idle).find((name) => given(body[name]) && !idle[name]?.(body[name]));
  if (stranger ?? telling) return { obstacle: `field:${stranger ?? telling}` };
  if (!given(body.store)) notes.features.add('unstored');
  if (labels.some((name) => given(body[name]))) notes.features.add('labels');
  const tools = toolsOf(body.tools, notes);
  const prompt = responsesPrompt(body.instructions, body.input, notes);
  noteToolHistory(prompt, tools.length, notes);
  const wishes: Wishes = {
    prompt,
    maxOutputTokens: numberOf(body.max_output_tokens),
    temperature: numberOf(body.temperature),
    topP: numberOf(body.top_p),
    topK: null,
    presencePenalty: null,
    frequencyPenalty: null,
    seed: null,
    stop: [],
    tools,
    toolChoice: toolChoiceOf(body.tool_choice, notes),
    format: formatOf(body.text, notes),
    effort: effortAsked(body.reasoning, notes),
    thinking: null,
    user: textOf(body.user),
    features: notes.features,
  };
  if (body.parallel_tool_calls === false && tools.length > 0) notes.features.add('one_tool_at_a_time');
  noteSettings(wishes, notes);
  return notes.obstacle === null ? { wishes } : { obstacle: notes.obstacle };
}

const toolFields: ReadonlySet<string> = new Set(['type', 'name', 'description', 'parameters', 'strict']);

/** Tools the venue would run are nobody else's. */
function toolsOf(value: unknown, notes: Notes): Wishes['tools'] {
  const tools: unknown[] = Array.isArray(value) ? value : [];
  return tools.map((tool) => {
    const own = isObject(tool) && tool.type === 'function' ? tool : {};
    const name = textOf(own.name) ?? '';
    if (!toolName.test(name) || strangerIn(own, toolFields) !== null) notes.cannot('field:tools');
    return {
      type: 'function',
      name,
      inputSchema: schemaOf(own.parameters),
      ...(typeof own.description === 'string' ? { description: own.description } : {}),
      ...(typeof own.strict === 'boolean' ? { strict: own.strict } : {}),
    };
  });
}

function toolChoiceOf(value: unknown, notes: Notes): Wishes['toolChoice'] {
  if (!given(value)) return null;
  if (value === 'auto' || value === 'none' || value === 'required') return { type: value };
  const name = isObject(value) && value.type === 'function' ? textOf(value.name) : null;
  if (name !== null) return { type: 'tool', toolName: name };
  notes.cannot('field:tool_choice');
  return null;
}

function formatOf(value: unknown, notes: Notes): JsonFormat | null {
  if (!isObject(value)) return null;
  const { format, verbosity, ...others } = value;
  if (Object.values(others).some(given)) notes.cannot('field:text');
  if (given(verbosity) && verbosity !== 'medium') notes.cannot('field:text.verbosity');
  const { type, schema, name, description, strict } = isObject(format) ? format : {};
  if (!given(type) || type === 'text') return null;
  if (type === 'json_object') return { schema: null, name: undefined, description: undefined, strict: false };
  if (type !== 'json_schema' || !isObject(schema)) notes.cannot('field:text.format');
  return {
    schema: schemaOf(schema),
    name: textOf(name) ?? undefined,
    description: textOf(description) ?? undefined,
    strict: strict === true,
  };
}

function effortAsked(value: unknown, notes: Notes): Wishes['effort'] {
  if (!isObject(value)) return null;
  const { effort, summary, generate_summary: summaryOfBefore, ...others } = value;
  const stranger = Object.keys(others).find((name) => given(others[name]));
  if (stranger !== undefined) notes.cannot(`field:reasoning.${stranger}`);
  if (given(summary) || given(summaryOfBefore)) notes.features.add('reasoning_summary');
  return effortOf(effort, notes);
}
