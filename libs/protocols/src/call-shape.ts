/**
 * What calls of one use case have in common, whatever is asked: the system prompt, the names of the tools, the form of the
 * answer. Read only of calls nobody has named, to group them; the text is digested at once and never kept.
 */
import { isObject, type JsonObject, textOf } from './json-value.js';
import { textOfMessage } from './message-text.js';

/** Null: the call has none of them, and looks like any other. White space is one space, tools are in order of name. */
export function shapeTextOf(parsed: JsonObject): string | null {
  const system = systemTextOf(parsed).normalize('NFKC').replace(/\s+/gu, ' ').trim();
  const tools = Array.isArray(parsed.tools) ? parsed.tools.map(toolName).toSorted() : [];
  const form = formOf(parsed);
  if (system === '' && tools.length === 0 && form === null) return null;
  return JSON.stringify([system, tools, form]);
}

/** The system prompt, where each wire format puts it: `system`, `instructions`, or the messages before the first of the user. */
export function systemTextOf(parsed: JsonObject): string {
  const apart = parsed.system ?? parsed.instructions;
  if (apart !== undefined && apart !== null) return textOfMessage({ content: apart });
  const given = parsed.messages ?? parsed.input;
  const messages = Array.isArray(given) ? given.filter(isObject) : [];
  const firstOther = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer');
  return messages
    .slice(0, firstOther < 0 ? messages.length : firstOther)
    .map(textOfMessage)
    .join('\n');
}

function toolName(tool: unknown): string {
  if (!isObject(tool)) return '';
  const named = isObject(tool.function) ? tool.function.name : tool.name;
  return textOf(named) ?? textOf(tool.type) ?? '';
}

function formOf(parsed: JsonObject): unknown {
  const inside = [parsed.text, parsed.output_config].find((value) => isObject(value) && isObject(value.format));
  const form = isObject(inside) ? inside.format : (parsed.response_format ?? parsed.output_format);
  return isObject(form) && form.type !== 'text' ? form : null;
}
