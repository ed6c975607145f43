/** OpenAI's images, as a venue speaks them: every picture is one pixel, and costs what a real one would. */
import { chatSpelling } from './chat-dialect.js';
import type { Completion } from './compose-completion.js';
import { countTokens } from './count-tokens.js';
import type { Dialect } from './dialect.js';
import {
  type ChatRequest,
  type Check,
  checked,
  checkInteger,
  checkModel,
  isGiven,
  type Json,
  readObject,
  noConversation,
} from './parse-chat-request.js';
import { planBody, planEvents, type Step } from './plan-response.js';
import { invalidRequest, type WireError } from './wire-error.js';

export const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
/** Of a picture made at this quality, of a sketch before it, and of a picture given. */
const tokensAt: Record<string, number> = { low: 272, medium: 1_056, high: 4_160 };
const tokensOfSketch = 100;
const tokensOfGiven = 323;

const checks: Check[] = [
  checkModel,
  ({ prompt }) =>
    isGiven(prompt)
      ? null
      : invalidRequest("Missing required parameter: 'prompt'.", 'prompt', 'missing_required_parameter'),
  (body) => checkInteger(body, 'n', 1, 10),
];

type Parsed = { request: ChatRequest } | { error: WireError };

function readRequest(json: Json, given: number): Parsed {
  const complaint = checked(json, checks);
  if (complaint) return complaint;
  const prompt = String(json['prompt']);
  const [count, partials] = [Number(json['n'] ?? 1), Number(json['partial_images'] ?? 0)];
  const quality = typeof json['quality'] === 'string' ? json['quality'] : 'medium';
  const each = (tokensAt[quality] ?? 1_056) + partials * tokensOfSketch;
  return {
    request: {
      model: json['model'] as string,
      question: prompt,
      ...noConversation,
      stream: json['stream'] === true || json['stream'] === 'true',
      prompt,
      promptTokens: (countTokens(prompt) + given * tokensOfGiven) * count,
      madeTokens: each * count,
      pictures: { count, given, partials },
    },
  };
}

function parseForm(body: Buffer): Parsed {
  const boundary = body.subarray(0, body.indexOf('\r\n'));
  const fields: Json = {};
  let given = 0;
  for (let at = boundary.length + 2; at > 1;) {
    const [head, end] = [body.indexOf('\r\n\r\n', at), body.indexOf(boundary, at)];
    if (head < 0 || end < 0) break;
    const headers = body.toString('utf8', at, head);
    const name = /name="([^"]*)"/.exec(headers)?.[1] ?? '';
    if (headers.includes('filename=')) given += 1;
    else fields[name] = body.toString('utf8', head + 4, end - 2);
    at = end + boundary.length + 2;
  }
  for (const name of ['n', 'partial_images']) if (fields[name] !== undefined) fields[name] = Number(fields[name]);
  if (given === 0)
    return { error: invalidRequest("Missing required parameter: 'image'.", 'image', 'missing_required_parameter') };
  return readRequest(fields, given);
}

function parseJson(body: Buffer): Parsed {
  const read = readObject(body);
  return 'error' in read ? read : readRequest(read.json, 0);
}

const speak = (parse: (body: Buffer) => Parsed, event: string): Dialect => ({
  spelling: chatSpelling,
  parse,
  plan: (completion, model, request) => {
    if (request.stream) return planEvents(streamSteps(completion, request, event), chatSpelling);
    const data = Array.from({ length: request.pictures?.count ?? 1 }, () => ({ b64_json: pixel }));
    const { created } = completion;
    const body = { created, background: 'opaque', data, output_format: 'png', quality: 'medium', size: '1024x1024' };
    return planBody(JSON.stringify({ ...body, usage: usageOf(completion, request) }), completion, model, chatSpelling);
  },
});

export const picturesDialect = speak(parseJson, 'image_generation');
export const pictureEditsDialect = speak(parseForm, 'image_edit');

function usageOf({ counts }: Completion, { pictures }: ChatRequest): Json {
  const given = (pictures?.given ?? 0) * (pictures?.count ?? 1) * tokensOfGiven;
  return {
    total_tokens: counts.promptTokens + counts.completionTokens,
    input_tokens: counts.promptTokens,
    output_tokens: counts.completionTokens,
    input_tokens_details: { text_tokens: counts.promptTokens - given, image_tokens: given },
  };
}

function* streamSteps(completion: Completion, request: ChatRequest, event: string): Generator<Step> {
  const spell = (type: string, data: Json): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
  const picture = { b64_json: pixel, created_at: completion.created, size: '1024x1024', quality: 'medium' };
  for (let index = 0; index < (request.pictures?.partials ?? 0); index++)
    yield {
      act: 'write',
      bytes: spell(`${event}.partial_image`, { ...picture, partial_image_index: index }),
      part: 'content',
      generated: tokensOfSketch * (index + 1),
    };
  const usage = usageOf(completion, request);
  yield { act: 'write', bytes: spell(`${event}.completed`, { ...picture, usage }), part: 'usage' };
}
