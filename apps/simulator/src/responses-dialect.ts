/** OpenAI's Responses, as a venue speaks it: the answer whole and in events, kept unless the caller says otherwise. */
import { type Completion, piecesOf } from './compose-completion.js';
import type { Model } from './config.js';
import type { Dialect } from './dialect.js';
import type { KeptResponses } from './kept-responses.js';
import type { ChatRequest, Json } from './parse-chat-request.js';
import { parseResponsesRequest } from './parse-responses-request.js';
import { type FaultSpelling, planBody, planEvents, type Step } from './plan-response.js';
import { spellError, type WireError } from './wire-error.js';

const usageField = /"usage":(\{(?:[^{}]|\{[^{}]*\})*\})/;
const spellEvent = (data: Json): string => `event: ${String(data['type'])}\ndata: ${JSON.stringify(data)}\n\n`;

export const responsesSpelling: FaultSpelling = {
  error: spellError,
  errorEvent: ({ code, type, message, param }: WireError) =>
    spellEvent({ type: 'error', code: code ?? type, message, param, sequence_number: 0 }),
  idleEvent: (padding) => spellEvent({ type: 'response.keepalive', obfuscation: padding }),
  brokenEvent: 'event: response.output_text.delta\ndata: {"type":"response.output_te\n\n',
  withoutUsage: (text) => text.replace(usageField, '"usage":null'),
  withUsageTwice: (text) => text.replace(usageField, (field) => `${field},${field}`),
  withFalseUsage: (text) =>
    text.replace(/"total_tokens":(\d+)/, (_, total: string) => `"total_tokens":${Number(total) + 7}`),
};

export const responsesDialect: Dialect = {
  spelling: responsesSpelling,
  parse: parseResponsesRequest,
  plan: (completion, model, request, { kept }) => {
    const whole = spellResponse(completion, request);
    keep(kept, whole, completion, request);
    if (request.stream) return planEvents(streamSteps(whole, completion, model), responsesSpelling);
    const answered = request.state?.background ? begun(whole, 'queued') : whole;
    return planBody(JSON.stringify(answered), completion, model, responsesSpelling);
  },
};

function keep(kept: KeptResponses, whole: Json, { answer, counts }: Completion, request: ChatRequest): void {
  if (!request.state?.store) return;
  const said = answer.kind === 'text' ? answer.text : JSON.stringify(answer.calls);
  kept.set(String(whole['id']), {
    body: whole,
    input: request.state.input.map((item, index) => ({ id: `msg_${index}`, ...(item as Json) })),
    prompt: request.prompt + said,
    promptTokens: request.promptTokens + counts.completionTokens,
  });
}

const idOf = (prefix: string, { id }: Completion, index = 0): string => `${prefix}_${id.slice(-23)}${index}`;

function spellResponse(completion: Completion, { state }: ChatRequest): Json {
  const cut = completion.finishReason === 'length';
  return {
    id: idOf('resp', completion),
    object: 'response',
    created_at: completion.created,
    status: cut ? 'incomplete' : 'completed',
    background: state?.background ?? false,
    error: null,
    incomplete_details: cut ? { reason: 'max_output_tokens' } : null,
    model: completion.model,
    output: outputOf(completion),
    service_tier: completion.serviceTier,
    store: state?.store ?? true,
    usage: spellUsage(completion),
    user: null,
    ...state?.repeated,
  };
}

/** The same answer before it is made. */
const begun = (whole: Json, status: string): Json => ({
  ...whole,
  status,
  incomplete_details: null,
  output: [],
  usage: null,
});

function outputOf(completion: Completion): Json[] {
  const { answer, reasoningTokens } = completion;
  const status = completion.finishReason === 'length' ? 'incomplete' : 'completed';
  const thought = reasoningTokens > 0 ? [{ id: idOf('rs', completion), type: 'reasoning', summary: [] }] : [];
  if (answer.kind === 'text') {
    const content = [{ type: 'output_text', annotations: [], logprobs: [], text: answer.text }];
    return [...thought, { id: idOf('msg', completion), type: 'message', status, role: 'assistant', content }];
  }
  return [
    ...thought,
    ...answer.calls.map(({ name, arguments: text }, index) => ({
      id: idOf('fc', completion, index),
      type: 'function_call',
      status,
      arguments: text,
      call_id: idOf('call', completion, index),
      name,
    })),
  ];
}

