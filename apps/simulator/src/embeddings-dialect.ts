/** OpenAI's embeddings, as a venue speaks them: the same text always gets the same vector. */
import { createHash } from 'node:crypto';
import { chatSpelling } from './chat-dialect.js';
import { countTokens } from './count-tokens.js';
import type { Dialect } from './dialect.js';
import {
  type ChatRequest,
  type Check,
  checked,
  checkInteger,
  checkModel,
  isGiven,
  readObject,
  noConversation,
} from './parse-chat-request.js';
import { planBody } from './plan-response.js';
import { invalidRequest, type WireError } from './wire-error.js';

const dimensionsUnlessTold = 8;

const checks: Check[] = [
  checkModel,
  ({ input }) =>
    isGiven(input) && textsOf(input).length > 0
      ? null
      : invalidRequest("Missing required parameter: 'input'.", 'input', 'missing_required_parameter'),
  (body) => checkInteger(body, 'dimensions', 1, 4_096),
];

/** Tokens given as numbers are texts of one token each. */
function textsOf(input: unknown): string[] {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input)) return [];
  if (input.every((one) => typeof one === 'number')) return input.length > 0 ? [input.join(' ')] : [];
  return input.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
}

function parse(body: Buffer): { request: ChatRequest } | { error: WireError } {
  const read = readObject(body);
  if ('error' in read) return read;
  const complaint = checked(read.json, checks);
  if (complaint) return complaint;
  const { json } = read;
  const { dimensions = null } = json as { dimensions?: number | null };
  const request = textsRequest(json['model'] as string, textsOf(json['input']), dimensions);
  return { request: { ...request, state: { input: [], store: false, background: false, repeated: json } } };
}

/** Texts to be put into vectors, in whichever words that was asked. */
export function textsRequest(model: string, inputs: string[], dimensions: number | null): ChatRequest {
  return {
    model,
    question: inputs[0] ?? '',
    ...noConversation,
    stream: false,
    prompt: inputs.join(''),
    promptTokens: inputs.reduce((sum, text) => sum + countTokens(text), 0),
    madeTokens: 0,
    inputs,
    dimensions,
  };
}

export const vectorsOf = ({ inputs = [], dimensions }: ChatRequest): number[][] =>
  inputs.map((text) => vectorOf(text, dimensions ?? dimensionsUnlessTold));

export const embeddingsDialect: Dialect = {
  spelling: chatSpelling,
  parse,
  plan: (completion, model, request) => {
    const packed = request.state?.repeated['encoding_format'] === 'base64';
    const data = vectorsOf(request).map((vector, index) => ({
      ...{ object: 'embedding', index },
      embedding: packed ? inBase64(vector) : vector,
    }));
    const { promptTokens } = completion.counts;
    const usage = { prompt_tokens: promptTokens, total_tokens: promptTokens };
    const body = JSON.stringify({ object: 'list', data, model: completion.model, usage });
    return planBody(body, completion, model, chatSpelling);
  },
};

function vectorOf(text: string, dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, index) => {
    const digest = createHash('sha1').update(`${index} ${text}`).digest();
    return Math.fround(digest.readInt32BE(0) / 2 ** 31);
  });
}

const inBase64 = (vector: number[]): string => Buffer.from(Float32Array.from(vector).buffer).toString('base64');
