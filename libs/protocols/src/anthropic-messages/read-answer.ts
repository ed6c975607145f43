/** Reads one message that did not stream, and puts streamed ones together for graders. */
import { isObject, type JsonObject, parseObject, textOf } from '../json-value.js';
import type { Answer, ToolCall } from '../protocol.js';
import { streamedObjects } from '../streamed-objects.js';
import { missingUsage } from '../usage/count.js';
import { readAnthropicUsage } from '../usage/read-anthropic-usage.js';
import { servedTermsOf } from '../usage/served-terms.js';

export const saysError = (message: JsonObject): boolean => message.type === 'error' || isObject(message.error);

export function readAnswer(body: Buffer): Answer {
  const message = parseObject(body.toString('utf8'));
  const unsaid = { servedModel: null, servedTier: null, servedRegion: null, finishReason: null };
  const none = { usage: missingUsage, ...unsaid, complete: false };
  if (!message || saysError(message)) return { ...none, isError: true };
  const finishReason = textOf(message.stop_reason);
  const { tier, region } = servedTermsOf(message.usage);
  return {
    usage: readAnthropicUsage(message.usage),
    servedModel: textOf(message.model),
    servedTier: tier,
    servedRegion: region,
    finishReason,
    complete: finishReason !== null,
    isError: false,
  };
}

interface Block {
  type: unknown;
  text: string;
  name: string;
  input: string;
}

interface Whole {
  blocks: Block[];
  finished: boolean;
}

const blockOf = (value: unknown): Block => {
  const block = isObject(value) ? value : {};
  const input = isObject(block.input) && Object.keys(block.input).length > 0 ? JSON.stringify(block.input) : '';
  return { type: block.type, text: textOf(block.text) ?? '', name: textOf(block.name) ?? '', input };
};

function wholeMessage(body: Buffer): Whole | null {
  const message = parseObject(body.toString('utf8'));
  if (!message || saysError(message) || !Array.isArray(message.content)) return null;
  return { blocks: message.content.map(blockOf), finished: textOf(message.stop_reason) !== null };
}

function streamedMessage(body: Buffer): Whole | null {
  const blocks = new Map<unknown, Block>();
  let finished = false;
  for (const message of streamedObjects(body)) {
    if (saysError(message)) return null;
    const delta = isObject(message.delta) ? message.delta : {};
    if (message.type === 'content_block_start') blocks.set(message.index, blockOf(message.content_block));
    else if (message.type === 'content_block_delta') addDelta(blocks.get(message.index), delta);
    else if (message.type === 'message_delta') finished ||= textOf(delta.stop_reason) !== null;
  }
  return { blocks: [...blocks.values()], finished };
}

function addDelta(block: Block | undefined, delta: JsonObject): void {
  if (!block) return;
  if (delta.type === 'text_delta') block.text += textOf(delta.text) ?? '';
  if (delta.type === 'input_json_delta') block.input += textOf(delta.partial_json) ?? '';
}

function complete(body: Buffer, stream: boolean): Block[] | null {
  const whole = stream ? streamedMessage(body) : wholeMessage(body);
  return whole?.finished ? whole.blocks : null;
}

/** The text blocks joined; empty where the answer is only tool calls; null where it is not complete. */
export function answerText(body: Buffer, stream: boolean): string | null {
  const blocks = complete(body, stream);
  return blocks && blocks.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

/** Names and arguments as the model wrote them, to compare and never to execute; null where it is not complete. */
export function toolCalls(body: Buffer, stream: boolean): ToolCall[] | null {
  const blocks = complete(body, stream);
  const calls = blocks?.filter((block) => block.type === 'tool_use');
  return calls?.map(({ name, input }) => ({ name, arguments: input || '{}' })) ?? null;
}
