/**
 * Puts the first choice of an answer together, for graders. An answer that broke off is not an answer: grading
 * half of one would say something about the line, not about the model.
 */
import type { ToolCall } from '../protocol.js';
import { streamedObjects } from '../streamed-objects.js';
import { isObject, parseObject, textOf, type JsonObject } from '../json-value.js';
import { choicesOf, firstChoice, saysError } from './read-answer.js';

interface Message {
  text: string;
  toolCalls: ToolCall[];
}

function textOfContent(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isObject(part) && typeof part.text === 'string' ? part.text : '')).join('');
}

function callOf(value: unknown): ToolCall {
  const call = isObject(value) && isObject(value.function) ? value.function : {};
  return { name: textOf(call.name) ?? '', arguments: textOf(call.arguments) ?? '' };
}

function wholeMessage(body: Buffer): Message | null {
  const answer = parseObject(body.toString('utf8', 0, body.length));
  const choice = answer && !saysError(answer) ? firstChoice(answer) : null;
  if (!choice || textOf(choice.finish_reason) === null || !isObject(choice.message)) return null;
  const calls: unknown[] = Array.isArray(choice.message.tool_calls) ? choice.message.tool_calls : [];
  return { text: textOfContent(choice.message.content), toolCalls: calls.map(callOf) };
}

/** Deltas of a call share its index; where a venue sends none, a new id begins a new call. */
function addToolDelta(calls: Map<unknown, ToolCall>, delta: JsonObject): void {
  const key = delta.index ?? textOf(delta.id) ?? [...calls.keys()].at(-1) ?? 0;
  const part = callOf(delta);
  const call = calls.get(key);
  if (!call) calls.set(key, part);
  else {
    call.name ||= part.name;
    call.arguments += part.arguments;
  }
}

function streamedMessage(body: Buffer): Message | null {
  let text = '';
  let finished = false;
  const calls = new Map<unknown, ToolCall>();
  for (const message of streamedObjects(body)) {
    if (saysError(message)) return null;
    for (const choice of choicesOf(message)) {
      if ((choice.index ?? 0) !== 0) continue;
      if (choice.finish_reason === 'error') return null;
      finished ||= textOf(choice.finish_reason) !== null;
      const delta = isObject(choice.delta) ? choice.delta : {};
      text += textOfContent(delta.content);
      if (Array.isArray(delta.tool_calls))
        delta.tool_calls.filter(isObject).forEach((call) => addToolDelta(calls, call));
    }
  }
  return finished ? { text, toolCalls: [...calls.values()] } : null;
}

/** The text, empty where the answer is only tool calls or a refusal by the model; null where it is not complete. */
export function answerText(body: Buffer, stream: boolean): string | null {
  return (stream ? streamedMessage(body) : wholeMessage(body))?.text ?? null;
}

/** Names and arguments as the model wrote them, to compare and never to execute; null where it is not complete. */
export function toolCalls(body: Buffer, stream: boolean): ToolCall[] | null {
  return (stream ? streamedMessage(body) : wholeMessage(body))?.toolCalls ?? null;
}