function spellUsage({ counts, reasoningTokens }: Completion): Json {
  return {
    input_tokens: counts.promptTokens,
    input_tokens_details: { cached_tokens: counts.cachedTokens },
    output_tokens: counts.completionTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: counts.promptTokens + counts.completionTokens,
  };
}

function* streamSteps(whole: Json, completion: Completion, model: Model): Generator<Step> {
  const { firstByte, perChunk } = model.latencyMs;
  let sequence = 0;
  const write = (
    part: 'role' | 'content' | 'finish' | 'usage',
    type: string,
    data: Json,
    generated?: number,
  ): Step => ({
    act: 'write',
    bytes: spellEvent({ type, sequence_number: sequence++, ...data }),
    part,
    ...(generated === undefined ? {} : { generated }),
  });
  const { reasoningTokens } = completion;
  if (firstByte > 0) yield { act: 'wait', ms: firstByte };
  yield write('role', 'response.created', { response: begun(whole, 'in_progress') }, reasoningTokens);
  yield write('role', 'response.in_progress', { response: begun(whole, 'in_progress') });
  const output = whole['output'] as Json[];
  const first = output.findIndex((item) => item['type'] !== 'reasoning');
  for (const [index, item] of output.slice(0, first).entries()) {
    yield write('role', 'response.output_item.added', { output_index: index, item });
    yield write('role', 'response.output_item.done', { output_index: index, item });
  }
  let open = -1;
  for (const { call, opens, text, spoken } of piecesOf(completion.answer, model.tokensPerChunk)) {
    const at = { output_index: first + call, item_id: output[first + call]?.['id'] };
    if (call !== open) {
      if (open >= 0) for (const step of closing(output, first + open)) yield write('finish', ...step);
      for (const step of opening(output, first + call)) yield write('role', ...step);
      open = call;
    }
    if (opens) continue;
    if (perChunk > 0) yield { act: 'wait', ms: perChunk };
    const type =
      completion.answer.kind === 'text' ? 'response.output_text.delta' : 'response.function_call_arguments.delta';
    yield write('content', type, { ...at, content_index: 0, delta: text, logprobs: [] }, reasoningTokens + spoken);
  }
  if (open < 0) for (const step of opening(output, first)) yield write('role', ...step);
  for (const step of closing(output, first + Math.max(0, open))) yield write('finish', ...step);
  yield write('usage', `response.${String(whole['status'])}`, { response: whole });
}

function opening(output: Json[], index: number): [string, Json][] {
  const item = output[index] ?? {};
  const at = { output_index: index, item_id: item['id'] };
  const part = { type: 'output_text', annotations: [], logprobs: [], text: '' };
  return item['type'] === 'message'
    ? [
        ['response.output_item.added', { output_index: index, item: { ...item, status: 'in_progress', content: [] } }],
        ['response.content_part.added', { ...at, content_index: 0, part }],
      ]
    : [
        [
          'response.output_item.added',
          { output_index: index, item: { ...item, status: 'in_progress', arguments: '' } },
        ],
      ];
}

function closing(output: Json[], index: number): [string, Json][] {
  const item = output[index] ?? {};
  const at = { output_index: index, item_id: item['id'] };
  const [part] = (item['content'] ?? []) as Json[];
  return item['type'] === 'message'
    ? [
        ['response.output_text.done', { ...at, content_index: 0, text: part?.['text'], logprobs: [] }],
        ['response.content_part.done', { ...at, content_index: 0, part }],
        ['response.output_item.done', { output_index: index, item }],
      ]
    : [
        ['response.function_call_arguments.done', { ...at, name: item['name'], arguments: item['arguments'] }],
        ['response.output_item.done', { output_index: index, item }],
      ];
}
