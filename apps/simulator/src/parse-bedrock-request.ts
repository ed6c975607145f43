/** Reads a Converse request as strictly as the real API does. Model and streaming are in the path. */
import { tokensPerMessage, tokensPerTurn } from './count-tokens.js';
import {
  type ChatRequest,
  type Check,
  checked,
  isGiven,
  isObject,
  type Json,
  readObject,
} from './parse-chat-request.js';
import { listOf, PromptText } from './prompt-text.js';
import { invalidRequest, type WireError } from './wire-error.js';

export function parseBedrockRequest(
  body: Buffer,
  { model, stream }: { model: string; stream: boolean },
): { request: ChatRequest } | { error: WireError } {
  const read = readObject(body);
  if ('error' in read) return read;
  return checked(read.json, checks) ?? { request: readRequest(read.json, model, stream) };
}

const imageFormats = new Set(['png', 'jpeg', 'gif', 'webp']);

/** First complaint wins, in this order. */
const checks: Check[] = [
  ({ messages }) =>
    Array.isArray(messages) && messages.length > 0 ? null : invalidRequest('messages is required', 'messages'),
  ({ messages }) => {
    const roles = listOf(messages).map(({ role }) => role);
    const wrong = roles[0] !== 'user' || roles.some((role, at) => at > 0 && role === roles[at - 1]);
    return wrong ? invalidRequest('A conversation must alternate between user and assistant roles.', 'messages') : null;
  },
  ({ messages, toolConfig }) => {
    const speaksOfTools = listOf(messages)
      .flatMap(({ content }) => listOf(content))
      .some((block) => isGiven(block['toolUse']) || isGiven(block['toolResult']));
    if (!speaksOfTools || isObject(toolConfig)) return null;
    return invalidRequest(
      'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
      null,
    );
  },
  ({ messages }) => {
    const images = listOf(messages).flatMap(({ content }) => listOf(content).map(({ image }) => image));
    const wrong = images.some((image) => isObject(image) && !imageFormats.has(String(image['format'])));
    return wrong ? invalidRequest('The image format is not supported.', 'messages') : null;
  },
  ({ inferenceConfig }) => {
    const known = ['maxTokens', 'temperature', 'topP', 'stopSequences'];
    const stranger = Object.keys(isObject(inferenceConfig) ? inferenceConfig : {}).find(
      (name) => !known.includes(name),
    );
    return stranger ? invalidRequest(`inferenceConfig: extraneous key [${stranger}] is not permitted`, stranger) : null;
  },
];

function readRequest(body: Json, model: string, stream: boolean): ChatRequest {
  const messages = listOf(body['messages']);
  const config = isObject(body['inferenceConfig']) ? body['inferenceConfig'] : {};
  const toolConfig = isObject(body['toolConfig']) ? body['toolConfig'] : {};
  const tools = listOf(toolConfig['tools']).flatMap(({ toolSpec }) => (isObject(toolSpec) ? [toolSpec] : []));
  const prompt = new PromptText();
  for (const tool of tools) prompt.add(JSON.stringify(tool));
  for (const block of [...listOf(body['system']), ...messages.flatMap(({ content }) => listOf(content))]) {
    const { cachePoint } = block;
    if (isObject(cachePoint)) prompt.mark(cachePoint['ttl']);
    else prompt.add(typeof block['text'] === 'string' ? block['text'] : JSON.stringify(block));
  }
  const last = listOf(messages.at(-1)?.['content']);
  const asked = messages.findLast(({ role, content }) => role === 'user' && listOf(content).some(({ text }) => text));
  return {
    model,
    question: listOf(asked?.['content'])
      .map(({ text }) => (typeof text === 'string' ? text : ''))
      .join('')
      .trim(),
    useCase: null,
    stream,
    includeUsage: true,
    n: 1,
    maxTokens: (config['maxTokens'] ?? null) as number | null,
    stop: (config['stopSequences'] ?? []) as string[],
    toolNames: tools.map(({ name }) => String(name)),
    toolChoice: toolChoiceOf(toolConfig['toolChoice']),
    lastRole: last.some(({ toolResult }) => isGiven(toolResult)) ? 'tool' : 'user',
    serviceTier: isObject(body['serviceTier']) ? String(body['serviceTier']['type']) : null,
    prompt: prompt.text,
    promptTokens: prompt.tokens + messages.length * tokensPerMessage + tokensPerTurn,
    cacheMarks: prompt.marks,
  };
}

function toolChoiceOf(choice: unknown): ChatRequest['toolChoice'] {
  if (!isObject(choice)) return { kind: 'auto' };
  if (isObject(choice['tool'])) return { kind: 'forced', name: String(choice['tool']['name']) };
  return { kind: isGiven(choice['any']) ? 'required' : 'auto' };
}
