/** Anthropic's Messages, as a venue speaks it: the answer whole and in events, usage at both ends of a stream. */
import { type Completion, type FinishReason, piecesOf } from './compose-completion.js';
import type { Model } from './config.js';
import type { Dialect } from './dialect.js';
import type { Json } from './parse-chat-request.js';
import { parseMessagesRequest } from './parse-messages-request.js';
import { type FaultSpelling, type Part, planBody, planEvents, type Step } from './plan-response.js';
import type { WireError } from './wire-error.js';

const spellEvent = (type: string, data: Json): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
const usageField = /,"usage":(\{(?:[^{}]|\{[^{}]*\})*\})/;

/** Anthropic's own words for what went wrong, by status (its API reference, "Errors"). */
const typeOf: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

const errorOf = ({ status, message }: WireError): Json => ({ error: { type: typeOf[status] ?? 'api_error', message } });

export const messagesSpelling: FaultSpelling = {
  error: (error) => JSON.stringify({ type: 'error', ...errorOf(error), request_id: null }),
  errorEvent: (error) => spellEvent('error', errorOf(error)),
  errorAsData: (error) =>
    `data: ${JSON.stringify({ type: 'error', ...errorOf(error) })}\n\n${spellEvent('message_stop', {})}`,
  idleEvent: (padding) => spellEvent('ping', { padding }),
  brokenEvent: 'event: content_block_delta\ndata: {"type":"content_block_de\n\n',
  withoutUsage: (text) => text.replace(usageField, ''),
  withUsageTwice: (text) =>
    text.startsWith('event: ') ? text + text : text.replace(usageField, (field) => field + field),
  // A split of cache writes that is not their sum.
  withFalseUsage: (text) =>
    text.replace(
      usageField,
      (_, usage: string) =>
        `,"usage":${JSON.stringify({ ...(JSON.parse(usage) as Json), cache_creation_input_tokens: 7, cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 } })}`,
    ),
};

export const messagesDialect: Dialect = {
  spelling: messagesSpelling,
  parse: parseMessagesRequest,
  plan: (completion, model, request) =>
    request.stream
      ? planEvents(streamSteps(completion, model), messagesSpelling)
      : planBody(JSON.stringify(spellMessage(completion)), completion, model, messagesSpelling),
};

const stopReasons: Record<FinishReason, string> = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' };

function spellMessage(completion: Completion): Json {
  return {
    id: completion.id.replace('chatcmpl-', 'msg_'),
    type: 'message',
    role: 'assistant',
    model: completion.model,
    content: blocksOf(completion),
    stop_reason: stopReasons[completion.finishReason],
    stop_sequence: null,
    usage: usageOf(completion, completion.counts.completionTokens),
  };
}

function blocksOf({ id, answer }: Completion): Json[] {
  if (answer.kind === 'text') return [{ type: 'text', text: answer.text }];
  return answer.calls.map(({ name, arguments: text }, index) => ({
    type: 'tool_use',
    id: `toolu_${id.slice(-23)}${index}`,
    name,
    input: inputOf(text),
  }));
}

/** A model's arguments are an object on this wire; what it spelled wrongly comes as an empty one. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function usageOf({ counts }: Completion, outputTokens: number): Json {
  const { cachedTokens, written5mTokens = 0, written1hTokens = 0 } = counts;
  return {
    input_tokens: counts.promptTokens - cachedTokens - written5mTokens - written1hTokens,
    cache_creation_input_tokens: written5mTokens + written1hTokens,
    cache_read_input_tokens: cachedTokens,
    cache_creation: { ephemeral_5m_input_tokens: written5mTokens, ephemeral_1h_input_tokens: written1hTokens },
    output_tokens: outputTokens,
    service_tier: 'standard',
  };
}

function* streamSteps(completion: Completion, model: Model): Generator<Step> {
  const { answer, reasoningTokens, counts } = completion;
  const { firstByte, perChunk } = model.latencyMs;
  const write = (part: Part, type: string, data: Json, generated?: number): Step => ({
    act: 'write',
    bytes: spellEvent(type, data),
    part,
    ...(generated === undefined ? {} : { generated }),
  });
  const message = { ...spellMessage(completion), content: [], stop_reason: null, usage: usageOf(completion, 1) };
  if (firstByte > 0) yield { act: 'wait', ms: firstByte };
  yield write('role', 'message_start', { message }, reasoningTokens);
  const blocks = blocksOf(completion);
  let open = -1;
  for (const { call, opens, text, spoken } of piecesOf(answer, model.tokensPerChunk)) {
    if (call !== open) {
      if (open >= 0) yield write('role', 'content_block_stop', { index: open });
      yield* opening(call);
      open = call;
    }
    if (opens) continue;
    if (perChunk > 0) yield { act: 'wait', ms: perChunk };
    const delta =
      answer.kind === 'text' ? { type: 'text_delta', text } : { type: 'input_json_delta', partial_json: text };
    yield write('content', 'content_block_delta', { index: call, delta }, reasoningTokens + spoken);
  }
  if (open < 0) yield* opening(0);
  yield write('finish', 'content_block_stop', { index: Math.max(0, open) });
  const delta = { stop_reason: stopReasons[completion.finishReason], stop_sequence: null };
  yield write('usage', 'message_delta', { delta, usage: { output_tokens: counts.completionTokens } });
  yield write('done', 'message_stop', {});

  function* opening(index: number): Generator<Step> {
    const block = blocks[index] ?? {};
    const empty = block['type'] === 'text' ? { ...block, text: '' } : { ...block, input: {} };
    yield write('role', 'content_block_start', { index, content_block: empty });
    if (index === 0) yield write('role', 'ping', {});
  }
}
