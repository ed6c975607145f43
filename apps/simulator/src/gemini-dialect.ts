/** Google's `generateContent`, as the Gemini API and Vertex speak it: a call comes whole, thoughts are counted apart. */
import { type Completion, type FinishReason, piecesOf } from './compose-completion.js';
import type { Model } from './config.js';
import type { Dialect } from './dialect.js';
import type { ChatRequest, Json } from './parse-chat-request.js';
import { parseGeminiRequest } from './parse-gemini-request.js';
import { pixel } from './pictures-dialect.js';
import { type FaultSpelling, type Part, planBody, planEvents, type Step } from './plan-response.js';
import type { WireError } from './wire-error.js';

const spellEvent = (data: Json): string => `data: ${JSON.stringify(data)}\r\n\r\n`;
const usageField = /,"usageMetadata":(\{(?:[^{}]|\{[^{}]*\})*\})/;

const statuses: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};

const errorOf = ({ status, message }: WireError): Json => ({
  error: { code: status, message, status: statuses[status] ?? 'INTERNAL' },
});

export const geminiSpelling: FaultSpelling = {
  error: (error) => JSON.stringify(errorOf(error)),
  errorEvent: (error) => spellEvent(errorOf(error)),
  idleEvent: (padding) => spellEvent({ candidates: [{ content: { role: 'model', parts: [] } }], padding }),
  brokenEvent: 'data: {"candidates":[{"content":{"pa\r\n\r\n',
  withoutUsage: (text) => text.replace(usageField, ''),
  withUsageTwice: (text) =>
    text.startsWith('data: ') ? text + text : text.replace(usageField, (field) => field + field),
  withFalseUsage: (text) =>
    text.replace(/"totalTokenCount":(\d+)/, (_, total: string) => `"totalTokenCount":${Number(total) + 7}`),
};

/** The path says which model, and whether the answer is to stream. */
export function geminiAt(path: string): Dialect | null {
  const [, name, verb] = /\/models\/([^/]+):(generateContent|streamGenerateContent)$/.exec(path) ?? [];
  if (name === undefined) return null;
  const asked = { model: decodeURIComponent(name), stream: verb === 'streamGenerateContent' };
  return {
    spelling: geminiSpelling,
    parse: (body, _place, headers) => {
      const parsed = parseGeminiRequest(body, asked);
      const tier = headers['x-vertex-ai-llm-shared-request-type'];
      if ('error' in parsed || typeof tier !== 'string') return parsed;
      return { request: { ...parsed.request, serviceTier: tier, tierInHeader: true } };
    },
    plan: (completion, model, request) => {
      const plan = request.stream
        ? planEvents(streamSteps(completion, model, request), geminiSpelling)
        : planBody(JSON.stringify(spellWhole(completion, request)), completion, model, geminiSpelling);
      // The Gemini API says in a header what Vertex says beside the usage.
      if (request.serviceTier === null || request.tierInHeader) return plan;
      const told = completion.serviceTier === 'default' ? 'standard' : completion.serviceTier;
      return { ...plan, headers: { ...plan.headers, 'x-gemini-service-tier': told } };
    },
  };
}

const finishReasons: Record<FinishReason, string> = { stop: 'STOP', length: 'MAX_TOKENS', tool_calls: 'STOP' };

function spellWhole(completion: Completion, request: ChatRequest): Json {
  const tokens = completion.counts.completionTokens;
  const last = { tokens, last: true, request };
  if (!request.pictures) return spell(completion, partsOf(completion), last);
  const drawn = spell(completion, [{ inlineData: { mimeType: 'image/png', data: pixel } }], last);
  const details = { candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: tokens }] };
  return { ...drawn, usageMetadata: { ...(drawn['usageMetadata'] as Json), ...details } };
}

const partsOf = ({ id, answer }: Completion): Json[] =>
  answer.kind === 'text'
    ? [{ text: answer.text }]
    : answer.calls.map(({ name, arguments: text }, index) => ({
        functionCall: { id: `fc_${id.slice(-20)}${index}`, name, args: argumentsOf(text) },
        // Of thinking models, to be shown again with the call.
        thoughtSignature: Buffer.from(`${id} ${index}`).toString('base64'),
      }));

function argumentsOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

interface Said {
  /** Made until then. */
  tokens: number;
  last: boolean;
  request: ChatRequest;
}

function spell(completion: Completion, parts: Json[], { tokens, last, request }: Said): Json {
  const { counts, reasoningTokens, model, finishReason, id } = completion;
  const thoughts = Math.min(reasoningTokens, tokens);
  const content = { role: 'model', parts };
  return {
    candidates: [{ content, index: 0, ...(last && { finishReason: finishReasons[finishReason] }) }],
    modelVersion: model,
    responseId: id,
    usageMetadata: {
      promptTokenCount: counts.promptTokens,
      candidatesTokenCount: tokens - thoughts,
      ...(thoughts > 0 && { thoughtsTokenCount: thoughts }),
      ...(counts.cachedTokens > 0 && { cachedContentTokenCount: counts.cachedTokens }),
      totalTokenCount: counts.promptTokens + tokens,
      ...(request.tierInHeader && { trafficType: completion.serviceTier === 'flex' ? 'ON_DEMAND_FLEX' : 'ON_DEMAND' }),
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: counts.promptTokens }],
    },
  };
}

function* streamSteps(completion: Completion, model: Model, request: ChatRequest): Generator<Step> {
  const { answer, reasoningTokens, counts } = completion;
  const { firstByte, perChunk } = model.latencyMs;
  const write = (part: Part, data: Json, generated: number): Step => ({
    act: 'write',
    bytes: spellEvent(data),
    part,
    generated,
  });
  if (firstByte > 0) yield { act: 'wait', ms: firstByte };
  const parts = partsOf(completion);
  for (const { call, opens, text, spoken } of piecesOf(answer, model.tokensPerChunk)) {
    if (answer.kind === 'tools' && !opens) continue;
    if (perChunk > 0) yield { act: 'wait', ms: perChunk };
    const part = answer.kind === 'text' ? { text } : (parts[call] ?? {});
    const generated = reasoningTokens + spoken;
    yield write('content', spell(completion, [part], { tokens: generated, last: false, request }), generated);
  }
  const tokens = counts.completionTokens;
  yield write('usage', spell(completion, [{ text: '' }], { tokens, last: true, request }), tokens);
}
