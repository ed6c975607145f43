/** Reads a chat request as strictly as the real API does. Fields it does not know are ignored, wrong ones are a 400. */
import { countTokens, tokensPerMessage, tokensPerTurn } from './count-tokens.js';
import type { CacheMark } from './prompt-cache.js';
import { invalidRequest, type WireError } from './wire-error.js';

export type Json = Record<string, unknown>;

export interface ChatRequest {
  model: string;
  /** Text of the last user message, outer whitespace removed. */
  question: string;
  useCase: string | null;
  stream: boolean;
  includeUsage: boolean;
  n: number;
  /** Per choice; null: as long as the answer is. */
  maxTokens: number | null;
  stop: string[];
  toolNames: string[];
  /** `forced` names the one function the client insists on. */
  toolChoice: { kind: 'auto' | 'none' | 'required' } | { kind: 'forced'; name: string };
  /** Where the conversation stands: a tool's result is answered in words. */
  lastRole: string;
  serviceTier: string | null;
  /** The tier was asked for in Vertex's header, and is told in Vertex's words. */
  tierInHeader?: boolean;
  prompt: string;
  promptTokens: number;
  /** Where the caller wants the prompt cached; absent: the model caches by itself. */
  cacheMarks?: CacheMark[];
  /** Tokens of what is made where no words are: pictures, or nothing. */
  madeTokens?: number;
  /** Pictures made, and pictures given. */
  pictures?: { count: number; given: number; partials: number };
  /** What gets a vector each, and how long each is; null: as the model has it. */
  inputs?: string[];
  dimensions?: number | null;
  /** Of a Responses request: what it keeps and builds on, and the fields its answer repeats. */
  state?: { input: unknown[]; store: boolean; background: boolean; repeated: Json };
}

/** What a call that is no conversation has of one: nothing. */
export const noConversation = {
  useCase: null,
  includeUsage: true,
  n: 1,
  maxTokens: null,
  stop: [],
  toolNames: [],
  toolChoice: { kind: 'auto' },
  lastRole: 'user',
  serviceTier: null,
} satisfies Partial<ChatRequest>;

const roles = new Set(['developer', 'system', 'user', 'assistant', 'tool', 'function']);

export function parseChatRequest(body: Buffer): { request: ChatRequest } | { error: WireError } {
  const read = readObject(body);
  return 'error' in read ? read : (checked(read.json, checks) ?? { request: readRequest(read.json) });
}

export type Check = (body: Json) => WireError | null;

/** The body as a JSON object, or the complaint of a venue that cannot read it. */
export function readObject(body: Buffer): { json: Json } | { error: WireError } {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    return { error: invalidRequest('We could not parse the JSON body of your request.', null) };
  }
  return isObject(json) ? { json } : { error: invalidRequest('The body of your request must be a JSON object.', null) };
}

export function checked(json: Json, complaints: readonly Check[]): { error: WireError } | null {
  for (const check of complaints) {
    const error = check(json);
    if (error) return { error };
  }
  return null;
}

export const checkModel: Check = ({ model }) =>
  typeof model === 'string' && model ? null : invalidRequest('you must provide a model parameter', null);

