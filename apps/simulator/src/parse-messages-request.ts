/** Reads a Messages request as strictly as the real API does. What it asks to be cached is found by its marks. */
import type { IncomingHttpHeaders } from 'node:http';
import { countTokens, tokensPerMessage, tokensPerTurn } from './count-tokens.js';
import {
  type ChatRequest,
  type Check,
  checked,
  checkInteger,
  checkModel,
  isGiven,
  isObject,
  type Json,
  readObject,
  readUseCase,
  wrongType,
} from './parse-chat-request.js';
import type { CacheMark } from './prompt-cache.js';
import { invalidRequest, type WireError } from './wire-error.js';

export function parseMessagesRequest(
  body: Buffer,
  _place: unknown,
  headers: IncomingHttpHeaders,
): { request: ChatRequest } | { error: WireError } {
  if (headers['anthropic-version'] === undefined)
    return { error: invalidRequest('anthropic-version: header is required', null) };
  const read = readObject(body);
  if ('error' in read) return read;
  return checked(read.json, [...checks, needsLimit]) ?? { request: readRequest(read.json) };
}

/** `POST /v1/messages/count_tokens` takes the same request without a limit: the number of its input tokens. */
export function countMessagesTokens(body: Buffer): { model: string; tokens: number } | { error: WireError } {
  const read = readObject(body);
  if ('error' in read) return read;
  const complaint = checked(read.json, checks);
  if (complaint) return complaint;
  const { model, promptTokens } = readRequest(read.json);
  return { model, tokens: promptTokens };
}

/** First complaint wins, in this order. */
const checks: Check[] = [
  checkModel,
  ({ messages }) => {
    if (!Array.isArray(messages)) return invalidRequest('messages: Field required', 'messages');
    if (messages.length === 0) return invalidRequest('messages: at least one message is required', 'messages');
    const stranger = messages.findIndex(
      (message) => !isObject(message) || (message['role'] !== 'user' && message['role'] !== 'assistant'),
    );
    return stranger < 0
      ? null
      : invalidRequest(`messages.${stranger}.role: Input should be 'user' or 'assistant'`, 'messages');
  },
  (body) => checkInteger(body, 'max_tokens', 1, Number.MAX_SAFE_INTEGER),
  ({ stream }) => (!isGiven(stream) || typeof stream === 'boolean' ? null : wrongType('stream', 'a boolean')),
  ({ tools }) => (!isGiven(tools) || Array.isArray(tools) ? null : wrongType('tools', 'an array')),
];
const needsLimit: Check = ({ max_tokens: limit }) =>
  isGiven(limit) ? null : invalidRequest('max_tokens: Field required', 'max_tokens');

function readRequest(body: Json): ChatRequest {
  const messages = body['messages'] as Json[];
  const tools = ((body['tools'] ?? []) as Json[]).filter((tool) => typeof tool['name'] === 'string');
  const prompt = new MarkedPrompt();
  for (const tool of tools) prompt.add(JSON.stringify(tool), tool);
  prompt.addContent(body['system']);
  for (const { content } of messages) prompt.addContent(content);
  if (isGiven(body['output_config'])) prompt.add(JSON.stringify(body['output_config']), {});
  const lastUser = messages.findLast((message) => message['role'] === 'user');
  return {
    model: body['model'] as string,
    question: wordsOf(lastUser?.['content']).trim(),
    useCase: readUseCase(body['metadata']),
    stream: body['stream'] === true,
    includeUsage: true,
    n: 1,
    maxTokens: (body['max_tokens'] ?? null) as number | null,
    stop: (body['stop_sequences'] ?? []) as string[],
    toolNames: tools.map((tool) => String(tool['name'])),
    toolChoice: readToolChoice(body['tool_choice']),
    lastRole: endsInResult(messages) ? 'tool' : String(messages.at(-1)?.['role']),
    serviceTier: null,
    prompt: prompt.text,
    promptTokens: prompt.tokens + messages.length * tokensPerMessage + tokensPerTurn,
    cacheMarks: prompt.marks,
  };
}

/** A prompt put together, and where in it the caller set marks. */
class MarkedPrompt {
  text = '';
  tokens = 0;
  readonly marks: CacheMark[] = [];

  add(text: string, { cache_control: mark }: Json): void {
    this.text += text;
    this.tokens += countTokens(text);
    if (!isObject(mark)) return;
    this.marks.push({ endByte: Buffer.byteLength(this.text), lifetime: mark['ttl'] === '1h' ? '1h' : '5m' });
  }

  addContent(content: unknown): void {
    if (typeof content === 'string') this.add(content, {});
    if (Array.isArray(content)) for (const block of content as Json[]) this.add(textOfBlock(block), block);
  }
}

function textOfBlock({ cache_control: _, ...block }: Json): string {
  return block['type'] === 'text' && typeof block['text'] === 'string' ? block['text'] : JSON.stringify(block);
}

function wordsOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const blocks = Array.isArray(content) ? (content as Json[]) : [];
  return blocks.map((block) => (typeof block['text'] === 'string' ? block['text'] : '')).join('');
}

function endsInResult(messages: Json[]): boolean {
  const content = messages.at(-1)?.['content'];
  return Array.isArray(content) && (content as Json[]).some((block) => block['type'] === 'tool_result');
}

function readToolChoice(choice: unknown): ChatRequest['toolChoice'] {
  const type = isObject(choice) ? choice['type'] : 'auto';
  if (type === 'tool' && isObject(choice)) return { kind: 'forced', name: String(choice['name']) };
  return { kind: type === 'any' ? 'required' : type === 'none' ? 'none' : 'auto' };
}
