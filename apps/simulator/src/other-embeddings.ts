/**
 * Embeddings as Google and Amazon's Titan speak them. Google's say nothing of what was used; Titan counts the one text it
 * takes.
 */
import { bedrockSpelling } from './bedrock-dialect.js';
import type { Dialect } from './dialect.js';
import { textsRequest, vectorsOf } from './embeddings-dialect.js';
import { geminiSpelling } from './gemini-dialect.js';
import { type ChatRequest, isObject, type Json, readObject } from './parse-chat-request.js';
import { type FaultSpelling, planBody } from './plan-response.js';
import { listOf } from './prompt-text.js';
import { invalidRequest, type WireError } from './wire-error.js';

type Parsed = { request: ChatRequest } | { error: WireError };

function speak(spelling: FaultSpelling, parse: (json: Json) => Parsed, spell: (request: ChatRequest) => Json): Dialect {
  return {
    spelling,
    parse: (body) => {
      const read = readObject(body);
      return 'error' in read ? read : parse(read.json);
    },
    plan: (completion, model, request) => planBody(JSON.stringify(spell(request)), completion, model, spelling),
  };
}

const textIn = ({ content }: Json): string | null => {
  const [part] = isObject(content) ? listOf(content['parts']) : [];
  return typeof part?.['text'] === 'string' ? part['text'] : null;
};

const dimensionsIn = (request: Json | undefined): number | null =>
  typeof request?.['outputDimensionality'] === 'number' ? request['outputDimensionality'] : null;

export function geminiEmbeddingsAt(path: string): Dialect | null {
  const [, name, verb] = /\/models\/([^/]+):(embedContent|batchEmbedContents)$/.exec(path) ?? [];
  if (name === undefined) return null;
  const model = decodeURIComponent(name);
  const whole = verb === 'embedContent';
  // At Vertex the path alone names the model, one text is taken, and it is counted.
  const vertex = path.includes('/publishers/');
  const parse = (json: Json): Parsed => {
    if (vertex && (!whole || 'model' in json)) return { error: invalidRequest('Unknown name "model"', 'model') };
    const requests = whole ? [json] : listOf(json['requests']);
    const texts = requests.map(textIn);
    if (texts.length === 0 || texts.includes(null)) return { error: invalidRequest('content is required', 'content') };
    return { request: textsRequest(model, texts as string[], dimensionsIn(requests[0])) };
  };
  return speak(geminiSpelling, parse, (request) => {
    const embeddings = vectorsOf(request).map((values) => ({ values }));
    const tokens = request.promptTokens;
    const counted = { usageMetadata: { promptTokenCount: tokens, totalTokenCount: tokens } };
    return whole ? { embedding: embeddings[0], ...(vertex && counted) } : { embeddings };
  });
}

export function titanAt(path: string): Dialect | null {
  const [, name] = /^\/model\/([^/]+)\/invoke$/.exec(path) ?? [];
  if (name === undefined) return null;
  const parse = ({ inputText: text, dimensions }: Json): Parsed => {
    if (typeof text !== 'string') return { error: invalidRequest('inputText is required', 'inputText') };
    return {
      request: textsRequest(decodeURIComponent(name), [text], typeof dimensions === 'number' ? dimensions : null),
    };
  };
  return speak(bedrockSpelling, parse, (request) => ({
    embedding: vectorsOf(request)[0],
    inputTextTokenCount: request.promptTokens,
  }));
}