/** First complaint wins, in this order. */
const checks: Check[] = [
  checkModel,
  checkMessages,
  (body) => checkInteger(body, 'n', 1, 128),
  (body) => checkInteger(body, 'max_tokens', 1, Number.MAX_SAFE_INTEGER),
  (body) => checkInteger(body, 'max_completion_tokens', 1, Number.MAX_SAFE_INTEGER),
  (body) =>
    isGiven(body['max_tokens']) && isGiven(body['max_completion_tokens'])
      ? invalidRequest(
          "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
          'max_tokens',
        )
      : null,
  (body) => checkNumber(body, 'temperature', 0, 2),
  (body) => checkNumber(body, 'top_p', 0, 1),
  ({ stream }) => (!isGiven(stream) || typeof stream === 'boolean' ? null : wrongType('stream', 'a boolean')),
  ({ stream, stream_options: options }) =>
    isGiven(options) && stream !== true
      ? invalidRequest("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options')
      : null,
  ({ stop }) =>
    !isGiven(stop) || typeof stop === 'string' || isTextList(stop) ? null : wrongType('stop', 'a string or strings'),
  checkTools,
];

function checkMessages({ messages }: Json): WireError | null {
  if (messages === undefined)
    return invalidRequest("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  if (!Array.isArray(messages)) return wrongType('messages', 'an array of objects');
  if (messages.length === 0)
    return invalidRequest(
      "Invalid 'messages': empty array. Expected an array with minimum length 1.",
      'messages',
      'empty_array',
    );
  for (const [index, message] of messages.entries()) {
    const at = `messages[${index}]`;
    if (!isObject(message)) return wrongType(at, 'an object');
    if (typeof message['role'] !== 'string' || !roles.has(message['role']))
      return invalidRequest(`Invalid value: '${String(message['role'])}'.`, `${at}.role`, 'invalid_value');
    const { content } = message;
    const mayBeSilent = message['role'] === 'assistant' && !isGiven(content);
    if (!mayBeSilent && typeof content !== 'string' && !isPartList(content))
      return wrongType(`${at}.content`, 'a string or parts');
  }
  return null;
}

function checkTools({ tools, tool_choice: choice }: Json): WireError | null {
  if (!isGiven(tools))
    return isGiven(choice)
      ? invalidRequest("'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice')
      : null;
  if (!Array.isArray(tools)) return wrongType('tools', 'an array of objects');
  if (tools.length === 0)
    return invalidRequest(
      "Invalid 'tools': empty array. Expected an array with minimum length 1.",
      'tools',
      'empty_array',
    );
  const nameless = tools.findIndex((tool) => toolName(tool) === null);
  if (nameless >= 0)
    return invalidRequest(
      `Missing required parameter: 'tools[${nameless}].function.name'.`,
      `tools[${nameless}].function.name`,
      'missing_required_parameter',
    );
  if (isObject(choice) && !tools.some((tool) => toolName(tool) === toolName(choice)))
    return invalidRequest("Tool choice names a function that is not in 'tools'.", 'tool_choice');
  return null;
}

export function checkInteger(body: Json, field: string, minimum: number, maximum: number): WireError | null {
  const value = body[field];
  if (!isGiven(value)) return null;
  if (!Number.isInteger(value)) return wrongType(field, 'an integer');
  return checkNumber(body, field, minimum, maximum, 'integer');
}

export function checkNumber(
  body: Json,
  field: string,
  minimum: number,
  maximum: number,
  kind = 'decimal',
): WireError | null {
  const value = body[field];
  if (!isGiven(value)) return null;
  if (typeof value !== 'number') return wrongType(field, 'a number');
  const bound = value < minimum ? 'below_min' : value > maximum ? 'above_max' : null;
  if (!bound) return null;
  const limit = bound === 'below_min' ? `>= ${minimum}` : `<= ${maximum}`;
  return invalidRequest(
    `Invalid '${field}': expected a value ${limit}, but got ${value} instead.`,
    field,
    `${kind}_${bound}_value`,
  );
}

export function wrongType(param: string, expected: string): WireError {
  return invalidRequest(`Invalid type for '${param}': expected ${expected}.`, param, 'invalid_type');
}

function readRequest(body: Json): ChatRequest {
  const messages = body['messages'] as Json[];
  const texts = messages.map(textOfMessage);
  const lastUser = messages.findLastIndex((message) => message['role'] === 'user');
  const tools = (body['tools'] ?? []) as Json[];
  const extras = [body['tools'], body['response_format']].filter(isGiven).map((extra) => JSON.stringify(extra));
  const promptTokens = [...texts, ...extras].reduce((sum, text) => sum + countTokens(text), 0);
  return {
    model: body['model'] as string,
    question: (texts[lastUser] ?? '').trim(),
    useCase: readUseCase(body['metadata']),
    stream: body['stream'] === true,
    includeUsage: isObject(body['stream_options']) && body['stream_options']['include_usage'] === true,
    n: (body['n'] as number | null | undefined) ?? 1,
    maxTokens: (body['max_completion_tokens'] ?? body['max_tokens'] ?? null) as number | null,
    stop: [body['stop'] ?? []].flat() as string[],
    toolNames: tools.map((tool) => toolName(tool) ?? ''),
    toolChoice: readToolChoice(body['tool_choice']),
    lastRole: String(messages.at(-1)?.['role']),
    serviceTier: typeof body['service_tier'] === 'string' ? body['service_tier'] : null,
    prompt: [...extras, ...texts].join(''),
    promptTokens: promptTokens + messages.length * tokensPerMessage + tokensPerTurn,
  };
}

/** What a model reads of a message: its words, and its tool calls as JSON. */
function textOfMessage({ content, tool_calls: toolCalls }: Json): string {
  const words = typeof content === 'string' ? content : ((content ?? []) as Json[]).map(textOfPart).join('');
  return toolCalls === undefined ? words : words + JSON.stringify(toolCalls);
}

function textOfPart(part: Json): string {
  if (part['type'] === 'text' && typeof part['text'] === 'string') return part['text'];
  const image = part['image_url'];
  return isObject(image) && typeof image['url'] === 'string' ? image['url'] : JSON.stringify(part);
}

export function readUseCase(metadata: unknown): string | null {
  const named = isObject(metadata) ? metadata['use_case'] : null;
  return typeof named === 'string' ? named : null;
}

function readToolChoice(choice: unknown): ChatRequest['toolChoice'] {
  const name = toolName(choice);
  if (name !== null) return { kind: 'forced', name };
  return { kind: choice === 'none' || choice === 'required' ? choice : 'auto' };
}

function toolName(tool: unknown): string | null {
  const own = isObject(tool) ? tool['function'] : null;
  const name = isObject(own) ? own['name'] : null;
  return typeof name === 'string' && name ? name : null;
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 4 && value.every((one) => typeof one === 'string');
}

function isPartList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((part) => isObject(part) && typeof part['type'] === 'string')
  );
}
