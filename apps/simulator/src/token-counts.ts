/** Counts of a request's tokens, each venue's in its own words. They reach a model and are on no bill: counting is free. */
import type { IncomingHttpHeaders } from 'node:http';
import { bedrockSpelling } from './bedrock-dialect.js';
import { chatSpelling } from './chat-dialect.js';
import { geminiSpelling } from './gemini-dialect.js';
import { messagesSpelling } from './messages-dialect.js';
import { parseBedrockRequest } from './parse-bedrock-request.js';
import { type ChatRequest, isObject, type Json, readObject } from './parse-chat-request.js';
import { parseGeminiRequest } from './parse-gemini-request.js';
import { countMessagesTokens } from './parse-messages-request.js';
import { parseResponsesRequest } from './parse-responses-request.js';
import type { FaultSpelling } from './plan-response.js';
import { invalidRequest, type WireError } from './wire-error.js';

export interface Counter {
  spelling: FaultSpelling;
  count(body: Buffer, headers: IncomingHttpHeaders): { model: string; tokens: number } | { error: WireError };
  spell(tokens: number): Json;
}

const counted = (parsed: { request: ChatRequest } | { error: WireError }) =>
  'error' in parsed ? parsed : { model: parsed.request.model, tokens: parsed.request.promptTokens };

const messages: Counter = {
  spelling: messagesSpelling,
  count: (body) => countMessagesTokens(body),
  spell: (tokens) => ({ input_tokens: tokens }),
};

/** Fields a Responses request has and its count has not. */
const uncounted = ['stream', 'store', 'include', 'max_output_tokens', 'service_tier', 'user', 'temperature'];

const responses: Counter = {
  spelling: chatSpelling,
  count: (body) => {
    const read = readObject(body);
    const stranger = 'json' in read && uncounted.find((name) => name in read.json);
    if (stranger) return { error: invalidRequest(`Unknown parameter: '${stranger}'.`, stranger, 'unknown_parameter') };
    return counted(parseResponsesRequest(body, { kept: new Map() }));
  },
  spell: (tokens) => ({ object: 'response.input_tokens', input_tokens: tokens }),
};

/** The Gemini API wants the whole request in an envelope that names the model again; Vertex takes it as it is. */
const gemini = (model: string): Counter => ({
  spelling: geminiSpelling,
  count: (body) => {
    const read = readObject(body);
    if ('error' in read) return read;
    const { model: named, ...request } = (read.json['generateContentRequest'] ?? read.json) as Json;
    if ('generateContentRequest' in read.json && named !== `models/${model}`)
      return { error: invalidRequest('generateContentRequest.model is not specified', 'model') };
    return counted(parseGeminiRequest(Buffer.from(JSON.stringify(request)), { model, stream: false }));
  },
  spell: (tokens) => ({ totalTokens: tokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: tokens }] }),
});

const bedrock = (model: string): Counter => ({
  spelling: bedrockSpelling,
  count: (body) => {
    const read = readObject(body);
    if ('error' in read) return read;
    const { input } = read.json;
    const request = isObject(input) ? input['converse'] : null;
    if (!isObject(request)) return { error: invalidRequest('input is required', 'input') };
    return counted(parseBedrockRequest(Buffer.from(JSON.stringify(request)), { model, stream: false }));
  },
  spell: (tokens) => ({ inputTokens: tokens }),
});

export function counterAt(path: string): Counter | null {
  if (path.endsWith('/messages/count_tokens')) return messages;
  if (path.endsWith('/responses/input_tokens')) return responses;
  const [, atGoogle] = /\/models\/([^/]+):countTokens$/.exec(path) ?? [];
  if (atGoogle !== undefined) return gemini(decodeURIComponent(atGoogle));
  const [, atBedrock] = /^\/model\/([^/]+)\/count-tokens$/.exec(path) ?? [];
  return atBedrock === undefined ? null : bedrock(decodeURIComponent(atBedrock));
}
