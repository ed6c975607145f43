/** Google's `generateContent`, as the Gemini API and Vertex speak it: a call comes whole, thoughts are counted apart. */
import { type Completion, type FinishReason, piecesOf } from './compose-completion.js';
import type { Model } from './config.js';
import type { Dialect } from './dialect.js';
import type { Json } from './parse-chat-request.js';
import { parseGeminiRequest } from './parse-gemini-request.js';
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
    parse: (body) => parseGeminiRequest(body, asked),
    plan: (completion, model, request) =>
      request.stream
        ? planEvents(streamSteps(completion, model), geminiSpelling)
        : planBody(JSON.stringify(spellWhole(completion)), completion, model, geminiSpelling),
  };
}

const finishReasons: Record<FinishReason, string> = { stop: 'STOP', length: 'MAX_TOKENS', tool_calls: 'STOP' };

function spellWhole(completion: Completion): Json {
  return spell(completion, partsOf(completion), completion.counts.completionTokens, true);
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

function spell(completion: Completion, parts: Json[], completionTokens: number, last: boolean): Json {
  const { counts, reasoningTokens, model, finishReason, id } = completion;
  const thoughts = Math.min(reasoningTokens, completionTokens);
  const content = { role: 'model', parts };
  return {
    candidates: [{ content, index: 0, ...(last && { finishReason: finishReasons[finishReason] }) }],
    modelVersion: model,
    responseId: id,
    usageMetadata: {
      promptTokenCount: counts.promptTokens,
      candidatesTokenCount: completionTokens - thoughts,
      ...(thoughts > 0 && { thoughtsTokenCount: thoughts }),
      ...(counts.cachedTokens > 0 && { cachedContentTokenCount: counts.cachedTokens }),
      totalTokenCount: counts.promptTokens + completionTokens,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: counts.promptTokens }],
    },
  };
}

function* streamSteps(completion: Completion, model: Model): Generator<Step> {
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
    yield write('content', spell(completion, [part], generated, false), generated);
  }
  yield write('usage', spell(completion, [{ text: '' }], counts.completionTokens, true), counts.completionTokens);
}
