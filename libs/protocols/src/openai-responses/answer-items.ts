/**
 * Puts the answer's items together, for graders: from the Response itself, else from the items a stream finished. An
 * answer that broke off is not an answer.
 */
import { isObject, type JsonObject, parseObject, textOf } from '../json-value.js';
import type { ToolCall } from '../protocol.js';
import { streamedObjects } from '../streamed-objects.js';
import { readResponse } from './read-answer.js';

/** The output of an answer that came to its end; null where it did not. */
function wholeOutput(body: Buffer): JsonObject[] | null {
  const message = parseObject(body.toString('utf8'));
  return message && readResponse(message).complete ? outputOf(message) : null;
}

const outputOf = (message: JsonObject): JsonObject[] =>
  Array.isArray(message.output) ? message.output.filter(isObject) : [];

function streamedOutput(body: Buffer): JsonObject[] | null {
  const items = new Map<unknown, JsonObject>();
  let response: JsonObject | null = null;
  for (const message of streamedObjects(body)) {
    if (message.type === 'response.output_item.done' && isObject(message.item))
      items.set(message.output_index ?? items.size, message.item);
    if (isEnd(message) && isObject(message.response)) response = message.response;
  }
  if (!response || !readResponse(response).complete) return null;
  const output = outputOf(response);
  return output.length > 0 ? output : [...items.values()];
}

export const isEnd = (message: JsonObject): boolean =>
  message.type === 'response.completed' || message.type === 'response.incomplete' || message.type === 'response.failed';

const outputIn = (body: Buffer, stream: boolean): JsonObject[] | null =>
  stream ? streamedOutput(body) : wholeOutput(body);

const textIn = ({ content }: JsonObject): string =>
  Array.isArray(content)
    ? content.map((part) => (isObject(part) && part.type === 'output_text' ? (textOf(part.text) ?? '') : '')).join('')
    : '';

/** Empty where the answer is only tool calls or a refusal by the model; null where it is not complete. */
export function answerText(body: Buffer, stream: boolean): string | null {
  const output = outputIn(body, stream);
  return (
    output &&
    output
      .filter((item) => item.type === 'message')
      .map(textIn)
      .join('')
  );
}

/** Names and arguments as the model wrote them, to compare and never to execute; null where it is not complete. */
export function toolCalls(body: Buffer, stream: boolean): ToolCall[] | null {
  const output = outputIn(body, stream);
  return (
    output &&
    output
      .filter((item) => item.type === 'function_call' || item.type === 'custom_tool_call')
      .map((item) => ({ name: textOf(item.name) ?? '', arguments: textOf(item.arguments ?? item.input) ?? '' }))
  );
}
