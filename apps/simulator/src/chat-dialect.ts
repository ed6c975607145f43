/** OpenAI's chat completions, as a venue speaks it: the answer whole and in pieces. */
import { piecesOf, type Completion } from './compose-completion.js';
import type { Call } from './choose-answer.js';
import type { Model } from './config.js';
import { countTokens } from './count-tokens.js';
import type { Dialect } from './dialect.js';
import { parseChatRequest } from './parse-chat-request.js';
import { type FaultSpelling, planBody, planEvents, type Step } from './plan-response.js';
import { spellError } from './wire-error.js';

const usageField = /,"usage":(\{(?:[^{}]|\{[^{}]*\})*\})/;
const isEvent = (text: string): boolean => text.startsWith('data: ');

export const chatSpelling: FaultSpelling = {
  error: spellError,
  errorEvent: (error) => `data: ${spellError(error)}\n\n`,
  // As routers spell what a venue of theirs did (OpenRouter, streaming errors).
  errorAsData: ({ status, message }) =>
    `data: ${JSON.stringify({
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
      error: { code: status, message },
    })}\n\ndata: [DONE]\n\n`,
  idleEvent: (padding) => `data: {"object":"chat.completion.chunk","choices":[],"obfuscation":"${padding}"}\n\n`,
  brokenEvent: 'data: {"id":"chatcmpl-","choices":[{"index":0,"del\n\n',
  withoutUsage: (text) => (isEvent(text) ? '' : text.replace(usageField, '')),
  withUsageTwice: (text) => (isEvent(text) ? text + text : text.replace(usageField, (field) => field + field)),
  withFalseUsage: (text) =>
    text.replace(/"total_tokens":(\d+)/, (_, total: string) => `"total_tokens":${Number(total) + 7}`),
};

export const chatDialect: Dialect = {
  spelling: chatSpelling,
  parse: parseChatRequest,
  plan: (completion, model, request) =>
    request.stream
      ? planEvents(streamSteps(completion, model, request.includeUsage), chatSpelling)
      : planBody(spellCompletion(completion), completion, model, chatSpelling),
};

function spellCompletion(completion: Completion): string {
  const { answer } = completion;
  const message =
    answer.kind === 'text'
      ? { role: 'assistant', content: answer.text, refusal: null, annotations: [] }
      : {
          role: 'assistant',
          content: null,
          tool_calls: answer.calls.map((call, index) => spellToolCall(completion, call, index)),
          refusal: null,
          annotations: [],
        };
  return JSON.stringify({
    id: completion.id,
    object: 'chat.completion',
    created: completion.created,
    model: completion.model,
    choices: Array.from({ length: completion.n }, (_, index) => ({
      index,
      message,
      logprobs: null,
      finish_reason: completion.finishReason,
    })),
    usage: spellUsage(completion),
    service_tier: completion.serviceTier,
    system_fingerprint: completion.fingerprint,
  });
}

function spellToolCall({ id }: Completion, { name, arguments: text }: Call, index: number) {
  return { id: `call_${id.slice(-23)}${index}`, type: 'function', function: { name, arguments: text } };
}

function* streamSteps(completion: Completion, model: Model, includeUsage: boolean): Generator<Step> {
  const { answer, n, reasoningTokens } = completion;
  const { firstByte, perChunk } = model.latencyMs;
  const spell = chunkSpeller(completion, includeUsage);
  const opened = answer.kind === 'tools' ? countTokens(answer.calls[0]?.name ?? '') : 0;
  if (firstByte > 0) yield { act: 'wait', ms: firstByte };
  for (let index = 0; index < n; index++)
    yield {
      act: 'write',
      bytes: spell(index, openingDelta(completion)),
      part: 'role',
      generated: (reasoningTokens + opened) * (index + 1),
    };
  let before = opened;
  for (const { call, opens, text, spoken } of piecesOf(answer, model.tokensPerChunk)) {
    if (opens && call === 0) continue;
    if (perChunk > 0) yield { act: 'wait', ms: perChunk };
    const delta =
      answer.kind === 'text'
        ? { content: text }
        : { tool_calls: [opens ? openingCall(completion, call) : { index: call, function: { arguments: text } }] };
    for (let index = 0; index < n; index++) {
      const generated = reasoningTokens * n + spoken * (index + 1) + before * (n - index - 1);
      yield { act: 'write', bytes: spell(index, delta), part: 'content', generated };
    }
    before = spoken;
  }
  for (let index = 0; index < n; index++)
    yield { act: 'write', bytes: spell(index, {}, completion.finishReason), part: 'finish' };
  if (includeUsage) yield { act: 'write', bytes: spell(null, spellUsage(completion)), part: 'usage' };
  yield { act: 'write', bytes: 'data: [DONE]\n\n', part: 'done' };
}

function openingDelta(completion: Completion): Record<string, unknown> {
  if (completion.answer.kind === 'text') return { role: 'assistant', content: '', refusal: null };
  return { role: 'assistant', content: null, tool_calls: [openingCall(completion, 0)], refusal: null };
}

function openingCall(completion: Completion, index: number) {
  const name = completion.answer.kind === 'tools' ? (completion.answer.calls[index]?.name ?? '') : '';
  return { index, ...spellToolCall(completion, { name, arguments: '' }, index) };
}

/** Spells one event; index null is the last chunk, which has no choices and is the only one whose usage is not null. */
function chunkSpeller(completion: Completion, includeUsage: boolean) {
  const { id, created, model, serviceTier, fingerprint } = completion;
  const head = {
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    service_tier: serviceTier,
    system_fingerprint: fingerprint,
  };
  const opening = `data: ${JSON.stringify(head).slice(0, -1)},"choices":[`;
  const closing = includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
  return (index: number | null, content: Record<string, unknown>, finishReason: string | null = null): string => {
    if (index === null) return `${opening}],"usage":${JSON.stringify(content)}}\n\n`;
    const choice = { index, delta: content, logprobs: null, finish_reason: finishReason };
    return opening + JSON.stringify(choice) + closing;
  };
}

/** As the wire spells it; the parts and their sum. */
function spellUsage({ counts, reasoningTokens, n }: Completion): Record<string, unknown> {
  return {
    prompt_tokens: counts.promptTokens,
    completion_tokens: counts.completionTokens,
    total_tokens: counts.promptTokens + counts.completionTokens,
    prompt_tokens_details: { cached_tokens: counts.cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens * n,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
