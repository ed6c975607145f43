/** Bedrock's Converse, whole and as an event stream of frames (`event-stream-frames.ts`); here each frame is a line. */
import { type Completion, type FinishReason, piecesOf } from './compose-completion.js';
import type { Model } from './config.js';
import type { Dialect } from './dialect.js';
import { framesOf } from './event-stream-frames.js';
import type { Json } from './parse-chat-request.js';
import { parseBedrockRequest } from './parse-bedrock-request.js';
import { type FaultSpelling, type Part, planBody, planEvents, type Step } from './plan-response.js';

const line = (type: string, data: Json): string => `${type} ${JSON.stringify(data)}\n`;
const usageField = /,"usage":(\{[^{}]*\})/;
const isLine = (text: string): boolean => !text.startsWith('{');

export const bedrockSpelling: FaultSpelling = {
  error: ({ message }) => JSON.stringify({ message }),
  errorEvent: ({ message }) => line('!internalServerException', { message }),
  idleEvent: (padding) => line('ping', { p: padding }),
  brokenEvent: 'contentBlockDelta {"contentBlockIndex":0,"del\n',
  withoutUsage: (text) => (isLine(text) ? '' : text.replace(usageField, '')),
  withUsageTwice: (text) => (isLine(text) ? text + text : text.replace(usageField, (field) => field + field)),
  withFalseUsage: (text) =>
    text.replace(/"totalTokens":(\d+)/, (_, total: string) => `"totalTokens":${Number(total) + 7}`),
};

/** The path says which model, and whether the answer is to stream. */
export function bedrockAt(path: string): Dialect | null {
  const [, name, verb] = /^\/model\/([^/]+)\/(converse|converse-stream)$/.exec(path) ?? [];
  if (name === undefined) return null;
  const asked = { model: decodeURIComponent(name), stream: verb === 'converse-stream' };
  return {
    spelling: bedrockSpelling,
    parse: (body) => parseBedrockRequest(body, asked),
    plan: (completion, model, request) => {
      if (!request.stream) return planBody(JSON.stringify(spellWhole(completion)), completion, model, bedrockSpelling);
      const headers = { 'content-type': 'application/vnd.amazon.eventstream' };
      return { ...planEvents(streamSteps(completion, model), bedrockSpelling), headers, encode: framesOf };
    },
  };
}

const stopReasons: Record<FinishReason, string> = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' };

const toolUseId = ({ id }: Completion, call: number): string => `tooluse_${id.slice(-20)}${call}`;

function spellWhole(completion: Completion): Json {
  const { answer, finishReason } = completion;
  const content =
    answer.kind === 'text'
      ? [{ text: answer.text }]
      : answer.calls.map(({ name, arguments: text }, call) => ({
          toolUse: { toolUseId: toolUseId(completion, call), name, input: inputOf(text) },
        }));
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: stopReasons[finishReason],
    ...metadataOf(completion),
  };
}

function inputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function metadataOf({ counts, serviceTier }: Completion): Json {
  const { promptTokens, cachedTokens, written5mTokens = 0, written1hTokens = 0, completionTokens } = counts;
  const written = written5mTokens + written1hTokens;
  return {
    metrics: { latencyMs: 1 },
    usage: {
      inputTokens: promptTokens - cachedTokens - written,
      outputTokens: completionTokens,
      totalTokens: promptTokens + completionTokens,
      cacheReadInputTokens: cachedTokens,
      cacheWriteInputTokens: written,
    },
    ...(serviceTier === 'default' ? {} : { serviceTier: { type: serviceTier } }),
  };
}

function* streamSteps(completion: Completion, model: Model): Generator<Step> {
  const { answer, reasoningTokens, finishReason } = completion;
  const { firstByte, perChunk } = model.latencyMs;
  const write = (part: Part, type: string, data: Json, generated?: number): Step => ({
    act: 'write',
    bytes: line(type, data),
    part,
    ...(generated === undefined ? {} : { generated }),
  });
  if (firstByte > 0) yield { act: 'wait', ms: firstByte };
  yield write('role', 'messageStart', { role: 'assistant' }, reasoningTokens);
  let open = -1;
  for (const { call, opens, text, spoken } of piecesOf(answer, model.tokensPerChunk)) {
    if (opens) {
      if (open >= 0) yield write('role', 'contentBlockStop', { contentBlockIndex: open });
      const name = answer.kind === 'tools' ? (answer.calls[call]?.name ?? '') : '';
      const start = { toolUse: { toolUseId: toolUseId(completion, call), name } };
      yield write('role', 'contentBlockStart', { contentBlockIndex: call, start });
    } else {
      if (perChunk > 0) yield { act: 'wait', ms: perChunk };
      const delta = answer.kind === 'text' ? { text } : { toolUse: { input: text } };
      yield write('content', 'contentBlockDelta', { contentBlockIndex: call, delta }, reasoningTokens + spoken);
    }
    open = call;
  }
  if (open >= 0) yield write('finish', 'contentBlockStop', { contentBlockIndex: open });
  yield write('finish', 'messageStop', { stopReason: stopReasons[finishReason] });
  yield write('usage', 'metadata', metadataOf(completion));
}
