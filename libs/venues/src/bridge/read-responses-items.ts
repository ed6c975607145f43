/**
 * The conversation of a Responses request, as the AI SDK takes it. Its items stand flat in a row; what the assistant said,
 * thought and called between two turns of others is one message of the prompt.
 */
import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolResultOutput,
} from '@ai-sdk/provider';
import { isObject, parseObject, textOf, type JsonObject } from '#protocols/json-value.js';
import { itemsOf, typeOf } from '#protocols/openai-responses/input-items.js';
import { fileAt, given, marked, strangerIn } from './read-parts.js';
import { googleSignatureIn, readSeal, sealedAs } from './thoughts.js';
import type { Notes } from './wishes.js';

type AssistantPart = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'][number];
type UserPart = LanguageModelV4TextPart | LanguageModelV4FilePart;

export function responsesPrompt(instructions: unknown, input: unknown, notes: Notes): LanguageModelV4Prompt {
  const prompt = new Prompt(notes);
  if (typeof instructions === 'string') prompt.turns.push({ role: 'system', content: instructions });
  for (const item of itemsOf({ input })) prompt.add(item);
  // To be gone on with means something else to every venue that knows it, and nothing to OpenAI.
  if (prompt.turns.at(-1)?.role === 'assistant') notes.cannot('prefill');
  if (prompt.turns.length === 0) notes.cannot('field:input');
  return prompt.turns;
}

const messageFields: ReadonlySet<string> = new Set(['type', 'id', 'status', 'role', 'content', 'phase']);
const callFields: ReadonlySet<string> = new Set([
  ...['type', 'id', 'status', 'call_id', 'name', 'arguments', 'extra_content'],
]);
const resultFields: ReadonlySet<string> = new Set(['type', 'id', 'status', 'call_id', 'output']);
const thoughtFields: ReadonlySet<string> = new Set([
  ...['type', 'id', 'status', 'summary', 'content', 'encrypted_content'],
]);

class Prompt {
  readonly turns: LanguageModelV4Prompt = [];
  private readonly toolNames = new Map<string, string>();

  constructor(private readonly notes: Notes) {}

  add(item: JsonObject): void {
    const type = typeOf(item);
    if (type === 'message') this.message(item);
    else if (type === 'function_call') this.call(item);
    else if (type === 'function_call_output') this.result(item);
    else if (type === 'reasoning') this.thought(item);
    else this.notes.cannot(`field:input.${String(type).slice(0, 64)}`);
  }

  private message(item: JsonObject): void {
    this.strangers(item, messageFields);
    const { role, content } = item;
    if (role === 'system' || role === 'developer') {
      if (this.turns.some((earlier) => earlier.role !== 'system')) this.notes.features.add('late_system');
      for (const { text } of this.texts(content)) this.turns.push({ role: 'system', content: text });
    } else if (role === 'user') this.turns.push({ role, content: this.userParts(content) });
    else if (role === 'assistant') this.assistant(...this.texts(content).filter(({ text }) => text !== ''));
    else this.notes.cannot('field:input.role');
  }

  private assistant(...parts: AssistantPart[]): void {
    const last = this.turns.at(-1);
    if (last?.role === 'assistant') last.content.push(...parts);
    else this.turns.push({ role: 'assistant', content: parts });
  }

  private call(item: JsonObject): void {
    this.strangers(item, callFields);
    const [toolCallId, toolName] = [textOf(item.call_id) ?? '', textOf(item.name) ?? ''];
    const input = parseObject(textOf(item.arguments) ?? '{}');
    if (toolCallId === '' || toolName === '' || input === null) this.notes.cannot('field:input.function_call');
    this.toolNames.set(toolCallId, toolName);
    const thoughtSignature = googleSignatureIn(item.extra_content);
    const mark = thoughtSignature === null ? undefined : { google: { thoughtSignature } };
    this.assistant({ type: 'tool-call', toolCallId, toolName, input, ...marked(mark) });
  }

  /** Results of one turn's calls stay together: venues count them against the calls. */
  private result(item: JsonObject): void {
    this.strangers(item, resultFields);
    const toolCallId = textOf(item.call_id) ?? '';
    const toolName = this.toolNames.get(toolCallId);
    if (toolName === undefined) return this.notes.cannot('field:input.call_id');
    const result = { type: 'tool-result' as const, toolCallId, toolName, output: this.output(item.output) };
    const last = this.turns.at(-1);
    if (last?.role === 'tool') last.content.push(result);
    else this.turns.push({ role: 'tool', content: [result] });
  }

  private output(output: unknown): LanguageModelV4ToolResultOutput {
    const parts = this.userParts(output);
    const texts = parts.filter((part) => part.type === 'text');
    if (texts.length === parts.length) return { type: 'text', value: texts.map(({ text }) => text).join('') };
    this.notes.features.add('tool_result_media');
    return { type: 'content', value: parts };
  }

  /** A summary alone is told and not thought: no venue takes it back. What another venue sealed only that one can open. */
  private thought(item: JsonObject): void {
    this.strangers(item, thoughtFields);
    const sealedText = textOf(item.encrypted_content);
    if (sealedText === null) return void this.notes.features.add('unsigned_thoughts');
    const sealed = readSeal(sealedText);
    if (!sealed) return this.notes.cannot('field:input.encrypted_content');
    this.notes.features.add('thinking_history');
    const summary: unknown[] = Array.isArray(item.summary) ? item.summary : [];
    const text = summary.map((part) => (isObject(part) ? (textOf(part.text) ?? '') : '')).join('');
    this.assistant({ type: 'reasoning', text, providerOptions: sealedAs(sealed) });
  }

  private texts(content: unknown): LanguageModelV4TextPart[] {
    return this.userParts(content).filter((part) => {
      if (part.type !== 'text') this.notes.cannot('field:input.content');
      return part.type === 'text';
    });
  }

  private userParts(content: unknown): UserPart[] {
    if (typeof content === 'string') return [{ type: 'text', text: content }];
    const parts: unknown[] = Array.isArray(content) ? content : [];
    return parts.flatMap((part) => (isObject(part) ? this.part(part) : []));
  }

  private part(part: JsonObject): UserPart[] {
    const { type, text, image_url: image, file_data: data, filename } = part;
    if ((type === 'input_text' || type === 'output_text') && typeof text === 'string') return [this.text(part, text)];
    if (type === 'refusal' && typeof part.refusal === 'string') return [{ type: 'text', text: part.refusal }];
    if (type === 'input_image' && typeof image === 'string' && !given(part.file_id)) {
      const read = fileAt(image, 'image/*', this.notes);
      if (typeof part.detail !== 'string' || part.detail === 'auto') return [read];
      this.notes.features.add('image_detail');
      return [{ ...read, providerOptions: { openai: { imageDetail: part.detail } } }];
    }
    if (type === 'input_file' && typeof data === 'string' && data.startsWith('data:application/pdf;base64,')) {
      this.notes.features.add('document');
      const name = textOf(filename);
      return [{ ...fileAt(data, 'application/pdf', this.notes), ...(name ? { filename: name } : {}) }];
    }
    this.notes.cannot('field:input.content');
    return [];
  }

  /** Sources named beside an earlier answer's words stay behind; the words do not. */
  private text({ annotations }: JsonObject, text: string): LanguageModelV4TextPart {
    if (Array.isArray(annotations) && annotations.length > 0) this.notes.features.add('labels');
    return { type: 'text', text };
  }

  private strangers(item: JsonObject, known: ReadonlySet<string>): void {
    const stranger = strangerIn(item, known);
    if (stranger !== null) this.notes.cannot(`field:input.${stranger}`);
  }
}
