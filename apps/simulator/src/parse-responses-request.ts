/** Reads a Responses request as strictly as the real API does, together with what the venue kept of the one before. */
import { countTokens, tokensPerMessage, tokensPerTurn } from './count-tokens.js';
import {
  type ChatRequest,
  type Check,
  checked,
  checkInteger,
  checkModel,
  checkNumber,
  isGiven,
  isObject,
  type Json,
  readObject,
  readUseCase,
  wrongType,
} from './parse-chat-request.js';
import type { KeptResponse, KeptResponses } from './kept-responses.js';
import { invalidRequest, type WireError } from './wire-error.js';

export function parseResponsesRequest(
  body: Buffer,
  { kept }: { kept: KeptResponses },
): { request: ChatRequest } | { error: WireError } {
  const read = readObject(body);
  if ('error' in read) return read;
  const { json } = read;
  const complaint = checked(json, checks);
  if (complaint) return complaint;
  const id = json['previous_response_id'];
  const previous = typeof id === 'string' ? kept.get(id) : undefined;
  if (typeof id === 'string' && !previous) return { error: previousNotFound(id) };
  return { request: readRequest(json, previous) };
}

const previousNotFound = (id: string): WireError => ({
  status: 400,
  message: `Previous response with id '${id}' not found.`,
  type: 'invalid_request_error',
  param: 'previous_response_id',
  code: 'previous_response_not_found',
});

/** First complaint wins, in this order. */
const checks: Check[] = [
  checkModel,
  ({ input }) =>
    !isGiven(input)
      ? invalidRequest("Missing required parameter: 'input'.", 'input', 'missing_required_parameter')
      : typeof input === 'string' || Array.isArray(input)
        ? null
        : wrongType('input', 'a string or an array of items'),
  (body) => checkInteger(body, 'max_output_tokens', 16, Number.MAX_SAFE_INTEGER),
  (body) => checkNumber(body, 'temperature', 0, 2),
  ({ stream }) => (!isGiven(stream) || typeof stream === 'boolean' ? null : wrongType('stream', 'a boolean')),
  ({ messages }) =>
    isGiven(messages)
      ? invalidRequest(
          "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'.",
          'messages',
          'unsupported_parameter',
        )
      : null,
];

function readRequest(body: Json, previous: KeptResponse | undefined): ChatRequest {
  const input =
    typeof body['input'] === 'string' ? [{ role: 'user', content: body['input'] }] : (body['input'] as Json[]);
  const instructions = typeof body['instructions'] === 'string' ? [body['instructions']] : [];
  const texts = input.map(textOfItem);
  const tools = ((body['tools'] ?? []) as Json[]).filter(
    (tool) => tool['type'] === 'function' || tool['type'] === 'custom',
  );
  const extras = [body['tools'], body['text']].filter(isGiven).map((extra) => JSON.stringify(extra));
  const lastUser = input.findLastIndex((item) => item['role'] === 'user');
  const counted = [...instructions, ...extras, ...texts];
  const promptTokens = counted.reduce((sum, text) => sum + countTokens(text), 0);
  const last = input.at(-1);
  return {
    model: body['model'] as string,
    question: (texts[lastUser] ?? '').trim(),
    useCase: readUseCase(body['metadata']),
    stream: body['stream'] === true,
    includeUsage: true,
    n: 1,
    maxTokens: (body['max_output_tokens'] ?? null) as number | null,
    stop: [],
    toolNames: tools.map((tool) => String(tool['name'])),
    toolChoice: readToolChoice(body['tool_choice']),
    lastRole: String(last?.['type']).endsWith('_output') ? 'tool' : String(last?.['role']),
    serviceTier: typeof body['service_tier'] === 'string' ? body['service_tier'] : null,
    prompt: [previous?.prompt ?? '', ...counted].join(''),
    promptTokens: (previous?.promptTokens ?? 0) + promptTokens + input.length * tokensPerMessage + tokensPerTurn,
    state: {
      input,
      store: body['store'] !== false,
      background: body['background'] === true,
      repeated: Object.fromEntries(repeated.map(([name, unless]) => [name, body[name] ?? unless])),
    },
  };
}

/** What an answer says again of its request, and what it says where that was silent. */
const repeated: [string, unknown][] = [
  ['instructions', null],
  ['max_output_tokens', null],
  ['max_tool_calls', null],
  ['metadata', {}],
  ['parallel_tool_calls', true],
  ['previous_response_id', null],
  ['reasoning', { effort: null, summary: null }],
  ['temperature', 1],
  ['text', { format: { type: 'text' } }],
  ['tool_choice', 'auto'],
  ['tools', []],
  ['top_p', 1],
  ['truncation', 'disabled'],
];

/** What a model reads of an item: its words, or all of it as JSON. */
function textOfItem(item: Json): string {
  const { content } = item;
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return content.map((part) => textOfPart(part as Json)).join('');
  return JSON.stringify(item);
}

function textOfPart(part: Json): string {
  if (typeof part['text'] === 'string') return part['text'];
  return typeof part['image_url'] === 'string' ? part['image_url'] : JSON.stringify(part);
}

function readToolChoice(choice: unknown): ChatRequest['toolChoice'] {
  if (isObject(choice) && typeof choice['name'] === 'string') return { kind: 'forced', name: choice['name'] };
  return { kind: choice === 'none' || choice === 'required' ? choice : 'auto' };
}
