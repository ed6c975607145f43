/** Reads a `generateContent` request as strictly as the real API does. Model and streaming are in the path. */
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

export function parseGeminiRequest(
  body: Buffer,
  { model, stream }: { model: string; stream: boolean },
): { request: ChatRequest } | { error: WireError } {
  const read = readObject(body);
  if ('error' in read) return read;
  return checked(read.json, checks) ?? { request: readRequest(read.json, model, stream) };
}

const known = new Set([
  ...['contents', 'systemInstruction', 'generationConfig', 'tools', 'toolConfig', 'safetySettings'],
  ...['cachedContent', 'labels', 'serviceTier'],
]);

/** First complaint wins, in this order. */
const checks: Check[] = [
  (body) => {
    const stranger = Object.keys(body).find((name) => !known.has(name));
    if (!stranger) return null;
    return invalidRequest(`Invalid JSON payload received. Unknown name "${stranger}": Cannot find field.`, stranger);
  },
  ({ contents }) =>
    Array.isArray(contents) && contents.length > 0 ? null : invalidRequest('contents is not specified', 'contents'),
  ({ contents }) => {
    const wrong = listOf(contents).find(
      ({ role, parts }) => !['user', 'model'].includes(String(role)) || !Array.isArray(parts),
    );
    return wrong ? invalidRequest('Please use a valid role: user, model.', 'contents') : null;
  },
  checkResponses,
];

/** A turn of results answers the turn of calls before it, one each. */
function checkResponses({ contents }: Json): WireError | null {
  const turns = listOf(contents).map(({ parts }) => ({
    calls: listOf(parts).filter((part) => isGiven(part['functionCall'])).length,
    responses: listOf(parts).filter((part) => isGiven(part['functionResponse'])).length,
  }));
  const wrong = turns.some(({ responses }, at) => responses > 0 && responses !== (turns[at - 1]?.calls ?? 0));
  if (!wrong) return null;
  const message =
    'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
  return invalidRequest(message, 'contents');
}

/** One picture, at what Google says it takes. */
const drawn = { madeTokens: 1_290, pictures: { count: 1, given: 0, partials: 0 } };

function readRequest(body: Json, model: string, stream: boolean): ChatRequest {
  const contents = listOf(body['contents']);
  const config = isObject(body['generationConfig']) ? body['generationConfig'] : {};
  const prompt = new PromptText();
  const system = isObject(body['systemInstruction']) ? listOf(body['systemInstruction']['parts']) : [];
  for (const part of [...system, ...contents.flatMap(({ parts }) => listOf(parts))])
    prompt.add(typeof part['text'] === 'string' ? part['text'] : JSON.stringify(part));
  const tools = listOf(body['tools']).flatMap((tool) => listOf(tool['functionDeclarations']));
  for (const extra of [body['tools'], config['responseJsonSchema']])
    if (isGiven(extra)) prompt.add(JSON.stringify(extra));
  const last = listOf(contents.at(-1)?.['parts']);
  const asked = contents.findLast(({ role, parts }) => role === 'user' && listOf(parts).some((part) => part['text']));
  return {
    model,
    question: listOf(asked?.['parts'])
      .map(({ text }) => (typeof text === 'string' ? text : ''))
      .join('')
      .trim(),
    useCase: null,
    stream,
    includeUsage: true,
    n: 1,
    maxTokens: (config['maxOutputTokens'] ?? null) as number | null,
    stop: (config['stopSequences'] ?? []) as string[],
    toolNames: tools.map((tool) => String(tool['name'])),
    toolChoice: toolChoiceOf(body['toolConfig']),
    lastRole: last.some((part) => isGiven(part['functionResponse'])) ? 'tool' : 'user',
    serviceTier: typeof body['serviceTier'] === 'string' ? body['serviceTier'] : null,
    ...(listOf(config['responseModalities']).includes('IMAGE' as never) && drawn),
    prompt: prompt.text,
    promptTokens: prompt.tokens + contents.length * tokensPerMessage + tokensPerTurn,
  };
}

function toolChoiceOf(config: unknown): ChatRequest['toolChoice'] {
  const calling = isObject(config) && isObject(config['functionCallingConfig']) ? config['functionCallingConfig'] : {};
  const [only] = (calling['allowedFunctionNames'] ?? []) as string[];
  if (calling['mode'] === 'ANY') return only === undefined ? { kind: 'required' } : { kind: 'forced', name: only };
  return { kind: calling['mode'] === 'NONE' ? 'none' : 'auto' };
}
